//! Upsets and floods, in any order of alarms on any small network, against what `docs/ALARMS.md` says of them: every
//! pair of assets looked at along every way, every annunciation kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use linepack_core::alarm::Act;
use linepack_core::registry::{
    AlarmKind, Asset, FloodLimits, Grouping, Handling, Network, Node, NodeKind, Registry, Rule, Template,
};
use linepack_core::{
    Actor, AlarmId, AssetId, Command, Core, Delivery, Input, LonLat, Millis, Output, PointId, Quality, Sample, Saved,
    Ts,
};
use proptest::prelude::*;

use crate::play::START;
use crate::site::{pipe, point, rule, site};

/// Stations with an alarm, by number; what follows them has none.
const STATIONS: usize = 5;
const SILENT: usize = 8;
const JOINTS: usize = 3;
const ASSETS: usize = STATIONS + SILENT;
const NODES: usize = ASSETS + JOINTS;
/// Assets without an alarm that are passed through in a row.
const PASSED: usize = 4;
const WITHIN: i64 = 60_000;
const AT_MOST: i64 = 300_000;
const FLOOD: FloodLimits = FloodLimits { start: 5, end: 3, within: Millis::secs(40) };

#[derive(Clone, Debug)]
struct Town {
    pipes: Vec<(usize, usize)>,
    /// By node; only what is no station.
    closed: Vec<bool>,
    /// By asset.
    parents: Vec<Option<usize>>,
    /// By station.
    areas: Vec<&'static str>,
    class: &'static str,
}

fn town() -> impl Strategy<Value = Town> {
    (
        // a line through all nodes with gaps, and some more pipes
        Just((0..NODES).collect::<Vec<_>>()).prop_shuffle(),
        prop::collection::vec(prop::bool::weighted(0.9), NODES - 1),
        prop::collection::vec((0..NODES, 0..NODES), 0..3),
        prop::collection::vec(prop::bool::weighted(0.1), NODES),
        prop::collection::vec(prop::option::weighted(0.05, 0..ASSETS), ASSETS),
        prop::collection::vec(prop_oneof![Just(""), Just("north"), Just("south")], STATIONS),
        prop_oneof![3 => Just(""), 1 => Just("power")],
    )
        .prop_map(|(line, whole, more, closed, parents, areas, class)| {
            let next = line.windows(2).map(|w| (w[0], w[1])).zip(whole).filter(|(_, whole)| *whole);
            let pipes = next.map(|(pipe, _)| pipe).chain(more).collect();
            Town { pipes, closed, parents, areas, class }
        })
}

impl Town {
    fn is_closed(&self, node: usize) -> bool {
        node >= STATIONS && self.closed[node]
    }

    fn registry(&self) -> Registry {
        let ids = ["s0", "s1", "s2", "s3", "s4"];
        let handling = Handling { class: self.class.into(), damped: false, ..Handling::default() };
        let high = Rule { handling, ..rule(AlarmKind::High, 100.0) };
        let mut r = site(vec![point("p", vec![high])], &ids.map(|id| (id, None)), vec![]);
        r.templates.push(Template { name: "valve".into(), points: vec![] });
        for n in STATIONS..ASSETS {
            let valve =
                Asset { id: format!("v{n}").into(), template: 1, points: 0..0, alarms: 0..0, ..r.assets[0].clone() };
            r.assets.push(valve);
        }
        for (n, asset) in r.assets.iter_mut().enumerate() {
            asset.parent = self.parents[n].map(|p| AssetId(p as u32));
            asset.area = self.areas.get(n).copied().unwrap_or_default().into();
        }
        let node = |n: usize| Node {
            id: format!("n{n}").into(),
            kind: if n < STATIONS { NodeKind::Regulator } else { NodeKind::Valve },
            position: LonLat { lon: 106.5, lat: 29.5 },
            elevation_m: 0.0,
            closed: self.is_closed(n),
            operable: true,
            asset: (n < ASSETS).then_some(AssetId(n as u32)),
        };
        let pipe = |&(from, to): &(usize, usize)| pipe(from as u32, to as u32);
        r.network =
            Network { nodes: (0..NODES).map(node).collect(), pipes: self.pipes.iter().map(pipe).collect() }.into();
        r.alarm_policy.group = Grouping { within: Millis(WITHIN), at_most: Millis(AT_MOST) };
        r.alarm_policy.flood = FLOOD;
        r.index();
        r
    }

    /// What can be reached from a node over at most `silent` more assets without an alarm.
    fn reaches(&self, at: usize, to: usize, silent: usize, way: &mut Vec<usize>) -> bool {
        for &(a, b) in &self.pipes {
            let there = if a == at {
                b
            } else if b == at {
                a
            } else {
                continue;
            };
            if there == to {
                return true;
            }
            let costs = usize::from(there < ASSETS);
            if way.contains(&there) || there < STATIONS || self.is_closed(there) || costs > silent {
                continue;
            }
            way.push(there);
            let found = self.reaches(there, to, silent - costs, way);
            way.pop();
            if found {
                return true;
            }
        }
        false
    }

    fn related(&self, a: usize, b: usize) -> bool {
        let like = !self.class.is_empty() && !self.areas[a].is_empty() && self.areas[a] == self.areas[b];
        let kin = self.parents[a] == Some(b) || self.parents[b] == Some(a);
        a == b || like || kin || self.reaches(a, b, PASSED, &mut vec![a])
    }
}

#[derive(Clone, Debug)]
struct Upset {
    first: usize,
    onset: i64,
    last: i64,
    /// Not normal.
    standing: BTreeSet<usize>,
    /// Ever.
    came: BTreeSet<usize>,
    shared: bool,
}

#[derive(Default)]
struct Model {
    related: Vec<Vec<bool>>,
    upsets: Vec<Upset>,
    annunciated: Vec<i64>,
    /// Annunciations of the flood, most at once.
    flood: Option<(u64, u32)>,
}

impl Model {
    fn lately(&self, now: i64) -> u32 {
        self.annunciated.iter().filter(|at| now - **at < FLOOD.within.0).count() as u32
    }

    fn come(&mut self, i: usize, now: i64) {
        self.annunciated.push(now);
        let n = self.lately(now);
        self.flood = match self.flood {
            Some((all, peak)) => Some((all + 1, peak.max(n))),
            None => (n > FLOOD.start).then_some((u64::from(n), n)),
        };
        let takes = |u: &Upset| now <= u.last + WITHIN && now <= u.onset + AT_MOST;
        self.leave(i, |u| !takes(u));
        let alone = Upset {
            first: i,
            onset: now,
            last: now,
            standing: BTreeSet::from([i]),
            came: BTreeSet::from([i]),
            shared: false,
        };
        let related = &self.related;
        let (with, others): (Vec<Upset>, Vec<Upset>) = std::mem::take(&mut self.upsets)
            .into_iter()
            .partition(|u| takes(u) && u.came.iter().any(|&other| related[i][other]));
        self.upsets = others;
        let mut all = with.into_iter().chain([alone]);
        // the oldest stands first
        let Some(oldest) = all.next() else { return };
        let joined = all.fold(oldest, |mut a, b| {
            a.last = a.last.max(b.last);
            a.standing.extend(b.standing);
            a.came.extend(b.came);
            a.shared |= b.shared;
            a
        });
        let shared = joined.shared || joined.standing.len() > 1 || joined.first != i;
        self.upsets.push(Upset { shared, ..joined });
        self.upsets.sort_by_key(|u| u.onset);
    }

    fn leave(&mut self, i: usize, from: impl Fn(&Upset) -> bool) {
        for upset in self.upsets.iter_mut().filter(|u| from(u)) {
            upset.standing.remove(&i);
        }
        self.upsets.retain(|u| !u.standing.is_empty());
    }

    fn group(&self, i: usize) -> Option<usize> {
        self.upsets.iter().find(|u| u.standing.contains(&i)).filter(|u| u.shared).map(|u| u.first)
    }
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Up(usize),
    Down(usize),
    Acknowledge(usize),
    Restart,
    Wait(i64),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => (0..STATIONS).prop_map(Op::Up),
        4 => (0..STATIONS).prop_map(Op::Down),
        3 => (0..STATIONS).prop_map(Op::Acknowledge),
        1 => Just(Op::Restart),
        4 => prop_oneof![1..20i64, 50..70i64, 200..400i64].prop_map(Op::Wait),
    ]
}

fn groups(core: &Core) -> Vec<(AlarmId, Option<AlarmId>)> {
    core.alarms().map(|a| (a.id, a.group)).collect()
}

proptest! {
    #[test]
    fn what_belongs_together_stands_together(town in town(), ops in prop::collection::vec(op(), 1..100)) {
        let registry = Arc::new(town.registry());
        let related = (0..STATIONS).map(|a| (0..STATIONS).map(|b| town.related(a, b)).collect()).collect();
        let mut model = Model { related, ..Model::default() };
        // what stands and what was seen, by station
        let (mut on, mut seen) = ([false; STATIONS], [true; STATIONS]);
        let mut core = Core::new(registry.clone(), Saved::default());
        let mut out = Output::default();
        let mut now = START;
        for op in ops {
            // whole seconds: annunciations are counted by the second
            now += if let Op::Wait(seconds) = op { seconds * 1000 } else { 1000 };
            out.clear();
            core.step(Ts(now), Input::Tick, &mut out);
            model.flood = model.flood.filter(|_| model.lately(now) >= FLOOD.end);
            let input = match op {
                Op::Up(i) | Op::Down(i) => {
                    let up = matches!(op, Op::Up(_));
                    if up && !on[i] {
                        model.come(i, now);
                        seen[i] = false;
                    }
                    on[i] = up;
                    let (ts, received, value) = (Ts(now), Ts(now), if up { 120.0 } else { 50.0 });
                    let (quality, delivery) = (Quality::Good, Delivery::Live);
                    Input::Samples(vec![Sample { point: PointId(i as u32), ts, received, value, quality, delivery }])
                }
                Op::Acknowledge(i) => {
                    seen[i] = true;
                    let command = Command::Alarm { alarm: AlarmId(i as u32), act: Act::Acknowledge, seq: None };
                    Input::Command { command, actor: Actor::hub() }
                }
                Op::Wait(_) => Input::Tick,
                Op::Restart => {
                    let before = groups(&core);
                    let saved = Saved { alarms: core.alarms().collect(), ..Saved::default() };
                    prop_assert_eq!(groups(&Core::new(registry.clone(), saved)), before);
                    continue;
                }
            };
            out.clear();
            core.step(Ts(now), input, &mut out);
            for i in 0..STATIONS {
                if !on[i] && seen[i] {
                    model.leave(i, |_| true);
                }
            }
            let wanted: Vec<_> = (0..STATIONS)
                .filter(|&i| on[i] || !seen[i])
                .map(|i| (AlarmId(i as u32), model.group(i).map(|g| AlarmId(g as u32))))
                .collect();
            prop_assert_eq!(groups(&core), wanted, "{:?}", model.upsets);
            let flood = core.floods().next().map(|f| (f.annunciated, f.peak));
            prop_assert_eq!(flood, model.flood);
        }
    }
}
