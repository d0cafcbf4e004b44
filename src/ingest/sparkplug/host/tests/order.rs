//! Sequence numbers: messages out of order, gaps, and asking for births.

use super::*;

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
