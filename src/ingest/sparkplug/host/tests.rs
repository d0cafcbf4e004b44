mod chaos;
mod edge;
mod order;
mod values;
mod writing;

use linepack_core::{Delivery, Input, Quality, Reason, Ts};

use super::super::topic::{Topic, parse};
use super::session::FRESH;
use super::*;
use crate::ingest::WriteError;
use edge::{Edge as Node, T0, Value, bytes, data, ndeath, site, text, varint};

/// A host with a clock, and everything that came of it.
struct Bench {
    host: Host,
    now: i64,
    inputs: Vec<Input>,
    asked: Vec<String>,
    refused: Vec<String>,
    unknown: Vec<String>,
    written: Vec<(u64, Result<(), WriteError>)>,
    counts: Counts,
}

impl Bench {
    fn new(reorder: i64) -> Self {
        let mut this = Self::unconnected(reorder);
        this.step(Event::Connected);
        // past the time when requests are spread
        this.now += FRESH;
        this
    }

    fn unconnected(reorder: i64) -> Self {
        let (site, settings) = site();
        Self {
            host: Host::new(Plant::new(site, settings), reorder),
            now: T0,
            inputs: vec![],
            asked: vec![],
            refused: vec![],
            unknown: vec![],
            written: vec![],
            counts: Counts::default(),
        }
    }

    fn step(&mut self, event: Event<'_>) {
        let mut out = Out::default();
        self.host.step(Ts(self.now), event, &mut out);
        self.inputs.extend(out.take());
        self.asked.extend(out.publish.iter().map(|(topic, _)| topic.clone()));
        self.refused.append(&mut out.refused);
        self.unknown.extend(out.unknown.iter().map(|u| format!("{}/{}", u.asset, u.metric)));
        self.written.append(&mut out.written);
        self.counts.gaps += out.counts.gaps;
        self.counts.repeated += out.counts.repeated;
        self.counts.dropped += out.counts.dropped;
    }

    fn message(&mut self, (topic, payload): &(String, Vec<u8>)) {
        let Ok(Topic::Edge(edge)) = parse(topic) else { panic!("{topic}") };
        self.step(Event::Message { edge, payload, retained: false });
    }

    fn messages(&mut self, all: &[(String, Vec<u8>)]) {
        all.iter().for_each(|m| self.message(m));
    }

    /// Time passes in steps of 100 ms.
    fn wait(&mut self, ms: i64) {
        for _ in 0..ms / 100 {
            self.now += 100;
            self.step(Event::Tick);
        }
    }

    /// Samples and devices since the last call, as text.
    fn told(&mut self) -> Vec<String> {
        let registry = self.host.plant.registry.clone();
        let mut all = vec![];
        for input in std::mem::take(&mut self.inputs) {
            match input {
                Input::Device { asset, up } => {
                    all.push(format!("{} {}", registry.assets[asset.index()].id, if up { "up" } else { "down" }));
                }
                Input::Samples(samples) => {
                    for s in samples {
                        let how = match (s.quality, s.delivery) {
                            (_, Delivery::Historical) => " historical",
                            (Quality::Good, _) => "",
                            (Quality::Bad(Reason::Stale), _) => " stale",
                            (Quality::Bad(Reason::CommFailure), _) => " comm",
                            _ => " bad",
                        };
                        all.push(format!("{}={}{how}", registry.point_name(s.point), s.value));
                    }
                }
                other => panic!("{other:?}"),
            }
        }
        all
    }
}

#[test]
fn births_make_points_and_data_follow_by_alias() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &["d1"]);
    bench.messages(&node.births());
    assert_eq!(bench.told(), ["e1 up", "e1/load=1", "d1 up", "d1/outlet_pressure=1", "d1/flow.total=1"]);
    assert_eq!(bench.unknown, ["d1/Extra", "d1/Text"]);
    node.set("d1", "Outlet/Pressure", 98.5);
    bench.message(&node.data("d1"));
    node.set("", "load", 3.0);
    bench.message(&node.data(""));
    assert_eq!(bench.told(), ["d1/outlet_pressure=98.5", "e1/load=3"]);
    assert!(bench.asked.is_empty() && bench.refused.is_empty(), "{:?} {:?}", bench.asked, bench.refused);
}

#[test]
fn a_node_death_takes_its_devices_along_and_counts_once() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &["d1", "d2"]);
    bench.messages(&node.births());
    bench.told();
    bench.message(&ndeath("e1", Some(7)));
    assert!(bench.told().is_empty(), "the will of an earlier connection");
    bench.message(&ndeath("e1", Some(node.bd_seq)));
    let mut told = bench.told();
    told.sort();
    assert_eq!(told, ["d1 down", "d2 down", "e1 down"]);
    bench.message(&ndeath("e1", Some(node.bd_seq)));
    bench.wait(60_000);
    assert!(bench.told().is_empty() && bench.asked.is_empty(), "a second death; nobody to ask");
    node.reconnect();
    bench.messages(&node.births());
    assert!(bench.told().contains(&"d2 up".to_owned()));
}

#[test]
fn a_death_that_does_not_say_of_which_connection_is_believed_and_doubted() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &[]);
    bench.messages(&node.births());
    bench.message(&ndeath("e1", None));
    bench.wait(100);
    assert_eq!(bench.told().last().map(String::as_str), Some("e1 down"));
    assert_eq!(bench.asked, ["spBv1.0/g/NCMD/e1"]);
}

#[test]
fn a_device_death_counts_from_its_own_time() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &["d1", "d2"]);
    bench.messages(&node.births());
    bench.told();
    bench.message(&node.ddeath("d1"));
    assert_eq!(bench.told(), ["d1 down", "d1/outlet_pressure=1 comm", "d1/flow.total=1 comm"]);
    node.set("d2", "Outlet/Pressure", 4.0);
    bench.message(&node.data("d2"));
    assert_eq!(bench.told(), ["d2/outlet_pressure=4"], "the other lives on");
    node.set("d1", "Outlet/Pressure", 5.0);
    bench.message(&node.data("d1"));
    bench.wait(100);
    assert!(bench.told().is_empty());
    assert_eq!(bench.asked, ["spBv1.0/g/NCMD/e1"], "data after a death need a birth");
}

#[test]
fn devices_that_are_not_born_after_their_node_are_gone() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &["d1", "d2"]);
    bench.messages(&node.births());
    bench.told();
    node.reconnect();
    let births = node.births();
    bench.message(&births[0]);
    bench.message(&births[1]);
    assert!(!bench.told().iter().any(|t| t.ends_with("down")), "not at once: births follow each other");
    bench.wait(6_000);
    assert_eq!(bench.told(), ["d2 down"]);
}

#[test]
fn the_loss_of_the_broker_is_told_after_a_short_break() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &["d1"]);
    bench.messages(&node.births());
    bench.told();
    bench.step(Event::Disconnected);
    bench.wait(1_500);
    bench.step(Event::Connected);
    assert!(bench.told().is_empty(), "a short break");
    bench.wait(2_000);
    assert_eq!(bench.asked, ["spBv1.0/g/NCMD/e1"], "what was missed is not known");
    bench.messages(&node.births());
    bench.told();
    bench.step(Event::Disconnected);
    bench.wait(3_000);
    assert_eq!(bench.told(), ["e1 down", "d1 down"]);
    assert_eq!(bench.asked.len(), 1, "nobody is asked while the broker is away");
}
