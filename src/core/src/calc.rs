//! Calculated points: an arithmetic text over other points, checked when the site is read, run when an input changed.
//!
//! ```text
//! {outlet_pressure} - {rs-01/inlet_pressure}        points of the same asset by name, of another by full name
//! if({flow} > 10 && {valve} == 1, clamp({a} / {b}, 0, 100), 0)
//! ```
//! `+ - * / ^`, comparisons and `&& || !` (true is 1, false 0, anything but 0 is true), and the functions of
//! [`Function`]. All inputs are read whichever branch an `if` takes. Functions come out of `libm`, so that every machine
//! has the same last bit.

mod parse;
mod run;
mod scan;
#[cfg(test)]
mod tests;
mod units;

use std::sync::Arc;

pub use run::{Binary, Function};

use run::Op;

/// Longest text, bytes.
pub const LONGEST: usize = 1000;
/// Deepest nesting of parentheses, functions and signs.
pub const DEEPEST: u32 = 32;
/// Most different points of one formula.
pub const MOST_INPUTS: usize = 64;

/// A formula ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: Arc<str>,
    inputs: Vec<Operand>,
    ops: Vec<Op>,
    /// Place of each operation in the text, bytes.
    at: Vec<u32>,
}

/// A point that a formula reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// None: of the asset the calculated point belongs to.
    pub asset: Option<Arc<str>>,
    /// The point's own name.
    pub point: Arc<str>,
    /// Where it first stands in the text, bytes.
    pub at: usize,
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FormulaError {
    /// Byte offset in the text.
    pub at: usize,
    /// What was expected.
    pub message: String,
}

impl FormulaError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

impl Formula {
    /// Reads a text. At most [`LONGEST`] bytes, [`DEEPEST`] levels and [`MOST_INPUTS`] points, at least one point.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        parse::parse(text)
    }

    /// The same for a condition, which may also read alarms: `{point:kind}`, `{asset/point:kind}`.
    pub fn condition(text: &str) -> Result<Self, FormulaError> {
        parse::condition(text)
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The points it reads, in the order they are given to [`Formula::run`].
    pub fn inputs(&self) -> &[Operand] {
        &self.inputs
    }
}
