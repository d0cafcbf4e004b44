//! Which points a subscription means: `rs-0042/*`, `*/outlet_pressure`, `*`.

use linepack_core::{AssetId, Registry};

use super::ids::IdSet;
use super::names::Names;

/// Whether a name matches: `*` is any run of characters, `?` any one.
pub fn matches(glob: &str, name: &str) -> bool {
    let (glob, name) = (glob.as_bytes(), name.as_bytes());
    let (mut g, mut n) = (0, 0);
    // Where the last `*` stands, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match glob.get(g) {
            Some(b'*') => {
                star = Some((g, n));
                g += 1;
            }
            Some(&c) if c == b'?' || c == name[n] => {
                g += 1;
                n += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    g = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|&c| c == b'*')
}

/// The points that match any of the globs.
pub(super) fn points(registry: &Registry, names: &Names, globs: &[String]) -> IdSet {
    let size = registry.points.len();
    let mut found: Vec<u32> = vec![];
    let mut slow: Vec<&str> = vec![];
    for glob in globs {
        match literal_asset(registry, glob) {
            Literal::Asset(asset) => {
                let points = registry.assets[asset.index()].points.clone();
                found.extend(points.filter(|&p| matches(glob, names.plain(p))));
            }
            Literal::Unknown => {}
            Literal::No => slow.push(glob),
        }
    }
    if slow.iter().any(|g| g.bytes().all(|c| c == b'*')) {
        return IdSet::of((0u32..).take(size).collect(), size);
    }
    if !slow.is_empty() {
        found.extend((0u32..).take(size).filter(|&p| slow.iter().any(|g| matches(g, names.plain(p)))));
    }
    found.sort_unstable();
    found.dedup();
    IdSet::of(found, size)
}

/// Whether every point's name must be looked at to find those that match.
pub(super) fn scans(glob: &str) -> bool {
    glob.split_once('/').map_or(glob, |(asset, _)| asset).contains(['*', '?'])
}

enum Literal {
    /// The part before the slash names this asset.
    Asset(AssetId),
    /// … an asset there is not: no point can match.
    Unknown,
    /// The asset's part has wildcards.
    No,
}

fn literal_asset(registry: &Registry, glob: &str) -> Literal {
    match glob.split_once('/') {
        Some((asset, _)) if !scans(glob) => registry.find_asset(asset).map_or(Literal::Unknown, Literal::Asset),
        None if !glob.contains('*') => Literal::Unknown,
        _ => Literal::No,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::push::fixture;

    #[test]
    fn stars_and_question_marks() {
        for (glob, name, expected) in [
            ("*", "rs-0042/outlet_pressure", true),
            ("rs-0042/*", "rs-0042/outlet_pressure", true),
            ("rs-0042/*", "rs-0043/outlet_pressure", false),
            ("rs-*/outlet_*", "rs-0042/outlet_pressure", true),
            ("*/flow", "rs-0042/flow", true),
            ("*/flow", "rs-0042/overflow", false),
            ("rs-004?/flow", "rs-0042/flow", true),
            ("rs-004?/flow", "rs-004/flow", false),
            ("*ab*ab", "xabyabzab", true),
            ("*ab*abc", "xabyabzab", false),
            ("", "", true),
            ("", "a", false),
            ("**", "a", true),
        ] {
            assert_eq!(matches(glob, name), expected, "{glob} on {name}");
        }
    }

    #[test]
    fn a_subscription_means_the_points_that_match_any_glob() {
        let picture = fixture::picture(4);
        let registry = &picture.registry;
        let names = Names::of(registry);
        let check = |globs: &[&str], expected: &[&str]| {
            let globs: Vec<String> = globs.iter().map(|g| (*g).to_owned()).collect();
            let found = points(registry, &names, &globs);
            assert_eq!(found.iter().map(|p| names.plain(p)).collect::<Vec<_>>(), expected, "{globs:?}");
        };
        check(&["rs-2/*"], &["rs-2/pressure", "rs-2/flow"]);
        check(
            &["rs-2/flow", "rs-?/pressure"],
            &["rs-0/pressure", "rs-1/pressure", "rs-2/pressure", "rs-2/flow", "rs-3/pressure"],
        );
        check(&["rs-9/*", "rs-2", "", "r?"], &[]);
        assert_eq!(points(registry, &names, &["*".into()]), IdSet::All(8));
        assert_eq!(points(registry, &names, &["*/*".into()]), IdSet::All(8));
    }

    /// The plain definition.
    fn model(glob: &[u8], name: &[u8]) -> bool {
        match (glob.first(), name.first()) {
            (None, None) => true,
            (Some(b'*'), _) => model(&glob[1..], name) || (!name.is_empty() && model(glob, &name[1..])),
            (Some(b'?'), Some(_)) => model(&glob[1..], &name[1..]),
            (Some(g), Some(n)) => g == n && model(&glob[1..], &name[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_definition(glob in "[ab*?]{0,8}", name in "[ab]{0,8}") {
            prop_assert_eq!(matches(&glob, &name), model(glob.as_bytes(), name.as_bytes()));
        }
    }
}
