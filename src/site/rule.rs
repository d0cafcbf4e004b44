//! `[[template.point.alarm]]`: alarm rules.

use std::sync::Arc;
use std::time::Duration;

use linepack_core::Millis;
use linepack_core::registry::{AlarmKind, DispatchRule, Handling, OtherPoint, Priority, Rule};

use super::alarms::PRIORITIES;
use super::detector::{self, At};
use super::guidance;
use super::overrides;
use super::section::{Section, Value};
use super::suppress;

/// A rule and where its parts stand, for the checks of one rule against another.
#[derive(Debug)]
pub(super) struct Draft {
    /// The rule.
    pub(super) rule: Rule,
    /// Place of `limit`, where it has a valid one.
    pub(super) limit_at: Option<usize>,
    /// Place of `deadband`, where given.
    pub(super) deadband_at: Option<usize>,
    /// Place of `dispatch`'s skill, where given.
    pub(super) skill_at: Option<usize>,
    /// Other points its detector looks at, with the place of each.
    pub(super) others: Vec<(usize, OtherPoint)>,
    /// What hides its alarms by design.
    pub(super) suppress: Vec<suppress::Condition>,
}

/// Longest delay.
pub(super) const LONGEST: Duration = Duration::from_secs(30 * 86_400);

const KINDS: [(&str, AlarmKind); 21] = [
    ("high-high", AlarmKind::HighHigh),
    ("high", AlarmKind::High),
    ("low", AlarmKind::Low),
    ("low-low", AlarmKind::LowLow),
    ("rate-of-rise", AlarmKind::RateOfRise),
    ("rate-of-fall", AlarmKind::RateOfFall),
    ("stale", AlarmKind::Stale),
    ("bad-quality", AlarmKind::BadQuality),
    ("deviation", AlarmKind::Deviation),
    ("stuck", AlarmKind::Stuck),
    ("statistical", AlarmKind::Statistical),
    ("seasonal", AlarmKind::Seasonal),
    ("no-report", AlarmKind::NoReport),
    ("counter-reset", AlarmKind::CounterReset),
    ("spike", AlarmKind::Spike),
    ("joint", AlarmKind::Joint),
    ("heat-imbalance", AlarmKind::HeatImbalance),
    ("cold-room", AlarmKind::ColdRoom),
    ("cng-hours", AlarmKind::CngHours),
    ("gas-step", AlarmKind::GasStep),
    ("night-flow", AlarmKind::NightFlow),
];

/// Reads the rules of one point.
pub(super) fn read(sections: Vec<Section<'_>>, stale_after: Option<Millis>, at: At<'_>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for section in sections {
        let Some(mut draft) = read_rule(section, stale_after, at) else { continue };
        let kind = draft.rule.kind;
        let same = drafts.iter().filter(|d| d.rule.kind == kind).count();
        if same > 0 {
            draft.rule.key = format!("{}-{}", kind.name(), same + 1).into();
        }
        drafts.push(draft);
    }
    drafts
}

fn read_rule(mut s: Section<'_>, stale_after: Option<Millis>, at: At<'_>) -> Option<Draft> {
    let kind = s.need("kind").and_then(|v| {
        let found = v.word(&KINDS);
        if found == Some(AlarmKind::Stale) && stale_after.is_none() {
            v.error("a stale alarm needs \"stale_after\" at the point, or \"every\" at the point or template");
        }
        found
    });
    let limit = match kind {
        Some(k) if k.has_limit() => s.need("limit"),
        _ => s.get("limit"),
    };
    let deadband = s.get("deadband");
    if let Some(k) = kind.filter(|k| !k.has_limit()) {
        let limit = limit.filter(|_| !detector::may_have_limit(k));
        for value in [limit, deadband].into_iter().flatten() {
            value.error(format!("an alarm of kind \"{}\" has none", k.name()));
        }
    }
    let rate = matches!(kind, Some(AlarmKind::RateOfRise | AlarmKind::RateOfFall));
    let limit_value = limit.and_then(|v| if rate { v.positive() } else { v.number() });
    let deadband_value = deadband.and_then(Value::not_negative);
    let on_delay = s.get("on_delay").and_then(|v| v.millis(Duration::ZERO..=LONGEST));
    let off_delay = s.get("off_delay").and_then(|v| v.millis(Duration::ZERO..=LONGEST));
    let priority = s.need("priority").and_then(|v| v.word(&PRIORITIES));
    let (dispatch, skill_at) = s.section("dispatch", "dispatch").map(read_dispatch).unzip();
    let rationalization = guidance::read(&mut s);
    let latching = s.get("latching").and_then(|v| v.boolean());
    let enabled = s.get("enabled").and_then(|v| v.boolean());
    let operator_may = s.section("operator_may", "operator_may").map(overrides::read_operator_may);
    let found = kind.and_then(|k| detector::read(&mut s, k, at, limit_value));
    let handling = handling(&mut s);
    let suppress = suppress::of_rule(&mut s);
    s.finish();
    let kind = kind?;
    let (detector, others) = found.map(|d| (d.rule, d.others)).unzip();
    let rule = Rule {
        key: kind.name().into(),
        kind,
        limit: limit_value.unwrap_or(0.0),
        deadband: deadband_value.unwrap_or(0.0),
        on_delay: on_delay.unwrap_or_default(),
        off_delay: off_delay.unwrap_or_default(),
        priority: priority.unwrap_or(Priority::Low),
        dispatch,
        rationalization: Arc::new(rationalization),
        latching: latching.unwrap_or(false),
        enabled: enabled.unwrap_or(true),
        operator_may: operator_may.map(Arc::new),
        detector: detector.map(Arc::new),
        handling,
    };
    Some(Draft {
        rule,
        limit_at: limit.filter(|_| limit_value.is_some() && kind.has_limit()).map(|v| v.at()),
        deadband_at: deadband.filter(|_| deadband_value.is_some()).map(|v| v.at()),
        skill_at: skill_at.flatten(),
        others: others.unwrap_or_default(),
        suppress,
    })
}

fn handling(s: &mut Section<'_>) -> Handling {
    Handling {
        class: s.get("class").and_then(Value::identifier).unwrap_or_default().into(),
        damped: s.get("damping").and_then(Value::boolean).unwrap_or(true),
        re_alarm: s.get("re_alarm").and_then(|v| v.millis(Duration::from_secs(1)..=LONGEST)),
        auto_ack: s.get("auto_ack").and_then(Value::boolean).unwrap_or(false),
        two_person: s.get("two_person").and_then(Value::boolean).unwrap_or(false),
    }
}

fn read_dispatch(mut s: Section<'_>) -> (DispatchRule, Option<usize>) {
    let skill = s.get("skill");
    let auto = s.get("auto").and_then(Value::boolean).unwrap_or(false);
    s.finish();
    let word = skill.and_then(Value::filled).unwrap_or_default();
    (DispatchRule { skill: word.into(), auto }, skill.map(|v| v.at()))
}
