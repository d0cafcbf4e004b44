//! Writes: what is sent, what is refused, what counts as done.

use super::super::super::payload::{Payload as Read, Raw};
use super::*;

fn online() -> (Bench, Node) {
    let mut bench = Bench::new(5000);
    let mut node = Node::new("e1", &["d1"]);
    bench.messages(&node.births());
    bench.told();
    (bench, node)
}

fn write(bench: &mut Bench, point: &str, value: f64) {
    let point = bench.host.plant.registry.find_point(point).unwrap();
    let wanted = Wanted { id: 7, point, value, until: Ts(bench.now + 3000) };
    bench.step(Event::Write(wanted));
}

#[test]
fn a_command_goes_out_by_alias_and_counts_when_the_device_reports_the_value() {
    let (mut bench, mut node) = online();
    let mut out = Out::default();
    let point = bench.host.plant.registry.find_point("d1/outlet_pressure").unwrap();
    let wanted = Wanted { id: 7, point, value: 42.5, until: Ts(bench.now + 3000) };
    bench.host.step(Ts(bench.now), Event::Write(wanted), &mut out);
    let (topic, payload) = &out.publish[0];
    assert_eq!(topic, "spBv1.0/g/DCMD/e1/d1");
    let read = Read::read(payload).unwrap();
    assert_eq!((read.seq, read.ts), (None, Some(bench.now as u64)));
    let metric = read.metrics().next().unwrap().unwrap();
    let alias = node.alias("d1", "Outlet/Pressure");
    assert_eq!((metric.name, metric.alias, metric.value), (None, Some(alias), Raw::Double(42.5)));
    assert!(out.written.is_empty());
    node.set("d1", "Outlet/Pressure", 30.0);
    bench.message(&node.data("d1"));
    assert!(bench.written.is_empty(), "on its way there");
    node.set("d1", "Outlet/Pressure", 42.5);
    bench.message(&node.data("d1"));
    assert_eq!(bench.written, [(7, Ok(()))]);
    bench.wait(10_000);
    assert_eq!(bench.written.len(), 1, "one answer");
}

#[test]
fn what_the_device_says_instead_or_not_at_all_is_told() {
    let (mut bench, mut node) = online();
    write(&mut bench, "d1/outlet_pressure", 42.5);
    node.set("d1", "Outlet/Pressure", 30.0);
    bench.message(&node.data("d1"));
    bench.wait(4000);
    assert_eq!(bench.written, [(7, Err(WriteError::Unverified { found: 30.0 }))]);
    bench.written.clear();
    write(&mut bench, "d1/outlet_pressure", 42.5);
    bench.wait(4000);
    assert!(matches!(bench.written[..], [(7, Err(WriteError::NoAnswer(_)))]), "{:?}", bench.written);
    bench.written.clear();
    write(&mut bench, "d1/outlet_pressure", 30.0);
    bench.wait(4000);
    assert_eq!(bench.written, [(7, Ok(()))], "it has that value already and need not report it");
}

#[test]
fn refusals_say_why_and_send_nothing() {
    let (mut bench, node) = online();
    for (point, value, expect) in [
        ("d1/flow.total", 1.0, "this point cannot be written: its template point does not say sparkplug_write = true"),
        ("d2/outlet_pressure", 1.0, "not connected: no edge node has announced it"),
        ("d1/outlet_pressure", f64::NAN, "this point cannot be written: only finite numbers can be written"),
    ] {
        write(&mut bench, point, value);
        let (_, outcome) = bench.written.pop().unwrap();
        assert_eq!(outcome.unwrap_err().to_string(), expect);
    }
    write(&mut bench, "d1/outlet_pressure", 5.0);
    bench.message(&ndeath("e1", Some(node.bd_seq)));
    assert_eq!(bench.written.pop(), Some((7, Err(WriteError::NoAnswer("the edge node went offline".to_owned())))));
    bench.asked.clear();
    write(&mut bench, "d1/outlet_pressure", 5.0);
    assert_eq!(bench.written.pop(), Some((7, Err(WriteError::Down("the edge node is offline".to_owned())))));
    bench.step(Event::Disconnected);
    write(&mut bench, "d1/outlet_pressure", 5.0);
    assert_eq!(bench.written.pop(), Some((7, Err(WriteError::Down("the broker is away".to_owned())))));
    assert!(bench.asked.is_empty());
}
