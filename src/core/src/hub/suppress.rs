//! Suppression by design: conditions are looked at when one of their inputs moved, never by a timer over all.

mod endings;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::alarm::{Cause, Hide, HideKind};
use crate::point::flag;
use crate::registry::{Registry, Suppression, Watched};
use crate::{Actor, AlarmId, PointId, Ts};

use super::Step;
use super::field::Field;
use endings::Endings;

/// After a restart or reload the inputs of what was hidden have this long to be heard of, milliseconds.
const GRACE: i64 = 60_000;

/// What a condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    True,
    False,
    /// The input of this number cannot be trusted.
    Unknown(usize),
}

/// All conditions.
#[derive(Debug)]
pub(super) struct Suppressions {
    /// `(input, condition)`, sorted.
    readers: Vec<(Watched, u32)>,
    /// `(alarm, condition)`, sorted.
    hiders: Vec<(AlarmId, u32)>,
    /// By condition: it hides its alarms.
    holds: Vec<bool>,
    /// To be looked at with the end of the step.
    marked: BTreeSet<u32>,
    /// Conditions that held and are over or cannot be told any more, and when that ends the hiding.
    endings: Endings,
    /// Alarms that a rule hid before a restart or reload which the site no longer has.
    orphans: Vec<(AlarmId, Arc<str>)>,
}

impl Suppressions {
    pub(super) fn new(registry: &Registry) -> Self {
        let numbered = || (0u32..).zip(&registry.suppressions);
        let mut readers: Vec<(Watched, u32)> =
            numbered().flat_map(|(n, s)| s.inputs.iter().map(move |i| (*i, n))).collect();
        readers.sort_unstable();
        let mut hiders: Vec<(AlarmId, u32)> =
            numbered().flat_map(|(n, s)| s.alarms.iter().map(move |a| (*a, n))).collect();
        hiders.sort_unstable();
        let marked = numbered().map(|(n, _)| n).collect();
        let holds = vec![false; registry.suppressions.len()];
        Self { readers, hiders, holds, marked, endings: Endings::default(), orphans: vec![] }
    }

    /// The points that some condition reads.
    pub(super) fn points(&self) -> impl Iterator<Item = PointId> + '_ {
        self.readers.iter().filter_map(|(input, _)| match input {
            Watched::Point(point) => Some(*point),
            _ => None,
        })
    }

    /// Takes over what hid an alarm before a restart or reload.
    pub(super) fn restore(&mut self, registry: &Registry, alarm: AlarmId, rules: Vec<Arc<str>>, now: Option<Ts>) {
        for name in rules {
            let from = self.hiders.partition_point(|(a, _)| *a < alarm);
            let of = self.hiders[from..].iter().take_while(|(a, _)| *a == alarm).map(|(_, n)| *n);
            let known = of.into_iter().find(|n| registry.suppressions[*n as usize].name == name);
            match known {
                Some(n) => {
                    self.holds[n as usize] = true;
                    self.endings.wait(n, now.map(grace));
                }
                None => self.orphans.push((alarm, name)),
            }
        }
    }

    /// The first step after a restart: what is hidden has its time from now on.
    pub(super) fn start(&mut self, now: Ts) {
        self.endings.start(grace(now));
    }

    /// An input moved.
    pub(super) fn note(&mut self, input: Watched) {
        if self.readers.is_empty() {
            return;
        }
        let from = self.readers.partition_point(|(i, _)| *i < input);
        for &(_, n) in self.readers[from..].iter().take_while(|(i, _)| *i == input) {
            self.marked.insert(n);
        }
    }
}

fn grace(now: Ts) -> Ts {
    Ts(now.0.saturating_add(GRACE))
}

impl Field {
    /// A point has news for those who calculate with it and for conditions.
    pub(super) fn fed(&mut self, point: PointId, sample: Option<&crate::Sample>) -> u64 {
        self.suppressions.note(Watched::Point(point));
        self.derived.note(point, sample)
    }

    /// Looks at the conditions whose inputs moved. Hiding an alarm does not change whether its condition is true, so
    /// one round is enough.
    pub(super) fn suppress(&mut self, step: &mut Step<'_>) {
        while let Some((alarm, name)) = self.suppressions.orphans.pop() {
            self.end_design(alarm, &name, "the site has no such rule any more", step);
        }
        while let Some(n) = self.suppressions.marked.pop_first() {
            let registry = step.registry;
            let Some(suppression) = registry.suppressions.get(n as usize) else { continue };
            let holds = self.suppressions.holds[n as usize];
            let (after, why) = match self.judge(suppression, registry) {
                Verdict::True => {
                    self.suppressions.endings.forget(n);
                    if !holds {
                        self.suppressions.holds[n as usize] = true;
                        self.begin(suppression, step);
                    }
                    continue;
                }
                _ if !holds => continue,
                Verdict::False => (suppression.linger, String::new()),
                Verdict::Unknown(_) if self.suppressions.endings.waits(n) => continue,
                Verdict::Unknown(input) => (suppression.hold, doubt(registry, suppression.inputs.get(input))),
            };
            if after.0 <= 0 {
                self.end(n, suppression, &why, step);
            } else {
                self.suppressions.endings.at_most(n, step.now + after);
            }
        }
    }

    /// Conditions that have been over, or in doubt, for long enough.
    pub(super) fn end_suppressing(&mut self, step: &mut Step<'_>) {
        while let Some(n) = self.suppressions.endings.pop(step.now) {
            let registry = step.registry;
            let Some(suppression) = registry.suppressions.get(n as usize) else { continue };
            match self.judge(suppression, registry) {
                Verdict::True => {}
                Verdict::False => self.end(n, suppression, "", step),
                Verdict::Unknown(input) => {
                    self.end(n, suppression, &doubt(registry, suppression.inputs.get(input)), step);
                }
            }
        }
    }

    fn judge(&self, suppression: &Suppression, registry: &Registry) -> Verdict {
        let bad = |input: &Watched| matches!(input, Watched::Point(p) if !self.value(*p).quality.is_good());
        if let Some(at) = suppression.inputs.iter().position(bad) {
            return Verdict::Unknown(at);
        }
        let truth = |t: bool| f64::from(u8::from(t));
        let result = suppression.when.run(|i| match suppression.inputs.get(i) {
            Some(Watched::Point(p)) => self.value(*p).value,
            Some(Watched::Device(a)) => truth(!self.links.is_silent(registry, *a)),
            Some(Watched::Link(c)) => truth(!self.links.link_down.get(c.index()).copied().unwrap_or(false)),
            Some(Watched::Alarm(a)) => truth(self.book.is_raised(*a)),
            None => f64::NAN,
        });
        match result {
            r if r.is_nan() => Verdict::Unknown(0),
            0.0 => Verdict::False,
            _ => Verdict::True,
        }
    }

    fn begin(&mut self, suppression: &Suppression, step: &mut Step<'_>) {
        let actor = Actor { name: suppression.name.clone(), address: "".into() };
        for &alarm in &suppression.alarms {
            if suppression.standing && !self.book.state(alarm).is_annunciated() {
                continue;
            }
            let rule = step.registry.rule(alarm);
            let (by, reason, since) = (suppression.name.clone(), suppression.reason.clone(), step.now);
            let hide = Hide { by, reason, since, until: None, warned: false };
            if let Some(transition) = self.book.hide(alarm, rule, HideKind::ByDesign, hide, &actor) {
                self.tell(alarm, rule, transition, step);
            }
        }
    }

    fn end(&mut self, n: u32, suppression: &Suppression, why: &str, step: &mut Step<'_>) {
        self.suppressions.holds[n as usize] = false;
        self.suppressions.endings.forget(n);
        for &alarm in &suppression.alarms {
            self.end_design(alarm, &suppression.name, why, step);
        }
    }

    fn end_design(&mut self, alarm: AlarmId, name: &Arc<str>, why: &str, step: &mut Step<'_>) {
        let rule = step.registry.rule(alarm);
        let actor = Actor { name: name.clone(), address: "".into() };
        let reason = Some(why).filter(|w| !w.is_empty()).map(Arc::from);
        let shown = self.book.show(alarm, rule, HideKind::ByDesign, Cause::Unsuppress, step.now, &actor, reason);
        if let Some(transition) = shown {
            self.tell(alarm, rule, transition, step);
        }
    }

    /// Makes the records of points that conditions read say so.
    pub(super) fn feed_suppressions(&mut self) {
        let points: Vec<PointId> = self.suppressions.points().collect();
        for point in points {
            if let Some(record) = self.records.get_mut(point.index()) {
                record.set(flag::FEEDS, true);
            }
        }
    }
}

fn doubt(registry: &Registry, input: Option<&Watched>) -> String {
    match input {
        Some(Watched::Point(p)) => format!("{} cannot be trusted", registry.point_name(*p)),
        _ => "the condition has no answer".to_owned(),
    }
}
