//! Alarms that were hidden for long: from the rows of the journal that hid them and showed them again.

use std::collections::BTreeMap;

use linepack_core::Millis;
use linepack_core::alarm::State;

use crate::wire::{HiddenLong, JournalRow};

/// Most that are told.
const MOST: usize = 1000;

/// Of one position, longest first. The rows are in the order of time and begin with what hid an alarm before.
pub(super) fn long(rows: &[JournalRow], to: i64, over: Millis, here: &impl Fn(&str) -> bool) -> Vec<HiddenLong> {
    let hides = |state: &str| State::from_name(state).is_some_and(State::is_hidden);
    let mut open: BTreeMap<&str, HiddenLong> = BTreeMap::new();
    let mut all = Vec::new();
    for row in rows.iter().filter(|r| here(&r.alarm)) {
        match (hides(&row.from), hides(&row.to)) {
            (false, true) => {
                let hidden = HiddenLong {
                    alarm: row.alarm.clone(),
                    how: row.to.clone(),
                    from_ms: row.ts_ms,
                    to_ms: None,
                    for_s: 0.0,
                    by: row.actor.clone(),
                    reason: row.reason.clone(),
                };
                open.insert(&row.alarm, hidden);
            }
            (true, false) => {
                let ended = open.remove(row.alarm.as_str());
                all.extend(ended.map(|h| HiddenLong { to_ms: Some(row.ts_ms), ..h }));
            }
            _ => {}
        }
    }
    all.extend(open.into_values());
    for hidden in &mut all {
        hidden.for_s = Millis(hidden.to_ms.unwrap_or(to).saturating_sub(hidden.from_ms)).as_secs_f64();
    }
    all.retain(|h| h.for_s > over.as_secs_f64());
    all.sort_by(|a, b| b.for_s.total_cmp(&a.for_s).then_with(|| a.alarm.cmp(&b.alarm)));
    all.truncate(MOST);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(alarm: &str, from: State, to: State, hours: i64) -> JournalRow {
        JournalRow {
            id: 0,
            alarm: alarm.into(),
            from: from.name().into(),
            to: to.name().into(),
            cause: String::new(),
            actor: Some("wang".into()),
            address: None,
            reason: Some("works".into()),
            value: None,
            limit: None,
            quality: "good".into(),
            source_ms: 0,
            ts_ms: hours * 3_600_000,
        }
    }

    #[test]
    fn what_was_hidden_for_over_a_day_is_told_once_with_who_and_why() {
        use State::{Normal, OutOfService, Shelved, Unacknowledged};
        let rows = [
            row("a", Normal, Shelved, -40),
            row("b", Unacknowledged, OutOfService, 1),
            row("c", Normal, Shelved, 2),
            // what happens underneath, and another way on top of it, end nothing
            row("b", OutOfService, OutOfService, 3),
            row("a", Shelved, OutOfService, 3),
            row("c", Shelved, Normal, 10),
            row("a", OutOfService, Normal, 20),
            row("z", Normal, Shelved, 0),
        ];
        let here = |alarm: &str| alarm != "z";
        let told: Vec<_> = long(&rows, 50 * 3_600_000, Millis::mins(24 * 60), &here)
            .into_iter()
            .map(|h| (h.alarm, h.how, h.for_s / 3600.0, h.to_ms.is_some(), h.by))
            .collect();
        let by = Some("wang".to_owned());
        assert_eq!(
            told,
            [
                ("a".to_owned(), "shelved".to_owned(), 60.0, true, by.clone()),
                ("b".to_owned(), "out-of-service".to_owned(), 49.0, false, by)
            ]
        );
    }
}
