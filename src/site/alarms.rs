//! `[alarms]`: how alarms are shelved, damped, grouped and counted.

use std::time::Duration;

use linepack_core::Millis;
use linepack_core::kpi::Targets;
use linepack_core::registry::{AlarmPolicy, Chatter, FloodLimits, Priority, Rule, Shelving};

use super::section::{Section, Value};
use super::targets;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// Words of priorities, worst first.
pub(super) const PRIORITIES: [(&str, Priority); 4] =
    [("critical", Priority::Critical), ("high", Priority::High), ("medium", Priority::Medium), ("low", Priority::Low)];

/// What the table says.
#[derive(Debug)]
pub(super) struct Alarms {
    pub(super) shelving: Shelving,
    pub(super) policy: AlarmPolicy,
    /// `[alarms.targets]`, and when an alarm is stale.
    pub(super) targets: (Targets, Millis),
    /// Chattering alarms are held; a rule may say otherwise.
    damping: bool,
    /// What returns needs no acknowledgement, whatever the rule says.
    auto_ack: bool,
    /// Alarms of these priorities take two people to hide for long.
    two_person: Vec<Priority>,
}

impl Alarms {
    /// What the site says of all alarms, on top of what the rule says of its own.
    pub(super) fn apply(&self, rule: &mut Rule) {
        rule.handling.damped &= self.damping;
        rule.handling.auto_ack |= self.auto_ack;
        rule.handling.two_person |= self.two_person.contains(&rule.priority);
    }
}

/// Reads the table.
pub(super) fn read(section: Option<Section<'_>>) -> Alarms {
    let (shelving, policy) = (Shelving::default(), AlarmPolicy::default());
    let targets = targets::read(None);
    let mut alarms = Alarms { shelving, policy, targets, damping: true, auto_ack: false, two_person: vec![] };
    let Some(mut s) = section else { return alarms };
    if let Some(mut shelve) = s.section("shelve_max", "[alarms] shelve_max") {
        let Shelving { critical, high, medium, low } = &mut alarms.shelving;
        for (priority, longest) in [("critical", critical), ("high", high), ("medium", medium), ("low", low)] {
            if let Some(d) = shelve.get(priority).and_then(|v| v.millis(60 * SECOND..=YEAR)) {
                *longest = d;
            }
        }
        shelve.finish();
    }
    let policy = &mut alarms.policy;
    if let Some(chatter) = s.section("chatter", "[alarms] chatter") {
        policy.chatter = read_chatter(chatter, policy.chatter);
    }
    if let Some(flood) = s.section("flood", "[alarms] flood") {
        policy.flood = read_flood(flood, policy.flood);
    }
    if let Some(mut group) = s.section("group", "[alarms] group") {
        for (key, time) in [("within", &mut policy.group.within), ("at_most", &mut policy.group.at_most)] {
            if let Some(d) = group.get(key).and_then(|v| v.millis(SECOND..=DAY)) {
                *time = d;
            }
        }
        group.finish();
    }
    if let Some(d) = s.get("shelve_warning").and_then(|v| v.millis(Duration::ZERO..=DAY)) {
        policy.shelve_warning = d;
    }
    if let Some(d) = s.get("two_person_shelve").and_then(|v| v.millis(Duration::ZERO..=YEAR)) {
        policy.two_person_shelve = d;
    }
    if let Some(d) = s.get("two_person_within").and_then(|v| v.millis(60 * SECOND..=DAY)) {
        policy.two_person_within = d;
    }
    if let Some(damping) = s.get("damping").and_then(Value::boolean) {
        alarms.damping = damping;
    }
    if let Some(auto) = s.get("auto_ack").and_then(Value::boolean) {
        alarms.auto_ack = auto;
    }
    alarms.two_person = priorities(s.get("two_person"));
    alarms.targets = targets::read(s.section("targets", "[alarms.targets]"));
    s.finish();
    alarms
}

/// A list of priorities.
pub(super) fn priorities(list: Option<Value<'_>>) -> Vec<Priority> {
    let items = list.and_then(Value::list).unwrap_or_default();
    items.into_iter().filter_map(|v| v.word(&PRIORITIES)).collect()
}

fn read_chatter(mut s: Section<'_>, usual: Chatter) -> Chatter {
    let count = s.get("count").and_then(|v| v.integer(2..=100));
    let within = s.get("within").and_then(|v| v.millis(SECOND..=DAY));
    s.finish();
    Chatter { count: small(count, usual.count), within: within.unwrap_or(usual.within) }
}

fn read_flood(mut s: Section<'_>, usual: FloodLimits) -> FloodLimits {
    let start = small(s.get("start").and_then(|v| v.integer(1..=100_000)), usual.start);
    let mut end = usual.end.min(start);
    if let Some(value) = s.get("end") {
        end = small(value.integer(0..=100_000), end);
        if end > start {
            value.error(format!("a flood cannot end above its start ({start})"));
        }
    }
    let within = s.get("within").and_then(|v| v.millis(SECOND..=DAY)).unwrap_or(usual.within);
    s.finish();
    FloodLimits { start, end, within }
}

fn small(n: Option<i64>, usual: u32) -> u32 {
    n.and_then(|n| u32::try_from(n).ok()).unwrap_or(usual)
}
