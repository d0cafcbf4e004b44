//! Names of points as JSON strings, built once a registry, so that a value costs no formatting.

use linepack_core::{PointId, Registry};

/// Whether the numbers of the one mean the same in the other. Settings of alarms may differ: what a screen shows of those
/// it is told by itself.
pub(super) fn same_numbers(a: &Registry, b: &Registry) -> bool {
    a.generation == b.generation
}

/// Point names in one text.
#[derive(Debug)]
pub(super) struct Names {
    text: String,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Names {
    pub(super) fn of(registry: &Registry) -> Self {
        let mut names = Self { text: String::new(), ends: Vec::with_capacity(registry.points.len()) };
        for (id, _) in (0u32..).zip(&registry.points) {
            // Identifiers are [A-Za-z0-9._-]: nothing in them wants escaping.
            names.text.push('"');
            registry.write_point_name(&mut names.text, PointId(id));
            names.text.push('"');
            names.ends.push(u32::try_from(names.text.len()).unwrap_or(u32::MAX));
        }
        names
    }

    /// Number of names.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// With its quotes.
    pub(super) fn json(&self, point: u32) -> &str {
        let at = point as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or("\"\"")
    }

    /// Without.
    pub(super) fn plain(&self, point: u32) -> &str {
        self.json(point).trim_matches('"')
    }
}
