//! The hub's messages as lines for people, one a change.

use std::collections::HashMap;
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::wire::{Alarm, Asset, Crew, Incident, ServerMessage, ValueRow};

/// Writes lines and remembers the units a snapshot told.
#[derive(Debug)]
pub(super) struct Lines {
    colour: bool,
    zone: TimeZone,
    units: HashMap<String, String>,
}

/// A word of a line, painted where it should catch the eye.
type Word<'a> = (Option<Colour>, &'a str);

#[derive(Clone, Copy, Debug)]
enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Magenta = 35,
    Grey = 90,
}

impl Lines {
    /// Times are shown as this machine's.
    pub(super) fn new(colour: bool) -> Self {
        Self { colour, zone: TimeZone::system(), units: HashMap::new() }
    }

    pub(super) fn write(&mut self, message: &ServerMessage, out: &mut impl Write) -> io::Result<()> {
        match message {
            ServerMessage::Snapshot { ts_ms, alarms, incidents, crews, assets, values, .. } => {
                self.units = values.iter().map(|v| (v.point.clone(), v.unit.clone())).collect();
                self.things(*ts_ms, alarms, incidents, crews, assets, out)?;
                for v in values {
                    let row = ValueRow(
                        v.point.clone(),
                        v.value,
                        v.quality.clone(),
                        v.ts_ms.or(v.received_ms).unwrap_or(*ts_ms),
                    );
                    self.value(&row, out)?;
                }
                Ok(())
            }
            ServerMessage::Delta { ts_ms, alarms, incidents, crews, assets, values, removed, .. } => {
                self.things(*ts_ms, alarms, incidents, crews, assets, out)?;
                values.iter().try_for_each(|row| self.value(row, out))?;
                let Some(removed) = removed else { return Ok(()) };
                let gone = [
                    ("alarm", "normal", &removed.alarms),
                    ("incident", "closed", &removed.incidents),
                    ("crew", "out of view", &removed.crews),
                    ("asset", "out of view", &removed.assets),
                ];
                for (kind, state, ids) in gone {
                    for id in ids {
                        self.line(*ts_ms, kind, &[(Some(Colour::Green), state), (None, id)], out)?;
                    }
                }
                Ok(())
            }
            ServerMessage::Error { detail, .. } => writeln!(out, "{}", clean(&format!("the hub: {detail}"))),
        }
    }

    fn things(
        &self,
        ts_ms: i64,
        alarms: &[Alarm],
        incidents: &[Incident],
        crews: &[Crew],
        assets: &[Asset],
        out: &mut impl Write,
    ) -> io::Result<()> {
        for a in alarms {
            let state = format!("{} {}", a.priority, a.state);
            let words = [(Some(priority(&a.priority)), state.as_str()), (None, &a.id), (None, &a.message)];
            self.line(ts_ms, "alarm", &words, out)?;
        }
        for i in incidents {
            let state = format!("{} {}", i.priority, i.state);
            let crews = i.assignments.last().map(|a| format!("{} {}", a.crew, a.state)).unwrap_or_default();
            let words =
                [(Some(priority(&i.priority)), state.as_str()), (None, &i.id), (None, &i.title), (None, &crews)];
            self.line(ts_ms, "incident", &words, out)?;
        }
        for c in crews {
            let place = format!("{:.5},{:.5}", c.lon, c.lat);
            self.line(ts_ms, "crew", &[(Some(Colour::Blue), &c.status), (None, &c.id), (None, &place)], out)?;
        }
        for a in assets {
            let (colour, state) = match &a.worst {
                Some(w) => (priority(&w.priority), format!("{} {}", w.priority, w.state)),
                None => (quality(&a.quality), a.quality.clone()),
            };
            self.line(ts_ms, "asset", &[(Some(colour), &state), (None, &a.id)], out)?;
        }
        Ok(())
    }

    fn value(&self, ValueRow(point, value, class, ts_ms): &ValueRow, out: &mut impl Write) -> io::Result<()> {
        let number = value.map_or_else(|| "—".into(), |v| v.to_string());
        let unit = self.units.get(point).map_or("", String::as_str);
        let words = [(None, point.as_str()), (None, &number), (None, unit), (Some(quality(class)), class)];
        self.line(*ts_ms, "value", &words, out)
    }

    fn line(&self, ts_ms: i64, kind: &str, words: &[Word], out: &mut impl Write) -> io::Result<()> {
        let words: Vec<String> =
            words.iter().filter(|(_, text)| !text.is_empty()).map(|&(colour, text)| self.paint(colour, text)).collect();
        writeln!(out, "{} {kind:<8} {}", self.paint(Some(Colour::Grey), &self.time(ts_ms)), words.join("  "))
    }

    fn time(&self, ts_ms: i64) -> String {
        let at = Timestamp::from_millisecond(ts_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(self.zone.clone()).strftime("%H:%M:%S%.3f").to_string()
    }

    fn paint(&self, colour: Option<Colour>, text: &str) -> String {
        let text = clean(text);
        match colour.filter(|_| self.colour) {
            Some(colour) => format!("\x1b[{}m{text}\x1b[0m", colour as u8),
            None => text,
        }
    }
}

/// Texts may come from callers on the telephone: nothing in them may steer the terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn priority(name: &str) -> Colour {
    match name {
        "critical" => Colour::Red,
        "high" => Colour::Magenta,
        "medium" => Colour::Yellow,
        _ => Colour::Blue,
    }
}

fn quality(class: &str) -> Colour {
    match class {
        "good" => Colour::Green,
        "uncertain" => Colour::Yellow,
        _ => Colour::Red,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(colour: bool, messages: &[&str]) -> String {
        let mut lines = Lines { zone: TimeZone::UTC, ..Lines::new(colour) };
        let mut out = vec![];
        for message in messages {
            lines.write(&serde_json::from_str(message).unwrap(), &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    const SNAPSHOT: &str = r#"{"type":"snapshot","seq":1,"ts_ms":1732233600000,"alarms":[],"incidents":[],"crews":[],"assets":[],
        "values":[{"point":"rs-1/flow","value":412.5,"unit":"m3/h","quality":"good","reason":null,"status_code":0,"ts_ms":1732233600123,
        "received_ms":1732233600124,"range":null,"limits":[],"writable":false}]}"#;

    #[test]
    fn one_line_a_change() {
        let delta = r#"{"type":"delta","seq":2,"ts_ms":1732233601000,"values":[["rs-1/flow",null,"bad",1732233601000],
            ["rs-2/flow",0.0000001,"good",1732233601000]],"removed":{"alarms":["rs-1:flow:high"],"crews":["c-07"]}}"#;
        assert_eq!(
            written(false, &[SNAPSHOT, delta]),
            "00:00:00.123 value    rs-1/flow  412.5  m3/h  good\n\
             00:00:01.000 value    rs-1/flow  —  m3/h  bad\n\
             00:00:01.000 value    rs-2/flow  0.0000001  good\n\
             00:00:01.000 alarm    normal  rs-1:flow:high\n\
             00:00:01.000 crew     out of view  c-07\n"
        );
    }

    #[test]
    fn colours_are_ours_and_texts_cannot_steer_the_terminal() {
        let plain = written(true, &[SNAPSHOT]);
        assert!(plain.contains("\x1b[32mgood\x1b[0m"), "{plain:?}");
        let evil = r#"{"type":"error","seq":1,"detail":"\u001b[2Jgone\r\n\u0007"}"#;
        assert_eq!(written(true, &[evil]), "the hub: \u{fffd}[2Jgone\u{fffd}\u{fffd}\u{fffd}\n");
    }
}
