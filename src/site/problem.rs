//! What is wrong with a site folder, and where.

use std::fmt;
use std::sync::Arc;

/// One error or warning, at a place. Shown as `file:line:column: message`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path as the user gave it.
    pub file: Arc<str>,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// What a valid folder holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Stations, regulators, ….
    pub assets: usize,
    /// Points.
    pub points: usize,
    /// Alarms, those of devices and connections included.
    pub alarms: usize,
    /// Crews.
    pub crews: usize,
    /// Pipes.
    pub pipes: usize,
    /// Customers.
    pub customers: u64,
    /// What is allowed and yet worth a look.
    pub warnings: Vec<Problem>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { assets, points, alarms, crews, pipes, customers, .. } = self;
        write!(
            f,
            "{assets} assets, {points} points, {alarms} alarms, {crews} crews, {pipes} pipes, {customers} customers"
        )
    }
}
