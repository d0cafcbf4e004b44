//! From characters to tokens.

use super::FormulaError;

/// A piece of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    /// What stands between braces.
    Point(&'a str),
    /// A function's name.
    Word(&'a str),
    /// An operator, a parenthesis or a comma.
    Sign(&'static str),
    End,
}

/// Longer signs first.
const SIGNS: [&str; 17] = ["<=", ">=", "==", "!=", "&&", "||", "<", ">", "+", "-", "*", "/", "^", "!", "(", ")", ","];

/// The token at `from`: where it begins, where it ends, what it is.
pub(super) fn token(text: &str, from: usize) -> Result<(usize, usize, Token<'_>), FormulaError> {
    let rest = text.get(from..).unwrap_or_default();
    let at = from + (rest.len() - rest.trim_start().len());
    let rest = rest.trim_start();
    let Some(first) = rest.chars().next() else { return Ok((at, at, Token::End)) };
    let of = |len: usize, token| Ok((at, at + len, token));
    if first == '{' {
        let Some(end) = rest.find('}') else {
            return Err(FormulaError::new(at, "a brace is left open; a point is written {name} or {asset/name}"));
        };
        return of(end + 1, Token::Point(rest[1..end].trim()));
    }
    if first.is_ascii_digit() || first == '.' {
        let len = number_length(rest.as_bytes());
        return match rest[..len].parse::<f64>() {
            Ok(n) if n.is_finite() => of(len, Token::Number(n)),
            _ => Err(FormulaError::new(at, format!("\"{}\" is not a number", &rest[..len]))),
        };
    }
    if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
        return of(sign.len(), Token::Sign(sign));
    }
    let len = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    if len > 0 && first.is_ascii_alphabetic() {
        return of(len, Token::Word(&rest[..len]));
    }
    Err(FormulaError::new(at, format!("\"{first}\" has no meaning here")))
}

/// Digits, one point, an exponent with its sign.
fn number_length(bytes: &[u8]) -> usize {
    let mut len = 0;
    while let Some(b) = bytes.get(len) {
        let exponent_sign = matches!(b, b'+' | b'-') && len > 0 && matches!(bytes.get(len - 1), Some(b'e' | b'E'));
        if !(b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E') || exponent_sign) {
            break;
        }
        len += 1;
    }
    len
}
