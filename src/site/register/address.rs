//! Addresses as manuals write them: a number, or the notation of PLCs whose first digit is the table.

use crate::site::section::Value;
use crate::site::settings::Table;

/// Where a value begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// On the wire, or counted from the connection's base.
    pub(super) number: u16,
    /// Counts from the connection's base.
    pub(super) from_base: bool,
    /// The table the notation names.
    pub(super) table: Option<Table>,
}

/// `2`, `"40003"`, `"400003"` or `"4x0003"`. A number counts from the template's base, else from the connection's; PLC
/// notation always from 1.
pub(super) fn read(value: Value<'_>, base: Option<u16>, table: Option<Table>) -> Option<Address> {
    let Some(text) = value.as_text() else {
        let number = value.small(base.unwrap_or(0)..=65_535)?;
        return Some(match base {
            Some(base) => Address { number: number - base, from_base: false, table: None },
            None => Address { number, from_base: true, table: None },
        });
    };
    let Some((named, number)) = notation(text) else {
        return value
            .fail(format!("expected a number from 0 to 65535, or a notation such as \"40003\", found \"{text}\""));
    };
    match table {
        Some(table) if table != named => {
            value.fail(format!("\"{text}\" is in table {}, not {}", named.word(), table.word()))
        }
        _ => Some(Address { number, from_base: false, table: Some(named) }),
    }
}

/// Table and wire address of PLC notation: the table's digit, then four digits, or five, or `x` and as many as you like.
fn notation(text: &str) -> Option<(Table, u16)> {
    let (first, rest) = text.split_at_checked(1)?;
    let table = match first {
        "0" => Table::Coil,
        "1" => Table::Discrete,
        "3" => Table::Input,
        "4" => Table::Holding,
        _ => return None,
    };
    let digits = match rest.strip_prefix(['x', 'X']) {
        Some(digits) if (1..=5).contains(&digits.len()) => digits,
        None if matches!(rest.len(), 4 | 5) => rest,
        _ => return None,
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    Some((table, u16::try_from(number.checked_sub(1)?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plc_notation_names_table_and_register() {
        for (text, want) in [
            ("40003", Some((Table::Holding, 2))),
            ("400003", Some((Table::Holding, 2))),
            ("465536", Some((Table::Holding, 65_535))),
            ("30001", Some((Table::Input, 0))),
            ("3x0003", Some((Table::Input, 2))),
            ("4X100", Some((Table::Holding, 99))),
            ("10001", Some((Table::Discrete, 0))),
            ("00017", Some((Table::Coil, 16))),
            ("000017", Some((Table::Coil, 16))),
            ("40000", None),
            ("465537", None),
            ("20001", None),
            ("4003", None),
            ("4x", None),
            ("4x+1", None),
            ("", None),
            ("门0003", None),
        ] {
            assert_eq!(notation(text), want, "{text}");
        }
    }
}
