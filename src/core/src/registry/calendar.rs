//! Which days are working days here.

use std::collections::BTreeMap;

/// `holidays.csv` of the site. Without it Monday to Friday are working days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Days since 1970-01-01 that are not what their weekday says: whether people work.
    pub exceptions: BTreeMap<i32, bool>,
}

impl Calendar {
    /// Day of the week, Monday is 0. `day`: days since 1970-01-01, a Thursday.
    pub const fn weekday(day: i32) -> u8 {
        // below 7
        (day.rem_euclid(7) as u8 + 3) % 7
    }

    /// What `holidays.csv` says of a day: `Some(false)` a holiday, `Some(true)` a make-up day.
    pub fn exception(&self, day: i32) -> Option<bool> {
        self.exceptions.get(&day).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_are_counted_from_a_thursday() {
        // 1970-01-01, 1969-12-31, 2026-10-01 (a Thursday), 2026-10-04 (a Sunday)
        for (day, weekday) in [(0, 3), (-1, 2), (20_727, 3), (20_730, 6), (i32::MIN, Calendar::weekday(i32::MIN))] {
            assert_eq!(Calendar::weekday(day), weekday, "{day}");
        }
    }
}
