//! The report as one table: position, section, item, value, target, detail.

use std::fmt::Write as _;

use crate::wire;

/// The whole report; lines end as RFC 4180 has it.
pub(super) fn write(report: &wire::AlarmReport) -> String {
    let mut out = String::from("position,section,item,value,target,detail\r\n");
    for p in &report.positions {
        let f = &p.figures;
        let mut line = |section: &str, item: &str, value: &str, target: &str, detail: &str| {
            let cells = [f.position.as_str(), section, item, value, target, detail].map(cell);
            let _ = write!(out, "{}\r\n", cells.join(","));
        };
        line("figures", "annunciated", &f.annunciated.to_string(), "", "");
        for c in &f.compared {
            line("figures", &c.name, &number(c.value), &number(c.target), &c.verdict);
        }
        for (priority, n) in &f.priorities {
            line("priorities", priority, &n.to_string(), "", "");
        }
        for (name, seconds) in [("ack_p50_s", f.ack_p50_s), ("ack_p90_s", f.ack_p90_s)] {
            line("figures", name, &seconds.map(number).unwrap_or_default(), "", "");
        }
        for b in &f.bad_actors {
            let stale = b.stale_s.map(|s| format!(" stale_s={}", number(s))).unwrap_or_default();
            let detail =
                format!("percent={} chattering={} fleeting={}{stale}", number(b.percent), b.chattering, b.fleeting);
            line("bad-actors", &b.alarm, &b.count.to_string(), "", &detail);
        }
        for e in &f.flood.list {
            line("floods", &e.from_ms.to_string(), &e.annunciated.to_string(), "", &format!("to_ms={}", e.to_ms));
        }
        for s in &p.standing {
            line("standing", &s.alarm, &number(s.for_s), "", "");
        }
        for h in &p.hidden {
            let said = [h.how.as_str(), h.by.as_deref().unwrap_or(""), h.reason.as_deref().unwrap_or("")].join(" ");
            line("hidden", &h.alarm, &number(h.for_s), "", &said);
        }
        for c in &p.changes {
            let said = [c.actor.as_deref().unwrap_or(""), c.reason.as_deref().unwrap_or("")].join(": ");
            line("changes", &c.alarm, &c.ts_ms.to_string(), "", &said);
        }
    }
    out
}

/// Plain digits, at most three after the point.
fn number(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    rounded.to_string()
}

/// Quoted where it must be; what a spreadsheet would take for a formula is text.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"why\"", "\"say \"\"why\"\"\""),
            ("=1+1", "'=1+1"),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(cell(text), expected);
        }
        assert_eq!(number(12.345_678), "12.346");
    }
}
