//! Changes of `hub.toml` that leave everything else in it as it stands, to the byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use anyhow::bail;
use linepack_core::tune::Setting;
use toml::de::{DeTable, DeValue};

use crate::store::TunedRecord;

/// Lines of context about a change.
const CONTEXT: usize = 3;

/// The text with `[[override]]` tables that say what runs.
pub(super) fn apply(text: &str, tuned: &[TunedRecord]) -> anyhow::Result<String> {
    let mut by_alarm: BTreeMap<&str, Vec<(Setting, f64)>> = BTreeMap::new();
    for t in tuned {
        let Some(setting) = Setting::from_name(&t.setting) else { bail!("no setting is called {}", t.setting) };
        by_alarm.entry(&t.alarm).or_default().push((setting, t.value));
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut added = String::new();
    let tables = overrides(text)?;
    for (alarm, settings) in by_alarm {
        let Some(table) = tables.iter().find(|t| t.alarm == alarm) else {
            let _ = write!(added, "{newline}[[override]]{newline}alarm = \"{alarm}\"{newline}");
            for (setting, value) in settings {
                let _ = write!(added, "{} = {}{newline}", setting.name(), setting.text(value));
            }
            continue;
        };
        for (setting, value) in settings {
            match table.values.get(setting.name()) {
                Some(span) => edits.push((span.clone(), setting.text(value))),
                None => {
                    let at = table.alarm_ends;
                    edits.push((at..at, format!("{newline}{} = {}", setting.name(), setting.text(value))));
                }
            }
        }
    }
    edits.sort_by_key(|(span, _)| span.start);
    let mut out = String::with_capacity(text.len() + added.len());
    let mut at = 0;
    for (span, new) in edits {
        out.push_str(&text[at..span.start]);
        out.push_str(&new);
        at = span.end;
    }
    out.push_str(&text[at..]);
    if !added.is_empty() && !out.is_empty() && !out.ends_with('\n') {
        out.push_str(newline);
    }
    out.push_str(&added);
    Ok(out)
}

/// An `[[override]]` that is there.
struct Table {
    alarm: String,
    /// Where the line of `alarm` ends.
    alarm_ends: usize,
    /// Places of the values.
    values: BTreeMap<String, Range<usize>>,
}

fn overrides(text: &str) -> anyhow::Result<Vec<Table>> {
    let root = DeTable::parse(text)?;
    let Some((_, list)) = root.get_ref().iter().find(|(k, _)| k.get_ref() == "override") else { return Ok(vec![]) };
    let DeValue::Array(items) = list.get_ref() else { bail!("override is no list of tables") };
    let mut all = Vec::new();
    for item in items.iter() {
        let DeValue::Table(table) = item.get_ref() else { continue };
        let mut found = Table { alarm: String::new(), alarm_ends: 0, values: BTreeMap::new() };
        for (key, value) in table.iter() {
            if key.get_ref() == "alarm"
                && let DeValue::String(alarm) = value.get_ref()
            {
                found.alarm = alarm.to_string();
                // a comment may follow the value
                let end = value.span().end;
                let line = text[end..].find('\n').map_or(text.len(), |n| end + n);
                found.alarm_ends = if text[..line].ends_with('\r') { line - 1 } else { line };
            }
            found.values.insert(key.get_ref().to_string(), value.span());
        }
        // an override in braces stands on one line: no line may be put into it
        if text.get(item.span()).is_some_and(|t| t.starts_with('{')) {
            bail!("write the override of {} as a table of its own, [[override]], first", found.alarm);
        }
        all.push(found);
    }
    Ok(all)
}

/// The difference as `diff -u` has it; empty where there is none.
pub(super) fn unified(name: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let pairs = matched(&old, &new);
    let mut out = String::new();
    let mut hunks: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (a, b) in pairs.into_iter().chain([(old.len(), new.len())]) {
        if a > i || b > j {
            match hunks.last_mut() {
                Some((o, n)) if i - o.end <= 2 * CONTEXT => (o.end, n.end) = (a, b),
                _ => hunks.push((i..a, j..b)),
            }
        }
        (i, j) = (a + 1, b + 1);
    }
    if hunks.is_empty() {
        return out;
    }
    let _ = write!(out, "--- {name}\n+++ {name}\n");
    for (o, n) in hunks {
        let before = o.start.min(CONTEXT);
        let after = (old.len() - o.end).min(CONTEXT);
        let (from_old, to_old) = (o.start - before, o.end + after);
        let (from_new, to_new) = (n.start - before, n.end + after);
        let _ = writeln!(out, "@@ -{},{} +{},{} @@", from_old + 1, to_old - from_old, from_new + 1, to_new - from_new);
        let (mut i, mut j) = (from_old, from_new);
        for (a, b) in matched(&old[from_old..to_old], &new[from_new..to_new])
            .into_iter()
            .map(|(a, b)| (a + from_old, b + from_new))
            .chain([(to_old, to_new)])
        {
            for line in &old[i..a] {
                let _ = writeln!(out, "-{line}");
            }
            for line in &new[j..b] {
                let _ = writeln!(out, "+{line}");
            }
            if let Some(line) = old[..to_old].get(a) {
                let _ = writeln!(out, " {line}");
            }
            (i, j) = (a + 1, b + 1);
        }
    }
    out
}

/// Lines both have, in order. Only lines were put in or replaced one by one, so going forward finds them all.
fn matched(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if new.get(j + 1) == Some(&old[i]) || (old.len() - i < new.len() - j && new[j..].contains(&old[i])) {
            j += 1;
        } else {
            (i, j) = (i + 1, j + 1);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuned(alarm: &str, setting: Setting, value: f64) -> TunedRecord {
        TunedRecord {
            alarm: alarm.into(),
            setting: setting.name().into(),
            value,
            by: "e".into(),
            reason: "r".into(),
            since_ms: 0,
            until_ms: None,
        }
    }

    const FILE: &str = "# the north grid\n[hub]\nname = \"North\"   # as on the door\n\n[[override]] # agreed in May\nalarm = \"a:p:high\" # the noisy one\nlimit = 125.0 # was 120\n\n[store]\nspool_mib = 16\n";

    #[test]
    fn nothing_changed_is_the_file_to_the_byte() {
        assert_eq!(apply(FILE, &[]).unwrap(), FILE);
        assert_eq!(unified("hub.toml", FILE, FILE), "");
    }

    #[test]
    fn values_change_in_place_and_comments_stay() {
        let changes = [
            tuned("a:p:high", Setting::Limit, 130.0),
            tuned("a:p:high", Setting::OnDelay, 5000.0),
            tuned("b:p:low", Setting::Enabled, 0.0),
        ];
        let after = apply(FILE, &changes).unwrap();
        let expected = FILE.replace("limit = 125.0 # was 120", "on_delay = \"5s\"\nlimit = 130 # was 120")
            + "\n[[override]]\nalarm = \"b:p:low\"\nenabled = false\n";
        assert_eq!(after, expected);
        assert_eq!(apply(&after, &changes).unwrap(), after, "a second time changes nothing");
        assert_eq!(
            unified("hub.toml", FILE, &after),
            "--- hub.toml\n+++ hub.toml\n@@ -4,7 +4,12 @@\n \n [[override]] # agreed in May\n alarm = \"a:p:high\" # the noisy one\n-limit = 125.0 # was 120\n+on_delay = \"5s\"\n+limit = 130 # was 120\n \n [store]\n spool_mib = 16\n+\n+[[override]]\n+alarm = \"b:p:low\"\n+enabled = false\n"
        );
    }

    #[test]
    fn a_file_without_a_last_newline_and_one_of_windows_keep_their_ways() {
        let one = [tuned("a:p:high", Setting::Limit, 1.5)];
        assert_eq!(
            apply("[hub]\nname = \"x\"", &one).unwrap(),
            "[hub]\nname = \"x\"\n\n[[override]]\nalarm = \"a:p:high\"\nlimit = 1.5\n"
        );
        assert_eq!(
            apply("[hub]\r\n", &one).unwrap(),
            "[hub]\r\n\r\n[[override]]\r\nalarm = \"a:p:high\"\r\nlimit = 1.5\r\n"
        );
        let windows = "[[override]]\r\nalarm = \"a:p:high\"\r\n";
        assert_eq!(apply(windows, &one).unwrap(), "[[override]]\r\nalarm = \"a:p:high\"\r\nlimit = 1.5\r\n");
        assert!(apply("override = [{ alarm = \"a:p:high\", limit = 1 }]", &one).is_err());
    }
}
