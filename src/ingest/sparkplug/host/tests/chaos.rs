//! Whatever gets lost, comes twice or out of order: after a rebirth the hub has the edge node's values.

use std::collections::BTreeMap;

use linepack_core::{Input, PointId};
use proptest::prelude::*;

use super::*;

/// What happens to a message on its way.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    Lost,
    Twice,
    /// Comes so many messages later.
    Late(usize),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Change(usize, i16),
    Births,
    Reconnect,
    DeviceDeath,
    Pause(u16),
}

fn steps() -> impl Strategy<Value = Vec<(Step, Fate)>> {
    let step = prop_oneof![
        12 => (0..5usize, any::<i16>()).prop_map(|(at, v)| Step::Change(at, v)),
        1 => Just(Step::Births),
        1 => Just(Step::Reconnect),
        1 => Just(Step::DeviceDeath),
        2 => (0..12_000u16).prop_map(Step::Pause),
    ];
    let fate = prop_oneof![
        6 => Just(Fate::Arrives),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
        1 => (1..6usize).prop_map(Fate::Late),
    ];
    proptest::collection::vec((step, fate), 1..60)
}

/// The newest value of each point, as the core would show it.
fn newest(bench: &mut Bench, shown: &mut BTreeMap<PointId, (i64, f64, bool)>) {
    let points = bench.host.plant.registry.assets.clone();
    for input in std::mem::take(&mut bench.inputs) {
        match input {
            Input::Samples(samples) => {
                for s in samples {
                    if shown.get(&s.point).is_none_or(|(ts, ..)| s.ts.0 > *ts) {
                        shown.insert(s.point, (s.ts.0, s.value, s.quality.is_good()));
                    }
                }
            }
            Input::Device { asset, up: false } => {
                for point in points[asset.index()].points.clone().map(PointId) {
                    if let Some(held) = shown.get_mut(&point) {
                        held.2 = false;
                    }
                }
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn after_a_rebirth_the_values_are_those_of_the_edge_node(steps in steps(), reorder in prop_oneof![Just(0), Just(2000)]) {
        let mut bench = Bench::new(reorder);
        let mut node = Node::new("e1", &["d1", "d2"]);
        let mut shown = BTreeMap::new();
        let mut late: Vec<(usize, (String, Vec<u8>))> = vec![];
        bench.messages(&node.births());
        let keys: Vec<_> = node.values.keys().cloned().collect();
        for (step, fate) in steps {
            let messages = match step {
                Step::Change(at, value) => {
                    let (device, name) = keys[at % keys.len()].clone();
                    node.set(&device, &name, f64::from(value));
                    vec![node.data(&device)]
                }
                Step::Births => node.births(),
                Step::Reconnect => {
                    let mut all = vec![ndeath("e1", Some(node.bd_seq))];
                    node.reconnect();
                    all.extend(node.births());
                    all
                }
                Step::DeviceDeath => vec![node.ddeath("d2")],
                Step::Pause(ms) => {
                    bench.wait(i64::from(ms));
                    node.clock = node.clock.max(bench.now);
                    vec![]
                }
            };
            for message in messages {
                for (left, _) in &mut late {
                    *left -= 1;
                }
                match fate {
                    Fate::Arrives => bench.message(&message),
                    Fate::Lost => {}
                    Fate::Twice => bench.messages(&[message.clone(), message]),
                    Fate::Late(by) => late.push((by + 1, message)),
                }
                let (due, rest) = late.into_iter().partition(|(left, _)| *left == 1);
                late = rest;
                let due: Vec<(usize, (String, Vec<u8>))> = due;
                due.iter().for_each(|(_, m)| bench.message(m));
            }
        }
        late.iter().for_each(|(_, m)| bench.message(m));
        // from here on nothing is lost: the node goes on, and answers every request
        bench.asked.clear();
        for round in 0..40 {
            node.clock = node.clock.max(bench.now);
            for device in ["", "d1", "d2"] {
                let name = if device.is_empty() { "load" } else { "Outlet/Pressure" };
                node.set(device, name, f64::from(round) + 0.5);
                bench.message(&node.data(device));
            }
            bench.wait(10_000);
            if !bench.asked.is_empty() {
                bench.asked.clear();
                node.clock = node.clock.max(bench.now);
                bench.messages(&node.births());
            }
        }
        newest(&mut bench, &mut shown);
        for ((device, name), value) in &node.values {
            let asset = if device.is_empty() { "e1" } else { device };
            let point = match name.as_str() { "Outlet/Pressure" => "outlet_pressure", "load" => "load", _ => "flow.total" };
            let point = bench.host.plant.registry.find_point(&format!("{asset}/{point}")).unwrap();
            let (_, found, good) = shown.get(&point).copied().unwrap_or((0, f64::NAN, false));
            prop_assert!(good && found == value.value, "{device}/{name}: {found} {good}, the node has {value:?}");
        }
    }
}
