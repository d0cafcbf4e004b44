//! What values mean, and which messages are refused.

use super::*;

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
