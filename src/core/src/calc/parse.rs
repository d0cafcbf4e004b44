//! From tokens to operations, by precedence climbing: the weakest operator last.

use super::run::{Binary, Function, MOST_STACK, Op};
use super::scan::{Token, token};
use super::{DEEPEST, Formula, FormulaError, LONGEST, MOST_INPUTS, Operand};

pub(super) fn parse(text: &str) -> Result<Formula, FormulaError> {
    read(text, false)
}

pub(super) fn condition(text: &str) -> Result<Formula, FormulaError> {
    read(text, true)
}

fn read(text: &str, alarms: bool) -> Result<Formula, FormulaError> {
    if text.len() > LONGEST {
        return Err(FormulaError::new(LONGEST, format!("longer than {LONGEST} bytes")));
    }
    let mut p = Parser {
        text,
        at: 0,
        end: 0,
        token: Token::End,
        depth: 0,
        alarms,
        ops: vec![],
        places: vec![],
        inputs: vec![],
    };
    p.next()?;
    p.expression(0)?;
    if p.token != Token::End {
        return Err(p.unexpected("the end or an operator"));
    }
    if p.inputs.is_empty() {
        return Err(FormulaError::new(0, "no point stands in it; write one as {name} or {asset/name}"));
    }
    let formula = Formula { text: text.into(), inputs: p.inputs, ops: p.ops, at: p.places };
    if formula.stack() > MOST_STACK {
        return Err(FormulaError::new(0, format!("needs more than {MOST_STACK} intermediate results")));
    }
    Ok(formula)
}

struct Parser<'a> {
    text: &'a str,
    /// Where the present token begins.
    at: usize,
    /// Where it ends.
    end: usize,
    token: Token<'a>,
    depth: u32,
    /// Alarms may be read too.
    alarms: bool,
    ops: Vec<Op>,
    places: Vec<u32>,
    inputs: Vec<Operand>,
}

/// Strength of the sign before a value: weaker than `^`, as in -2^2 = -4.
const PREFIX: u8 = 11;

/// An operator with its strength to the left and to the right.
fn operator(sign: &str) -> Option<(Binary, u8, u8)> {
    Some(match sign {
        "||" => (Binary::Or, 1, 2),
        "&&" => (Binary::And, 3, 4),
        "<" => (Binary::Less, 5, 6),
        "<=" => (Binary::LessOrEqual, 5, 6),
        ">" => (Binary::More, 5, 6),
        ">=" => (Binary::MoreOrEqual, 5, 6),
        "==" => (Binary::Equal, 5, 6),
        "!=" => (Binary::NotEqual, 5, 6),
        "+" => (Binary::Add, 7, 8),
        "-" => (Binary::Subtract, 7, 8),
        "*" => (Binary::Multiply, 9, 10),
        "/" => (Binary::Divide, 9, 10),
        "^" => (Binary::Power, 14, 13),
        _ => return None,
    })
}

impl Parser<'_> {
    fn next(&mut self) -> Result<(), FormulaError> {
        (self.at, self.end, self.token) = token(self.text, self.end)?;
        Ok(())
    }

    fn push(&mut self, op: Op, at: usize) {
        self.ops.push(op);
        self.places.push(u32::try_from(at).unwrap_or(u32::MAX));
    }

    fn expression(&mut self, weakest: u8) -> Result<(), FormulaError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(FormulaError::new(self.at, format!("nested deeper than {DEEPEST} levels")));
        }
        self.operand()?;
        let mut compared = false;
        while let Token::Sign(sign) = self.token
            && let Some((op, left, right)) = operator(sign)
            && left >= weakest
        {
            if op.compares() && std::mem::replace(&mut compared, true) {
                return Err(FormulaError::new(self.at, "comparisons do not chain; join two with &&"));
            }
            compared &= op.compares();
            let at = self.at;
            self.next()?;
            self.expression(right)?;
            self.push(Op::Binary(op), at);
        }
        self.depth -= 1;
        Ok(())
    }

    fn operand(&mut self) -> Result<(), FormulaError> {
        let at = self.at;
        match self.token {
            Token::Number(n) => {
                self.push(Op::Number(n), at);
                self.next()
            }
            Token::Point(name) => {
                let n = self.input(name)?;
                self.push(Op::Input(n), at);
                self.next()
            }
            Token::Sign(sign @ ("-" | "!")) => {
                self.next()?;
                self.expression(PREFIX)?;
                self.push(if sign == "-" { Op::Negate } else { Op::Not }, at);
                Ok(())
            }
            Token::Sign("(") => {
                self.next()?;
                self.expression(0)?;
                self.close(at)
            }
            Token::Word(word) => self.call(word),
            Token::Sign(_) | Token::End => Err(self.unexpected("a number, a {point}, a function or \"(\"")),
        }
    }

    fn call(&mut self, word: &str) -> Result<(), FormulaError> {
        let at = self.at;
        let Some(function) = Function::ALL.into_iter().find(|f| f.name() == word) else {
            let all = Function::ALL.map(Function::name).join(" ");
            let message = format!("there is no function \"{word}\" (known: {all}); a point is written {{{word}}}");
            return Err(FormulaError::new(at, message));
        };
        self.next()?;
        if self.token != Token::Sign("(") {
            return Err(self.unexpected(&format!("\"(\" after {word}")));
        }
        let open = self.at;
        let mut given = 0u8;
        loop {
            self.next()?;
            self.expression(0)?;
            given = given.saturating_add(1);
            if self.token != Token::Sign(",") {
                break;
            }
        }
        self.close(open)?;
        let (least, most) = function.arguments();
        if given < least || given > most {
            let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
            return Err(FormulaError::new(at, format!("{word} takes {wanted} arguments, found {given}")));
        }
        self.push(Op::Call(function, given), at);
        Ok(())
    }

    fn close(&mut self, open: usize) -> Result<(), FormulaError> {
        if self.token == Token::End {
            return Err(FormulaError::new(open, "this parenthesis is left open"));
        }
        if self.token != Token::Sign(")") {
            return Err(self.unexpected("\")\" or an operator"));
        }
        self.next()
    }

    /// The number of a point among the inputs.
    fn input(&mut self, name: &str) -> Result<u8, FormulaError> {
        let (asset, point) = match name.split_once('/') {
            Some((asset, point)) => (Some(asset), point),
            None => (None, name),
        };
        let (own, key) = point.split_once(':').filter(|_| self.alarms).unwrap_or((point, "-"));
        if !is_identifier(own) || !is_identifier(key) || asset.is_some_and(|a| !is_identifier(a)) {
            let message = format!("{{{name}}} is not a point; write {{name}} or {{asset/name}}");
            return Err(FormulaError::new(self.at, message));
        }
        let known = self.inputs.iter().position(|i| *i.point == *point && i.asset.as_deref() == asset);
        let n = known.unwrap_or(self.inputs.len());
        if known.is_none() {
            if n >= MOST_INPUTS {
                return Err(FormulaError::new(self.at, format!("more than {MOST_INPUTS} points")));
            }
            self.inputs.push(Operand { asset: asset.map(Into::into), point: point.into(), at: self.at });
        }
        Ok(u8::try_from(n).unwrap_or(u8::MAX))
    }

    fn unexpected(&self, wanted: &str) -> FormulaError {
        let found = match self.text.get(self.at..self.end) {
            Some(token) if !token.is_empty() => format!("\"{token}\""),
            _ => "the end".to_owned(),
        };
        FormulaError::new(self.at, format!("expected {wanted}, found {found}"))
    }
}

fn is_identifier(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}
