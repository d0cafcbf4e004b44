//! Crews and customers.

use linepack_core::LonLat;

/// A crew as in `crews.csv`.
#[derive(Clone, Debug)]
pub struct CrewSheet {
    /// Identifier.
    pub id: String,
    /// For people.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// What it can do.
    pub skills: Vec<String>,
    /// Where it starts from.
    pub base: LonLat,
    /// `24h` or `08:00-20:00`.
    pub shift: &'static str,
    /// District.
    pub area: String,
}

/// A customer as in `customers.csv`.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Identifier.
    pub id: String,
    /// For people.
    pub name: String,
    /// `residential commercial industrial boiler cng hospital school`.
    pub kind: &'static str,
    /// Where it is.
    pub position: LonLat,
    /// Identifier of the pipe that supplies it.
    pub pipe: String,
    /// Telephone.
    pub phone: String,
    /// 1 is the last to be cut off, 3 ordinary.
    pub priority: u8,
}

/// The crew that the demo's crew login plays.
pub(super) const HUMAN: &str = "c-01";

/// Skills by crew number, repeated.
const SKILLS: &[&[&str]] = &[
    &["regulator", "leak"],
    &["leak", "welding"],
    &["regulator", "electrical"],
    &["leak", "regulator"],
    &["heat", "electrical"],
    &["regulator", "leak", "welding"],
];

/// Skills of the crew with this number (from 1).
pub(super) fn skills(number: usize) -> Vec<String> {
    SKILLS[(number - 1) % SKILLS.len()].iter().map(|s| (*s).to_owned()).collect()
}

/// A made-up number of the fictional exchange 5550.
pub(super) fn phone(number: usize) -> String {
    format!("+86 23 5550 {:04}", number % 10_000)
}
