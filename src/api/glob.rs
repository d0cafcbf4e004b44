//! Points by glob: `*` any run of characters, `?` any one.

pub(crate) use linepack_core::glob::matches;
use linepack_core::{PointId, Registry};

/// The points of a registry that match one of the globs (comma-separated), from point number `from` on, in order.
pub(crate) fn points<'a>(registry: &'a Registry, globs: &'a str, from: u32) -> Box<dyn Iterator<Item = PointId> + 'a> {
    let globs: Vec<&str> = globs.split(',').map(str::trim).filter(|g| !g.is_empty()).collect();
    let count = u32::try_from(registry.points.len()).unwrap_or(u32::MAX);
    let range = match globs[..] {
        // one asset's points: no need to look at the others
        [one] => match one.split_once('/') {
            Some((asset, _)) if !asset.contains(['*', '?']) => {
                registry.find_asset(asset).map_or(0..0, |a| registry.assets[a.index()].points.clone())
            }
            _ => 0..count,
        },
        _ => 0..count,
    };
    Box::new((range.start.max(from)..range.end).map(PointId).filter(move |&p| {
        let name = registry.point_name(p);
        globs.iter().any(|glob| matches(glob, &name))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_runs() {
        for (pattern, name, yes) in [
            ("rs-*/outlet_*", "rs-0042/outlet_pressure", true),
            ("rs-*/outlet_*", "rs-0042/inlet_pressure", false),
            ("*", "a/b", true),
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/?", "a/b", true),
            ("a/?", "a/", false),
            ("*pressure", "a/pressure_pressure", true),
            ("**", "", true),
            ("", "", true),
            ("", "x", false),
            ("*a*b*c", "xxaxxbxxcxxc", true),
            ("*a*b*c", "xxaxxcxxb", false),
        ] {
            assert_eq!(matches(pattern, name), yes, "{pattern} {name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_pattern_with_parts_starred_out_still_matches(name in "[a-z/]{0,20}", cut in 0usize..20, len in 0usize..20) {
            let (from, to) = (cut.min(name.len()), (cut + len).min(name.len()));
            let pattern = format!("{}*{}", &name[..from], &name[to..]);
            proptest::prop_assert!(matches(&pattern, &name));
        }
    }
}
