//! Settings of alarms changed while the hub runs: a registry of the site folder, and the one that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::alarm::{Cause, Outcome, Seen};
use crate::point::Kind;
use crate::registry::{AlarmSource, Rule};
use crate::tune::{Setting, Tuned, check};
use crate::{Actor, AlarmId, Event, Output, PointId, Refusal, Registry, Reply, Ts};

use super::field::Field;
use super::{Core, Step};

/// What stands otherwise than in the site folder.
#[derive(Debug, Default)]
pub(super) struct Tuning {
    /// As the site folder has it.
    base: Arc<Registry>,
    standing: BTreeMap<(AlarmId, Setting), Tuned>,
    /// Numbers of rules of the running registry that no alarm has any more.
    spare: Vec<u32>,
    /// Of those that were saved, what the folder ended while the hub was down, with what is to be said of it.
    ended: Vec<(AlarmId, Setting, String)>,
}

impl Tuning {
    /// What was saved, over the site folder as it is now; what the folder has taken over is left out.
    pub(super) fn restored(base: Arc<Registry>, saved: Vec<Tuned>) -> Self {
        let mut tuning = Self { base, ..Self::default() };
        for tuned in saved {
            if tuned.alarm.index() < tuning.base.alarms.len() {
                tuning.take(tuned);
            }
        }
        tuning
    }

    /// A change stands on, unless the site folder has it now or it fits it no more.
    fn take(&mut self, tuned: Tuned) {
        let (alarm, setting) = (tuned.alarm, tuned.setting);
        let rule = self.base.rule(alarm);
        if setting.read(rule) == tuned.value {
            let said = format!("{} {}: the site folder has it now", setting.name(), plain(setting, tuned.value));
            self.ended.push((alarm, setting, said));
            return;
        }
        let mut wanted = rule.clone();
        setting.write(&mut wanted, tuned.value);
        if let Err(why) = check(&self.base, alarm, &wanted, &[(setting, tuned.value)]) {
            let back = told(setting, tuned.value, setting.read(rule));
            self.ended.push((alarm, setting, format!("{back}: it does not fit the site folder any more ({why})")));
            return;
        }
        self.standing.insert((alarm, setting), tuned);
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Tuned> + '_ {
        self.standing.values()
    }

    /// The registry that runs, made anew of the folder's.
    pub(super) fn registry(&mut self) -> Arc<Registry> {
        self.spare.clear();
        if self.standing.is_empty() {
            return self.base.clone();
        }
        let mut registry = (*self.base).clone();
        let alarms: BTreeSet<AlarmId> = self.standing.keys().map(|(alarm, _)| *alarm).collect();
        for alarm in alarms {
            self.put(&mut registry, alarm);
        }
        Arc::new(registry)
    }

    /// One alarm gets the settings that stand for it.
    fn put(&mut self, registry: &mut Registry, alarm: AlarmId) {
        let own = registry.alarms[alarm.index()].rule;
        let own = Some(own).filter(|&rule| rule as usize >= self.base.rules.len());
        let mut rule = self.base.rule(alarm).clone();
        let mut stands = false;
        for tuned in self.standing.range(settings_of(alarm)).map(|(_, tuned)| tuned) {
            tuned.setting.write(&mut rule, tuned.value);
            stands = true;
        }
        if !stands {
            self.spare.extend(own);
            registry.alarms[alarm.index()].rule = self.base.alarms[alarm.index()].rule;
        } else if let Some(number) = own.or_else(|| self.spare.pop()) {
            registry.rules[number as usize] = rule;
            registry.alarms[alarm.index()].rule = number;
        } else {
            *registry.own_rule(alarm) = rule;
        }
    }

    /// The next that ends by itself at `now`.
    fn over(&self, now: Ts) -> Option<(AlarmId, Setting)> {
        self.standing.values().find(|t| t.until.is_some_and(|until| until <= now)).map(|t| (t.alarm, t.setting))
    }

    /// Settings of an alarm that stand otherwise than in the folder.
    fn of(&self, alarm: AlarmId) -> Vec<Setting> {
        self.standing.range(settings_of(alarm)).map(|((_, setting), _)| *setting).collect()
    }
}

fn settings_of(alarm: AlarmId) -> RangeInclusive<(AlarmId, Setting)> {
    (alarm, Setting::Limit)..=(alarm, Setting::Enabled)
}

/// What a person asks for.
pub(super) struct Change<'a> {
    pub(super) alarm: AlarmId,
    pub(super) settings: &'a [(Setting, f64)],
    pub(super) reason: Arc<str>,
    pub(super) until: Option<Ts>,
}

impl Core {
    /// A person changes settings of an alarm. What is set to what the folder says stands no more.
    pub(super) fn tune(
        &mut self,
        now: Ts,
        change: &Change<'_>,
        actor: &Actor,
        out: &mut Output,
    ) -> Result<Reply, Refusal> {
        let Change { alarm, settings, reason, until } = change;
        let (alarm, until) = (*alarm, *until);
        self.known(alarm)?;
        if settings.is_empty() {
            return Err(Refusal::Invalid { field: "settings", detail: "say what is to be changed".to_owned() });
        }
        if reason.trim().is_empty() {
            return Err(Refusal::Invalid { field: "reason", detail: "say why".to_owned() });
        }
        if until.is_some_and(|until| until <= now) {
            return Err(Refusal::Invalid { field: "expires_ms", detail: "lies in the past".to_owned() });
        }
        let before = self.registry.rule(alarm).clone();
        let mut after = before.clone();
        for &(setting, value) in *settings {
            setting.write(&mut after, value);
        }
        check(&self.registry, alarm, &after, settings)?;
        let mut said = Vec::new();
        for &(setting, value) in *settings {
            if setting.read(&before) != value {
                said.push(told(setting, setting.read(&before), value));
            }
            let key = (alarm, setting);
            if setting.read(self.tuning.base.rule(alarm)) == value {
                if self.tuning.standing.remove(&key).is_some() {
                    out.events.push(Event::TunedEnded(alarm, setting));
                }
                continue;
            }
            let (by, reason) = (actor.name.clone(), reason.clone());
            let tuned = Tuned { alarm, setting, value, by, reason, since: now, until };
            self.tuning.standing.insert(key, tuned.clone());
            out.events.push(Event::Tuned(Box::new(tuned)));
        }
        if said.is_empty() {
            said.push("as it was".to_owned());
        }
        let row = format!("{}: {reason}", said.join(", "));
        self.retune(now, alarm, row, actor, out);
        Ok(Reply::Alarm(self.field.book.alarm(alarm)))
    }

    /// A person takes changes back: one setting's, or all of the alarm.
    pub(super) fn untune(
        &mut self,
        now: Ts,
        alarm: AlarmId,
        setting: Option<Setting>,
        reason: &str,
        actor: &Actor,
        out: &mut Output,
    ) -> Result<Reply, Refusal> {
        self.known(alarm)?;
        let mut settings = self.tuning.of(alarm);
        settings.retain(|&s| setting.is_none_or(|wanted| wanted == s));
        if settings.is_empty() {
            let detail = "the alarm is as the site folder has it".to_owned();
            return Err(Refusal::Conflict { state: "as-configured", detail });
        }
        let mut said: Vec<String> = settings.iter().map(|&s| self.take_back(alarm, s, out)).collect();
        said.push(if reason.trim().is_empty() { "taken back".to_owned() } else { reason.trim().to_owned() });
        let last = said.pop().unwrap_or_default();
        self.retune(now, alarm, format!("{}: {last}", said.join(", ")), actor, out);
        Ok(Reply::Alarm(self.field.book.alarm(alarm)))
    }

    /// Changes whose time is over.
    pub(super) fn end_tuned(&mut self, now: Ts, out: &mut Output) {
        while let Some((alarm, setting)) = self.tuning.over(now) {
            let said = self.take_back(alarm, setting, out);
            self.retune(now, alarm, format!("{said}: its time is over"), &Actor::hub(), out);
        }
    }

    /// The changes move to the numbers of a new site folder.
    pub(super) fn retune_site(&mut self, new: &Arc<Registry>, out: &mut Output) {
        let old = std::mem::replace(&mut self.tuning, Tuning { base: new.clone(), ..Tuning::default() });
        for ((alarm, setting), tuned) in old.standing {
            let key = old.base.alarm_key(alarm);
            match new.find_alarm(&key) {
                Some(alarm) => self.tuning.take(Tuned { alarm, ..tuned }),
                None => out.events.push(Event::TunedDropped(key, setting)),
            }
        }
        out.events.extend(self.tuning.all().map(|t| Event::Tuned(Box::new(t.clone()))));
    }

    /// Journals what the site folder ended, once the alarms have its numbers.
    pub(super) fn say_ended(&mut self, now: Ts, out: &mut Output) {
        for (alarm, setting, said) in std::mem::take(&mut self.tuning.ended) {
            out.events.push(Event::TunedEnded(alarm, setting));
            let rule = self.registry.rule(alarm);
            let transition = self.field.book.noted(alarm, rule, Cause::Change, &Actor::hub(), said.into(), now);
            out.events.push(Event::Alarm { alarm: self.field.book.alarm(alarm), transition: Some(transition) });
        }
    }

    fn known(&self, alarm: AlarmId) -> Result<(), Refusal> {
        if alarm.index() < self.registry.alarms.len() {
            return Ok(());
        }
        Err(Refusal::NotFound { what: "alarm", id: alarm.0.to_string() })
    }

    /// Forgets one change; what is to be said of it.
    fn take_back(&mut self, alarm: AlarmId, setting: Setting, out: &mut Output) -> String {
        let was = self.tuning.standing.remove(&(alarm, setting));
        out.events.push(Event::TunedEnded(alarm, setting));
        let base = setting.read(self.tuning.base.rule(alarm));
        told(setting, was.map_or(base, |t| t.value), base)
    }

    /// The alarm is looked at with its new settings at once, and the journal says what they are.
    fn retune(&mut self, now: Ts, alarm: AlarmId, said: String, actor: &Actor, out: &mut Output) {
        let mut registry = (*self.registry).clone();
        self.tuning.put(&mut registry, alarm);
        let registry = Arc::new(registry);
        self.registry = registry.clone();
        let rule = registry.rule(alarm);
        let transition = self.field.book.noted(alarm, rule, Cause::Change, actor, said.into(), now);
        out.events.push(Event::Alarm { alarm: self.field.book.alarm(alarm), transition: Some(transition) });
        if let AlarmSource::Point(point) = registry.alarms[alarm.index()].source {
            let mut step = Step {
                now,
                registry: &registry,
                board: &mut self.board,
                desk: &mut self.desk,
                roster: &mut self.roster,
                out,
            };
            self.field.retune(point, alarm, rule, &mut step);
        }
    }
}

/// `limit 120 → 130`.
fn told(setting: Setting, before: f64, after: f64) -> String {
    format!("{} {} → {}", setting.name(), plain(setting, before), plain(setting, after))
}

fn plain(setting: Setting, value: f64) -> String {
    setting.text(value).replace('"', "")
}

impl Field {
    /// A point's alarm has another rule: its quiet zone is another, and its present value is looked at.
    fn retune(&mut self, point: PointId, alarm: AlarmId, rule: &Rule, step: &mut Step<'_>) {
        self.own_kind(step.registry, point);
        if !rule.enabled && self.book.is_raised(alarm) {
            let record = self.records[point.index()];
            let seen = Seen { value: record.value, quality: record.quality(), source: step.now };
            self.book.give_up(alarm);
            self.carry_out(alarm, rule, Outcome::Clear, seen, step);
        }
        self.evaluate(point, None, step);
    }

    /// Where a point's alarms are not those of its template, it has a quiet zone of its own.
    pub(super) fn own_kind(&mut self, registry: &Registry, point: PointId) {
        let p = &registry.points[point.index()];
        let template = registry.assets[p.asset.index()].template as usize;
        let shared = registry.templates[..template].iter().map(|t| t.points.len()).sum::<usize>() + usize::from(p.slot);
        let shared_kinds: usize = registry.templates.iter().map(|t| t.points.len()).sum();
        let kind_of_point = registry.point_type(p);
        let own = p.alarms.clone().map(|a| registry.alarms[a as usize].rule).ne(kind_of_point.rules.iter().copied());
        let now = self.records[point.index()].kind as usize;
        let kind = if !own {
            shared
        } else if now >= shared_kinds {
            now
        } else {
            self.kinds.len()
        };
        if own {
            let rules: Vec<&Rule> = p.alarms.clone().map(|a| registry.rule(AlarmId(a))).collect();
            let compiled = Kind::of(kind_of_point, rules);
            match self.kinds.get_mut(kind) {
                Some(slot) => *slot = compiled,
                None => self.kinds.push(compiled),
            }
        }
        let kind = u32::try_from(kind).unwrap_or(u32::MAX);
        self.records[point.index()].kind = kind;
        self.substituted.set_kind(point, kind);
    }
}
