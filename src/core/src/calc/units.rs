//! Whether a formula adds pressures to flows: a hint for whoever writes it, never a reason to refuse.

use std::sync::Arc;

use super::run::{Binary, Function, Op};
use super::{Formula, FormulaError};

/// A value's unit as far as it is known: `None` for a plain number or where nothing can be said.
type Unit = Option<Arc<str>>;

impl Formula {
    /// The result's unit where all of it agrees. An error names two units that are added or compared though they differ.
    pub fn unit(&self, of: impl Fn(usize) -> Arc<str>) -> Result<Option<Arc<str>>, FormulaError> {
        let mut stack: Vec<Unit> = vec![];
        for (op, at) in self.ops.iter().zip(&self.at) {
            let from = stack.len().saturating_sub(op.takes());
            let taken = stack.split_off(from);
            stack.push(match op {
                Op::Number(_) | Op::Not => None,
                Op::Input(i) => Some(of(usize::from(*i))).filter(|u| !u.is_empty()),
                Op::Negate => taken.into_iter().next().flatten(),
                Op::Binary(Binary::Add | Binary::Subtract) => same(&taken, *at)?,
                Op::Binary(Binary::Multiply | Binary::Divide | Binary::Power | Binary::And | Binary::Or) => None,
                Op::Binary(_) => {
                    same(&taken, *at)?;
                    None
                }
                Op::Call(Function::Min | Function::Max | Function::Clamp, _) => same(&taken, *at)?,
                Op::Call(Function::If, _) => same(taken.get(1..).unwrap_or_default(), *at)?,
                Op::Call(Function::Abs | Function::Floor | Function::Ceil | Function::Round, _) => {
                    taken.into_iter().next().flatten()
                }
                Op::Call(_, _) => None,
            });
        }
        Ok(stack.pop().flatten())
    }
}

fn same(units: &[Unit], at: u32) -> Result<Unit, FormulaError> {
    let mut known: Unit = None;
    for unit in units.iter().flatten() {
        match &known {
            Some(other) if other != unit => {
                return Err(FormulaError::new(at as usize, format!("{other} and {unit} do not go together")));
            }
            _ => known = Some(unit.clone()),
        }
    }
    Ok(known)
}
