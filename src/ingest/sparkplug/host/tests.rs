mod chaos;
mod edge;
mod writing;

use linepack_core::{Delivery, Input, Quality, Reason, Ts};

use super::super::topic::{Topic, parse};
use super::*;
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
fn messages_out_of_order_are_put_in_order() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &["d1"]);
    bench.messages(&node.births());
    bench.told();
    let all: Vec<_> = (2..6)
        .map(|v| {
            node.set("d1", "Outlet/Pressure", f64::from(v));
            node.data("d1")
        })
        .collect();
    for i in [0, 3, 2, 3, 1] {
        bench.message(&all[i]);
        bench.wait(1000);
    }
    let pressures = [2, 3, 4, 5].map(|v| format!("d1/outlet_pressure={v}"));
    assert_eq!(bench.told(), pressures);
    bench.wait(20_000);
    assert!(bench.asked.is_empty(), "the timer was stopped");
    bench.message(&all[3]);
    assert_eq!((bench.counts.repeated, bench.counts.gaps), (1, 0));
    assert!(bench.told().is_empty());
}

#[test]
fn a_gap_that_stays_asks_for_a_rebirth_and_then_reads_on() {
    for reorder in [0, 5000] {
        let mut bench = Bench::new(reorder);
        let mut node = Node::new("e1", &["d1"]);
        bench.messages(&node.births());
        bench.told();
        node.set("d1", "Outlet/Pressure", 2.0);
        node.data("d1");
        node.set("d1", "Outlet/Pressure", 3.0);
        bench.message(&node.data("d1"));
        if reorder > 0 {
            bench.wait(reorder - 200);
            assert!(bench.asked.is_empty());
        }
        bench.wait(400);
        assert_eq!(bench.asked, ["spBv1.0/g/NCMD/e1"], "reorder {reorder}");
        assert!(bench.told().is_empty());
        bench.messages(&node.births());
        assert!(bench.told().contains(&"d1/outlet_pressure=3".to_owned()));
        bench.wait(60_000);
        assert_eq!(bench.asked.len(), 1, "asked once");
    }
}

#[test]
fn the_sequence_wraps_and_a_birth_may_begin_anywhere() {
    let mut bench = Bench::new(0);
    let mut node = Node::new("e1", &[]);
    node.seq = 250;
    bench.messages(&node.births());
    for v in 0..20 {
        node.set("", "load", f64::from(v));
        bench.message(&node.data(""));
    }
    assert_eq!(bench.told().last().map(String::as_str), Some("e1/load=19"));
    assert!(bench.asked.is_empty());
}

#[test]
fn data_before_a_birth_ask_for_one_and_a_storm_is_spread() {
    let mut bench = Bench::unconnected(5000);
    bench.step(Event::Connected);
    let mut nodes: Vec<_> = (0..500).map(|n| Node::new(&format!("n{n}"), &["x"])).collect();
    for node in &mut nodes {
        node.births();
        bench.message(&node.data("x"));
    }
    let mut most = 0;
    for _ in 0..20 {
        let before = bench.asked.len();
        bench.wait(1000);
        most = most.max(bench.asked.len() - before);
    }
    assert!(most <= 100, "{most} in a second");
    let mut asked = bench.asked.clone();
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 500, "all are asked in the end");
}

#[test]
fn a_node_that_never_answers_is_asked_ever_more_seldom_and_told_to_be_gone() {
    let mut bench = Bench::new(0);
    let mut node = Node::new("e1", &["d1"]);
    bench.messages(&node.births());
    bench.told();
    node.data("");
    for _ in 0..600 {
        node.set("d1", "Outlet/Pressure", 2.0);
        bench.message(&node.data("d1"));
        bench.wait(1000);
    }
    assert!((3..10).contains(&bench.asked.len()), "{} in ten minutes", bench.asked.len());
    assert_eq!(bench.told(), ["e1 down", "d1 down"]);
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

#[test]
fn qualities_nulls_and_history_keep_their_meaning() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &["d1"]);
    bench.messages(&node.births());
    bench.told();
    let at = (node.clock + 1) as u64;
    let send = |bench: &mut Bench, node: &mut Node, fields: &[u8]| {
        let seq = node.next_seq();
        bench.message(&data("e1", "d1", at, seq, fields));
    };
    // Outlet/Pressure has alias 1 in d1's first birth: 10 01; Double 2.0: 69 …
    let double = [0x69, 0, 0, 0, 0, 0, 0, 0, 0x40];
    let quality = |code: &[u8]| {
        let mut set = b"\x0a\x07Quality\x12".to_vec();
        set.push(3 + code.len() as u8);
        set.extend([8, 3, 0x18]);
        set.extend(code);
        let mut field = vec![0x4a, set.len() as u8];
        field.append(&mut set);
        field
    };
    let alias = node.alias("d1", "Outlet/Pressure");
    let named = |rest: &[&[u8]]| [&[0x10, alias as u8], &rest.concat()[..]].concat();
    for (fields, expect) in [
        (named(&[&double, &quality(&[0xc0, 1])]), "d1/outlet_pressure=2"),
        (named(&[&double, &quality(&[0])]), "d1/outlet_pressure=2 bad"),
        (named(&[&double, &quality(&[0xf4, 3])]), "d1/outlet_pressure=2 stale"),
        (named(&[&[0x38, 1]]), "d1/outlet_pressure=NaN bad"),
        (named(&[&double, &[0x28, 1]]), "d1/outlet_pressure=2 historical"),
    ] {
        send(&mut bench, &mut node, &fields);
        assert_eq!(bench.told(), [expect], "{fields:x?}");
    }
    assert!(bench.asked.is_empty());
    send(&mut bench, &mut node, &[0x10, 77, 0x50, 1]);
    bench.wait(100);
    assert_eq!(bench.refused, ["a metric that was not in the birth"]);
    assert_eq!(bench.asked.len(), 1, "an unknown alias asks for a rebirth");
}

#[test]
fn broken_and_retained_messages_are_refused_and_ask_for_a_birth() {
    let good = Node::new("e1", &[]).births().remove(0).1;
    for (payload, retained, reason) in [
        (&[0x12, 0x7f][..], false, "not protobuf: a length reaches beyond the end"),
        (&[0x08, 1], false, "it has no sequence number from 0 to 255"),
        (&[0x18, 0x80, 2], false, "it has no sequence number from 0 to 255"),
        (&good, true, "kept by the broker: it may be long past, a birth was asked for"),
    ] {
        let mut bench = Bench::new(5000);
        let Ok(Topic::Edge(edge)) = parse("spBv1.0/g/NBIRTH/e1") else { panic!() };
        bench.step(Event::Message { edge, payload, retained });
        bench.wait(100);
        assert_eq!((bench.refused, bench.asked.len()), (vec![reason.to_owned()], 1));
    }
}

#[test]
fn a_birth_that_uses_an_alias_twice_is_read_by_names() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &[]);
    bench.messages(&node.births());
    let double = |v: f64| [&[13 << 3 | 1][..], &v.to_le_bytes()].concat();
    let mut birth = varint(1, T0 as u64 + 5);
    for name in ["Outlet/Pressure", "flow/total"] {
        bytes(2, &[text(1, name), varint(2, 7), varint(4, 10), double(2.0)].concat(), &mut birth);
    }
    birth.extend(varint(3, u64::from(node.next_seq())));
    bench.message(&("spBv1.0/g/DBIRTH/e1/d1".to_owned(), birth));
    assert_eq!(bench.refused, ["alias 7 of \"flow/total\" is used twice"]);
    bench.told();
    let at = T0 as u64 + 10;
    bench.message(&data("e1", "d1", at, node.next_seq(), &[text(1, "flow/total"), double(3.0)].concat()));
    assert_eq!(bench.told(), ["d1/flow.total=3"]);
    bench.message(&data("e1", "d1", at, node.next_seq(), &[varint(2, 7), double(4.0)].concat()));
    assert!(bench.told().is_empty(), "nobody can tell which is meant");
}

#[test]
fn one_asset_has_one_living_source() {
    let mut bench = Bench::new(5000);
    let (mut a, mut b) = (Node::new("e1", &["d1"]), Node::new("e2", &["d1"]));
    bench.messages(&a.births());
    bench.told();
    bench.messages(&b.births());
    assert!(bench.told().is_empty());
    assert_eq!(bench.refused, ["asset d1 is fed by edge node g/e1 already"]);
    bench.message(&ndeath("e1", Some(a.bd_seq)));
    bench.told();
    bench.messages(&b.births());
    assert_eq!(bench.told()[0], "d1 up", "the first one is gone");
}

#[test]
fn a_value_that_stood_still_for_hours_counts_as_of_the_birth() {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &[]);
    node.values.insert(("".into(), "load".into()), Value { value: 4.0, at: node.clock - 7_200_000 });
    let sent = node.clock + 1;
    bench.messages(&node.births());
    let Some(Input::Samples(samples)) = bench.inputs.iter().find(|i| matches!(i, Input::Samples(_))) else { panic!() };
    assert_eq!((samples[0].ts, samples[0].delivery), (Ts(sent), Delivery::Live));
    bench.inputs.clear();
    // the same value and time again, after a break: it must count as new
    bench.message(&ndeath("e1", Some(node.bd_seq)));
    node.reconnect();
    node.values.insert(("".into(), "load".into()), Value { value: 4.0, at: sent });
    bench.messages(&node.births());
    let mut all = bench.inputs.iter().filter_map(|i| if let Input::Samples(s) = i { Some(s[0].ts) } else { None });
    assert!(all.next_back() > Some(Ts(sent)));
}
