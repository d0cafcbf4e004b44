//! Figures as the wire has them.

use std::collections::BTreeMap;

use linepack_core::kpi::{Figures, percent};
use linepack_core::registry::Priority;
use linepack_core::{Millis, Registry};

use super::OfPosition;
use crate::wire;

/// Floods that are told one by one.
const FLOODS: usize = 1000;
/// Standing alarms that are.
const STANDING: usize = 1000;

pub(super) fn position(name: String, f: &Figures, registry: &Registry, names: &[Box<str>]) -> OfPosition {
    let called = |alarm: u32| names.get(alarm as usize).map(ToString::to_string).unwrap_or_default();
    let list = |some: &[(u32, u64)]| some.iter().map(|&(alarm, _)| called(alarm)).collect();
    let share = |count: u64| percent(count as f64, f.annunciated as f64);
    let flood = |e: &linepack_core::kpi::Episode| wire::FloodEpisode {
        from_ms: e.from.ms(),
        to_ms: e.to.ms(),
        annunciated: e.annunciated,
    };
    let compared = registry.targets.compare(f).into_iter().map(|c| wire::FigureCompared {
        name: c.name.to_owned(),
        value: c.value,
        target: c.target,
        verdict: c.verdict.name().to_owned(),
    });
    let figures = wire::PositionFigures {
        position: name,
        annunciated: f.annunciated,
        per_day: f.per_day,
        per_hour: f.per_hour,
        per_10min: f.per_10min,
        max_10min: f.max_10min,
        over_10_percent: f.over_10_percent,
        flood: wire::FloodFigures {
            active: f.floods.active,
            percent: f.floods.percent,
            episodes: f.floods.episodes.len() as u64,
            list: f.floods.episodes.iter().take(FLOODS).map(flood).collect(),
        },
        top: f
            .top
            .iter()
            .map(|&(alarm, count)| wire::AlarmCount { alarm: called(alarm), count, percent: share(count) })
            .collect(),
        top_percent: f.top_percent,
        chattering: list(&f.chattering),
        fleeting: list(&f.fleeting),
        stale: f.stale.iter().map(|&(alarm, _)| called(alarm)).collect(),
        standing: f.standing.len() as u64,
        priorities: Priority::ALL.iter().zip(f.priorities).map(|(p, n)| (p.name().to_owned(), n)).collect(),
        ack_p50_s: f.ack_p50.map(Millis::as_secs_f64),
        ack_p90_s: f.ack_p90.map(Millis::as_secs_f64),
        compared: compared.collect(),
        bad_actors: bad_actors(f, &called),
    };
    let stands =
        |&(alarm, stood): &(u32, Millis)| wire::LongStanding { alarm: called(alarm), for_s: stood.as_secs_f64() };
    (figures, f.standing.iter().take(STANDING).map(stands).collect())
}

/// Everything that is wrong with an alarm in one line, the most frequent first.
fn bad_actors(f: &Figures, called: &impl Fn(u32) -> String) -> Vec<wire::BadActor> {
    let mut all: BTreeMap<u32, wire::BadActor> = BTreeMap::new();
    let mut of = |alarm: u32, put: &dyn Fn(&mut wire::BadActor)| {
        let none = || wire::BadActor {
            alarm: called(alarm),
            count: 0,
            percent: 0.0,
            chattering: 0,
            fleeting: 0,
            stale_s: None,
        };
        put(all.entry(alarm).or_insert_with(none));
    };
    for &(alarm, count) in &f.top {
        of(alarm, &|b| (b.count, b.percent) = (count, percent(count as f64, f.annunciated as f64)));
    }
    for &(alarm, n) in &f.chattering {
        of(alarm, &|b| b.chattering = n);
    }
    for &(alarm, n) in &f.fleeting {
        of(alarm, &|b| b.fleeting = n);
    }
    for &(alarm, stood) in &f.stale {
        of(alarm, &|b| b.stale_s = Some(stood.as_secs_f64()));
    }
    let mut all: Vec<wire::BadActor> = all.into_values().collect();
    all.sort_by_key(|b| std::cmp::Reverse((b.count, b.chattering, b.fleeting)));
    all
}
