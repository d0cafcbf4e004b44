//! Plays a script through the core and writes down what comes out, line by line.
//!
//! A line is `TIME VERB …`, times in seconds after the start. Hub time is the line's; source time too, unless `@TIME`.
//! `sample POINT VALUE [QUALITY] [@TIME] [retained|historical]`, `link NAME up|down`, `device ASSET up|down`,
//! `fix CREW LON LAT [@TIME]`, `status CREW STATUS`, `ack ALARM`, `reset ALARM`, `shelve ALARM UNTIL REASON`,
//! `suppress ALARM REASON`, `out-of-service ALARM REASON`, `unshelve ALARM`, `unsuppress ALARM`, `in-service ALARM`, `call KIND LON LAT`, `dispatch INCIDENT CREW`,
//! `batch POINT VALUE POINT VALUE …`, `enter POINT VALUE REASON [@TIME]`, `substitute POINT VALUE REASON [UNTIL]`,
//! `unsubstitute POINT`, `tune ALARM SETTING VALUE REASON [UNTIL]`, `untune ALARM [SETTING]`, `close INCIDENT TEXT`, `note INCIDENT TEXT`, `merge INCIDENT INTO`, `ASSIGNMENT STEP [TEXT]`, and `run`: ticks every
//! 100 ms from the line before up to this time.

use std::fmt::Write;
use std::sync::Arc;

use linepack_core::alarm::{Act, Cause, HideKind};
use linepack_core::dispatch::{CrewStatus, IncidentKind};
use linepack_core::input::{Call, Fix, Step};
use linepack_core::tune::Setting;
use linepack_core::{
    Actor, Command, Core, Delivery, Event, Input, LonLat, Output, Quality, Reason, Refusal, Registry, Reply, Sample,
    Saved, Ts,
};

/// Start of every script, milliseconds.
pub(crate) const START: i64 = 1_700_000_000_000;

/// A core being played.
pub(crate) struct Player {
    pub(crate) core: Core,
    pub(crate) out: Output,
    now: i64,
    /// Who acts.
    pub(crate) actor: &'static str,
    /// Also write down samples for the historian and reported changes.
    pub(crate) values: bool,
    /// Group last told of each alarm.
    told: std::collections::BTreeMap<linepack_core::AlarmId, Option<linepack_core::AlarmId>>,
    /// Also write down alarms that change their group.
    pub(crate) groups: bool,
    pub(crate) text: String,
}

/// What the script leads to.
pub(crate) fn play(registry: Registry, script: &str) -> String {
    let mut player = Player::new(Arc::new(registry), Saved::default());
    player.run(script);
    player.text
}

/// Compares line by line, indentation aside.
#[track_caller]
pub(crate) fn check(registry: Registry, script: &str, expected: &str) {
    let text = play(registry, script);
    same(&text, expected);
}

/// Compares line by line, indentation aside.
#[track_caller]
pub(crate) fn same(text: &str, expected: &str) {
    let tidy = |s: &str| s.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    assert!(tidy(text) == tidy(expected), "came out:\n{text}\nexpected:\n{}", tidy(expected));
}

impl Player {
    pub(crate) fn new(registry: Arc<Registry>, saved: Saved) -> Self {
        let core = Core::new(registry, saved);
        Self {
            core,
            out: Output::default(),
            now: START,
            actor: "op",
            values: false,
            told: Default::default(),
            groups: false,
            text: String::new(),
        }
    }

    pub(crate) fn run(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = moment(words[0]);
        if words[1] == "run" {
            while self.now + 100 <= at {
                self.now += 100;
                self.step(Input::Tick);
            }
            return;
        }
        self.now = at;
        let input = self.input(&words[1..]);
        self.step(input);
    }

    /// Hub time stands still at a moment, milliseconds.
    pub(crate) fn at(&mut self, now: i64) {
        self.now = now;
    }

    /// Time passes, milliseconds, with a tick every 100.
    pub(crate) fn ticks(&mut self, span: i64) {
        for _ in 0..span / 100 {
            self.now += 100;
            self.step(Input::Tick);
        }
    }

    pub(crate) fn step(&mut self, input: Input) {
        self.out.clear();
        self.core.step(Ts(self.now), input, &mut self.out);
        let out = std::mem::take(&mut self.out);
        self.write(&out);
        self.out = out;
    }

    fn input(&self, words: &[&str]) -> Input {
        let registry = self.core.registry();
        let crew = |name: &str| registry.find_crew(name).expect("a crew of the site");
        let text = |from: usize| -> Arc<str> { words.get(from..).unwrap_or_default().join(" ").into() };
        let place = |i: usize| LonLat::new(number(words[i]), number(words[i + 1])).expect("a place");
        let source = words.iter().find_map(|w| w.strip_prefix('@')).map_or(self.now, moment);
        let actor = Actor { name: self.actor.into(), address: "10.0.0.1".into() };
        let command = match words[0] {
            "sample" => return Input::Samples(vec![self.sample(words, source)]),
            // several samples of one moment: batch POINT VALUE POINT VALUE …
            "batch" => {
                let sample = |pair: &[&str]| self.sample(&["sample", pair[0], pair[1]], source);
                return Input::Samples(words[1..].chunks_exact(2).map(sample).collect());
            }
            "link" => {
                let connection = registry.find_connection(words[1]).expect("a connection of the site");
                return Input::Link { connection, up: words[2] == "up" };
            }
            "device" => {
                let asset = registry.find_asset(words[1]).expect("an asset of the site");
                return Input::Device { asset, up: words[2] == "up" };
            }
            "fix" => {
                let (crew, position) = (crew(words[1]), place(2));
                return Input::Position(Fix { crew, position, ts: Ts(source), accuracy_m: None });
            }
            "status" => {
                let status = CrewStatus::from_name(words[2]).expect("a status");
                return Input::Status { crew: crew(words[1]), status, actor };
            }
            "ack" => self.act(words[1], Act::Acknowledge),
            "reset" => self.act(words[1], Act::Reset),
            "confirm" => self.act(words[1], Act::Confirm),
            "refuse" => self.act(words[1], Act::Refuse),
            "shelve" => {
                let until = Ts(moment(words[2]));
                self.act(words[1], Act::Shelve { until, reason: text(3) })
            }
            "suppress" => self.act(words[1], Act::Hide { kind: HideKind::Suppressed, reason: text(2) }),
            "out-of-service" => self.act(words[1], Act::Hide { kind: HideKind::OutOfService, reason: text(2) }),
            "unshelve" => self.act(words[1], Act::Show(HideKind::Shelved)),
            "unsuppress" => self.act(words[1], Act::Show(HideKind::Suppressed)),
            "in-service" => self.act(words[1], Act::Show(HideKind::OutOfService)),
            "call" => {
                let (kind, position) = (IncidentKind::from_name(words[1]).expect("a kind"), place(2));
                let note = text(4);
                Command::Open(Call { kind, position, address: "12 Main St".into(), caller: "Li".into(), note })
            }
            "dispatch" => Command::Dispatch { incident: words[1].parse().expect("an incident"), crew: crew(words[2]) },
            "close" => Command::Close { incident: words[1].parse().expect("an incident"), resolution: text(2) },
            "enter" | "substitute" => {
                let point = registry.find_point(words[1]).expect("a point of the site");
                let (value, reason) = (number(words[2]), words.get(3).copied().unwrap_or_default().into());
                if words[0] == "enter" {
                    let ts = words.iter().find_map(|w| w.strip_prefix('@')).map(|w| Ts(moment(w)));
                    Command::Enter { point, value, reason, ts }
                } else {
                    let until = words.get(4).map(|w| Ts(moment(w)));
                    Command::Substitute { point, value, reason, until }
                }
            }
            "unsubstitute" => {
                let point = registry.find_point(words[1]).expect("a point of the site");
                Command::Unsubstitute { point, reason: text(2) }
            }
            "tune" => Command::Tune {
                alarm: registry.find_alarm(words[1]).expect("an alarm of the site"),
                settings: vec![(Setting::from_name(words[2]).expect("a setting"), number(words[3]))],
                reason: words[4].into(),
                until: words.get(5).map(|w| Ts(moment(w))),
            },
            "untune" => Command::Untune {
                alarm: registry.find_alarm(words[1]).expect("an alarm of the site"),
                setting: words.get(2).and_then(|w| Setting::from_name(w)),
                reason: "".into(),
            },
            "note" => Command::Note { incident: words[1].parse().expect("an incident"), text: text(2) },
            "merge" => Command::Merge {
                incident: words[1].parse().expect("an incident"),
                into: words[2].parse().expect("an incident"),
            },
            assignment => {
                let step = match words[1] {
                    "accept" => Step::Accept,
                    "decline" => Step::Decline { reason: text(2) },
                    "en-route" => Step::EnRoute,
                    "on-scene" => Step::OnScene,
                    "made-safe" => Step::MadeSafe,
                    "restored" => Step::Restored,
                    "complete" => Step::Complete { report: text(2), size: None },
                    other => panic!("no step {other}"),
                };
                Command::Step { assignment: assignment.parse().expect("an assignment"), step }
            }
        };
        Input::Command { command, actor }
    }

    fn act(&self, alarm: &str, act: Act) -> Command {
        Command::Alarm { alarm: self.core.registry().find_alarm(alarm).expect("an alarm of the site"), act, seq: None }
    }

    fn sample(&self, words: &[&str], ts: i64) -> Sample {
        let point = self.core.registry().find_point(words[1]).expect("a point of the site");
        let mut sample = Sample {
            point,
            ts: Ts(ts),
            received: Ts(self.now),
            value: number(words[2]),
            quality: Quality::Good,
            delivery: Delivery::Live,
        };
        for word in &words[3..] {
            match *word {
                "bad" => sample.quality = Quality::Bad(Reason::SensorFailure),
                "uncertain" => sample.quality = Quality::Uncertain(Reason::Unspecified),
                "retained" => sample.delivery = Delivery::Retained,
                "historical" => sample.delivery = Delivery::Historical,
                other => assert!(other.starts_with('@'), "{other}"),
            }
        }
        sample
    }

    fn write(&mut self, out: &Output) {
        let registry = self.core.registry().clone();
        let now = seconds(self.now);
        let mut put = |line: String| {
            writeln!(self.text, "{now} {line}").expect("a string takes everything");
        };
        if self.values {
            for s in &out.history {
                let (name, q) = (registry.point_name(s.point), quality(s.quality));
                put(format!("history {name} {} {q} @{}", s.value, seconds(s.ts.0)));
            }
            for &p in &out.changed {
                let v = self.core.value(p);
                put(format!("changed {} {} {}", registry.point_name(p), v.value, quality(v.quality)));
            }
        }
        for event in &out.events {
            if let Event::Alarm { alarm, transition } = event {
                let moved = self.told.insert(alarm.id, alarm.group).unwrap_or_default() != alarm.group;
                if transition.is_none() && moved {
                    if self.groups {
                        let first = alarm.group.map_or("none".to_owned(), |g| registry.alarm_key(g));
                        put(format!("{} under {first}", registry.alarm_key(alarm.id)));
                    }
                    continue;
                }
            }
            put(event_line(&registry, event));
        }
        for &crew in &out.moved {
            put(format!("{} moved", registry.crews[crew.index()].id));
        }
        for key in out.dropped_alarms.iter().chain(&out.dropped_crews) {
            put(format!("dropped {key}"));
        }
        match &out.reply {
            None
            | Some(Ok(
                Reply::Alarm(_)
                | Reply::Alarms(_)
                | Reply::Incident(_)
                | Reply::Assignment(_)
                | Reply::Crew(_)
                | Reply::Control(_)
                | Reply::Handover(_)
                | Reply::Point(_),
            )) => {}
            Some(Err(Refusal::Conflict { state, .. })) => put(format!("refused: is {state}")),
            Some(Err(Refusal::NotFound { what, .. })) => put(format!("refused: no such {what}")),
            Some(Err(Refusal::Invalid { field, .. })) => put(format!("refused: wrong {field}")),
        }
    }
}

fn event_line(registry: &Registry, event: &Event) -> String {
    match event {
        Event::Alarm { alarm, transition: Some(t) } => {
            let key = registry.alarm_key(alarm.id);
            let incident = alarm.incident.map_or(String::new(), |no| format!(" {no}"));
            let (from, to, cause, q) = (t.from.name(), t.to.name(), t.cause.name(), quality(t.quality));
            if t.cause == Cause::Change {
                return format!(
                    "{key} {from} set by {}: {}",
                    t.actor.as_ref().map_or("", |a| &a.name),
                    t.reason.as_deref().unwrap_or("")
                );
            }
            format!("{key} {from}>{to} {cause} {} {q} @{}{incident}", t.value, seconds(t.source.0))
        }
        Event::Alarm { alarm, transition: None } => {
            let since = alarm.pending.map_or("none".to_owned(), |t| format!("@{}", seconds(t.0)));
            format!("{} {} pending {since}", registry.alarm_key(alarm.id), alarm.state.name())
        }
        Event::Flood(f) => {
            let (n, end) = (f.annunciated, f.ended.map_or("goes on", |_| "over"));
            format!("flood {} {n} {end}", f.position)
        }
        Event::Incident(i) => {
            let mut line = format!("{} {} {}", i.no, i.state.name(), i.priority.name());
            for c in &i.clocks {
                let stop = c.kept().map_or("", |kept| if kept { " kept" } else { " missed" });
                write!(line, " [{} {}{stop}]", c.name.name(), seconds(c.due.0)).expect("a string takes everything");
            }
            line + if i.no_crew { " no crew" } else { "" }
        }
        Event::Assignment(a) => {
            format!("{} {} {} {}", a.no, a.incident, registry.crews[a.crew.index()].id, a.state.name())
        }
        Event::Crew(c) => {
            let on = c.assignment.map_or(String::new(), |no| format!(" {no}"));
            format!("{} {}{on}", registry.crews[c.id.index()].id, c.status.name())
        }
        Event::Control(c) => format!("{} {} {} {}", c.no, c.point, c.value, c.state.name()),
        Event::Handover(h) => format!("{} {} {}", h.no, h.position, h.state.name()),
        Event::Entry(e) => {
            let until = e.until.map_or(String::new(), |t| format!(" until {}", seconds(t.0)));
            let (name, who) = (registry.point_name(e.point), &e.actor.name);
            format!("entry {name} {} {} @{}{until} by {who}: {}", e.kind.name(), e.value, seconds(e.ts.0), e.reason)
        }
        Event::Substitute(s) => format!("substitute {} {}", registry.point_name(s.point), s.value),
        Event::SubstituteEnded(p) => format!("substitute ended {}", registry.point_name(*p)),
        Event::SubstituteDropped(name) => format!("substitute dropped {name}"),
        Event::Tuned(t) => {
            let until = t.until.map_or(String::new(), |t| format!(" until {}", seconds(t.0)));
            format!("tuned {} {} {}{until}", registry.alarm_key(t.alarm), t.setting.name(), t.setting.text(t.value))
        }
        Event::TunedEnded(alarm, setting) => format!("tuned no more {} {}", registry.alarm_key(*alarm), setting.name()),
        Event::TunedDropped(key, setting) => format!("tuned dropped {key} {}", setting.name()),
        Event::Model(m) => format!("model {} {} samples", registry.alarm_key(m.alarm), m.model.samples),
        Event::Timeline(t) => format!("{} {} by {}: {}", t.incident, t.event, t.by, t.detail),
    }
}

pub(crate) fn quality(q: Quality) -> String {
    q.reason().map_or("good".to_owned(), |r| format!("{}({})", q.class(), r.name()))
}

fn seconds(ms: i64) -> String {
    let s = (ms - START) as f64 / 1000.0;
    format!("{s}")
}

fn moment(seconds: &str) -> i64 {
    START + (number(seconds) * 1000.0).round() as i64
}

fn number(word: &str) -> f64 {
    word.parse().unwrap_or_else(|_| panic!("{word} is not a number"))
}
