//! `[[override]]`: settings of one alarm that are not those of its template.

use std::time::Duration;

use linepack_core::Registry;
use linepack_core::registry::{OperatorMay, Rule};
use linepack_core::tune::{Setting, check};

use super::alarms::PRIORITIES;
use super::problem::Problem;
use super::rule::LONGEST;
use super::section::{Section, Value};

/// One table.
#[derive(Debug)]
pub(super) struct Override {
    alarm: String,
    /// Where `alarm` stands, the message empty.
    place: Problem,
    /// What it says, each with its place.
    settings: Vec<(Setting, f64, Problem)>,
}

/// Reads the tables; whether the alarms exist shows once the site is built.
pub(super) fn read(sections: Vec<Section<'_>>) -> Vec<Override> {
    let mut all: Vec<Override> = Vec::new();
    for mut s in sections {
        let source = s.source();
        let alarm = s.need("alarm");
        let mut settings = Vec::new();
        for setting in Setting::ALL {
            let Some(value) = s.get(setting.name()) else { continue };
            if let Some(number) = read_setting(setting, value) {
                settings.push((setting, number, source.place(value.at())));
            }
        }
        if settings.is_empty() {
            source.error(
                s.at(),
                "an [[override]] says nothing: give it a limit, a deadband, a delay, a priority or enabled",
            );
        }
        s.finish();
        let Some((name, value)) = alarm.and_then(|v| v.filled().map(|name| (name, v))) else { continue };
        if all.iter().any(|o| o.alarm == name) {
            value.error(format!("a second [[override]] is for \"{name}\""));
        }
        all.push(Override { alarm: name.to_owned(), place: source.place(value.at()), settings });
    }
    all
}

fn read_setting(setting: Setting, value: Value<'_>) -> Option<f64> {
    match setting {
        Setting::Limit => value.number(),
        Setting::Deadband => value.not_negative(),
        Setting::OnDelay | Setting::OffDelay => value.millis(Duration::ZERO..=LONGEST).map(|m| m.0 as f64),
        Setting::Priority => value.word(&PRIORITIES).map(|p| f64::from(p as u8)),
        Setting::Enabled => value.boolean().map(|on| f64::from(u8::from(on))),
    }
}

/// Gives the alarms their own rules; what cannot be is told with its place.
pub(super) fn apply(registry: &mut Registry, overrides: &[Override]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut set = Vec::new();
    for o in overrides {
        let Some(alarm) = registry.find_alarm(&o.alarm) else {
            let message = format!("alarm: there is no alarm \"{}\"; expected ASSET:POINT:KIND", o.alarm);
            problems.push(Problem { message, ..o.place.clone() });
            continue;
        };
        let rule: &mut Rule = registry.own_rule(alarm);
        for (setting, value, _) in &o.settings {
            setting.write(rule, *value);
        }
        set.push((alarm, o));
    }
    // once all have theirs: two limits of one point may move together
    for (alarm, o) in set {
        let changed: Vec<(Setting, f64)> = o.settings.iter().map(|(setting, value, _)| (*setting, *value)).collect();
        if let Err(refusal) = check(registry, alarm, registry.rule(alarm), &changed) {
            let place = o.settings.first().map_or(&o.place, |(_, _, place)| place);
            problems.push(Problem { message: refusal.to_string(), ..place.clone() });
        }
    }
    problems
}

/// `operator_may = { limit = [100, 130], on_delay = ["0s", "1min"] }`.
pub(super) fn read_operator_may(mut s: Section<'_>) -> OperatorMay {
    let mut may = OperatorMay::default();
    for setting in [Setting::Limit, Setting::Deadband, Setting::OnDelay, Setting::OffDelay] {
        let Some(value) = s.get(setting.name()) else { continue };
        let Some(items) = value.list() else { continue };
        let [low, high] = items.as_slice() else {
            value.error("expected two values, the least and the most an operator may set");
            continue;
        };
        let Some((low, high)) = read_setting(setting, *low).zip(read_setting(setting, *high)) else { continue };
        if low > high {
            value.error("the least is above the most");
        }
        may.0.push((setting, low, high));
    }
    s.finish();
    may
}
