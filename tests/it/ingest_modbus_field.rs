//! Modbus devices as the field has them: holes in the register map, answers out of order, RTU, one client at a time.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linepack::ingest::LinkState;
use linepack_core::{Input, PointId, Quality, Reason, Sample};

use crate::ingest::{Folder, Rig};
use crate::modbus_slave::{Reaction, Slave, crc, exception, fields, read};
use crate::mosquitto::{PATIENCE, until};

/// A site with points `p0`, `p1`, … of one register each on one connection.
fn hub(protocol: &str, address: &str, keys: &str, points: u16) -> String {
    let mut text = format!(
        "[[connection]]\nname = \"rtu\"\nprotocol = \"{protocol}\"\naddress = \"{address}\"\ntimeout = \"300ms\"\nretry_max = \"1s\"\n{keys}\n[[template]]\nname = \"t\"\nevery = \"100ms\"\n"
    );
    for p in 0..points {
        text += &format!(
            "[[template.point]]\nname = \"p{p}\"\nmodbus = {{ table = \"holding\", address = {p}, type = \"u16\" }}\n"
        );
    }
    text
}

fn tcp(slave: &Slave, keys: &str, points: u16) -> String {
    hub("modbus-tcp", &slave.address.to_string(), keys, points)
}

/// Each register holds unit × 1000 + its address.
fn well(unit: u8, pdu: &[u8]) -> Reaction {
    Reaction::Answer(read(pdu, |a| u16::from(unit).wrapping_mul(1000).wrapping_add(a)))
}

/// Refuses every read of an address.
fn hole(illegal: u16) -> impl Fn(u8, &[u8]) -> Reaction + Send + Sync {
    move |unit, pdu| {
        let (start, count) = fields(pdu);
        if (start..start + count).contains(&illegal) { exception(pdu, 2) } else { well(unit, pdu) }
    }
}

fn samples(inputs: &[Input]) -> HashMap<PointId, Vec<Sample>> {
    let mut all: HashMap<PointId, Vec<Sample>> = HashMap::new();
    for input in inputs {
        if let Input::Samples(samples) = input {
            samples.iter().for_each(|s| all.entry(s.point).or_default().push(*s));
        }
    }
    all
}

fn point(rig: &Rig, name: &str) -> PointId {
    rig.site.registry.find_point(name).expect("a point")
}

/// Everything handed over until each of these points came so often.
async fn times(rig: &mut Rig, points: &[&str], times: usize) -> Vec<Input> {
    let points: Vec<PointId> = points.iter().map(|p| point(rig, p)).collect();
    let enough = |inputs: &[Input]| {
        let seen = samples(inputs);
        points.iter().all(|p| seen.get(p).is_some_and(|of| of.len() >= times))
    };
    rig.collect("enough values", enough).await
}

/// Waits until all that is asked for a few rounds are these reads: first address and count. What an older plan asked may
/// come before.
async fn reads(rig: &mut Rig, slave: &Slave, expected: &[(u16, u16)]) {
    let wanted: BTreeSet<(u16, u16)> = expected.iter().copied().collect();
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        slave.take_seen();
        while slave.seen() < 3 * wanted.len() && tokio::time::Instant::now() < end {
            rig.during(Duration::from_millis(20)).await;
        }
        let asked: BTreeSet<(u16, u16)> = slave.take_seen().iter().map(|(_, pdu)| fields(pdu)).collect();
        if asked == wanted {
            return;
        }
        assert!(tokio::time::Instant::now() < end, "asked {asked:?}, not {wanted:?}");
    }
}

#[tokio::test]
async fn an_illegal_address_costs_its_neighbours_nothing() {
    let slave = Slave::tcp(well).await;
    let folder = Folder::new(&tcp(&slave, "", 20), "a,t,rtu,1,0");
    let mut rig = Rig::start(&folder.load(), None);
    rig.sample("a/p19").await;
    // the device loses a register while it runs
    slave.behave(hole(7));
    let lost = point(&rig, "a/p7");
    let first = rig.sample_where("the offender", |s| s.point == lost && s.quality != Quality::Good).await;
    assert!(first.value.is_nan() && first.quality == Quality::Bad(Reason::ConfigurationError), "{first:?}");
    let seen = samples(&times(&mut rig, &["a/p0", "a/p7", "a/p19"], 7).await);
    for p in (0..20).filter(|p| *p != 7) {
        let of = &seen[&point(&rig, &format!("a/p{p}"))];
        assert!(of.iter().all(|s| s.quality == Quality::Good && s.value == f64::from(1000 + p)), "p{p}");
        assert!(of.len() >= 6, "p{p} came {} times while its neighbours came 7 times", of.len());
    }
    assert!(seen[&lost].iter().all(|s| s.quality == Quality::Bad(Reason::ConfigurationError)));
    // the hole is stepped over, and shown
    reads(&mut rig, &slave, &[(0, 7), (8, 12)]).await;
    let holes = rig.links.statuses()[0].wire().holes;
    assert_eq!(
        holes.iter().map(|h| (h.unit, h.table.as_str(), h.first, h.end, h.refused)).collect::<Vec<_>>(),
        [(1, "holding", 7, 8, true)]
    );
    // a reload forgets it
    slave.behave(well);
    rig.reload(&folder.load()).await;
    assert_eq!(rig.sample("a/p7").await.value, 1007.0);
    assert!(rig.links.statuses()[0].wire().holes.is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn neighbours_do_not_miss_one_scan_when_a_hole_appears() {
    let slave = Slave::tcp(hole(3)).await;
    let text = tcp(&slave, "", 10).replace("100ms\"", "2s\"");
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0").load(), None);
    times(&mut rig, &["a/p0", "a/p9"], 2).await;
    // within the scan that found the hole each neighbour was read once, before any was read again
    let (mut found, mut round) = (false, BTreeSet::new());
    for (_, pdu) in slave.take_seen() {
        let (start, count) = fields(&pdu);
        found |= (start..start + count).contains(&3);
        if !(start..start + count).contains(&3) && round.len() < 9 {
            (start..start + count).for_each(|p| assert!(round.insert(p), "p{p} again, of others only {round:?}"));
        }
    }
    assert!(found && round.len() == 9, "{round:?}");
    rig.stop().await;
}

#[tokio::test]
async fn a_block_that_is_never_answered_is_halved_while_others_of_the_unit_answer() {
    // reads over register 5 get no answer; coils do
    let silent = |unit: u8, pdu: &[u8]| {
        let (start, count) = fields(pdu);
        let over = pdu[0] == 3 && (start..start + count).contains(&5);
        if over { Reaction::Silence } else { well(unit, pdu) }
    };
    let slave = Slave::tcp(silent).await;
    let mut text = tcp(&slave, "", 8);
    text += "[[template.point]]\nname = \"c\"\nmodbus = { table = \"coil\", address = 0, type = \"bit\" }\n";
    let folder = Folder::new(&text, "a,t,rtu,1,0");
    let mut rig = Rig::start(&folder.load(), None);
    let bad = rig.site.registry.find_point("a/p5").unwrap();
    for p in [0, 4, 6, 7] {
        assert_eq!(rig.sample(&format!("a/p{p}")).await.value, f64::from(1000 + p));
    }
    let sample = rig.sample_where("the offender", |s| s.point == bad).await;
    assert_eq!(sample.quality, Quality::Bad(Reason::ConfigurationError));
    let inputs = times(&mut rig, &["a/p0", "a/p7"], 5).await;
    assert!(!inputs.iter().any(|i| matches!(i, Input::Device { up: false, .. })));
    rig.stop().await;
}

#[tokio::test]
async fn limits_of_a_connection_and_of_a_template_hold() {
    let slave = Slave::tcp(well).await;
    let text = tcp(&slave, "max_registers = 6", 10);
    let lone = text.replace("name = \"t\"\nevery", "name = \"t\"\nmodbus = { join = false }\nevery");
    let folder = Folder::new(&text, "a,t,rtu,1,0");
    let mut rig = Rig::start(&folder.load(), None);
    reads(&mut rig, &slave, &[(0, 6), (6, 4)]).await;
    folder.write("hub.toml", &lone);
    rig.reload(&folder.load()).await;
    reads(&mut rig, &slave, &(0..10).map(|p| (p, 1)).collect::<Vec<_>>()).await;
    rig.stop().await;
}

#[tokio::test]
async fn addresses_in_the_notation_of_manuals() {
    let slave = Slave::tcp(well).await;
    let text = tcp(&slave, "base = 1", 0)
        + "[[template.point]]\nname = \"one\"\nmodbus = { table = \"input\", address = 1, type = \"u16\" }\n"
        + "[[template.point]]\nname = \"plc\"\nmodbus = { address = \"40003\", type = \"u16\" }\n";
    let folder = Folder::new(&text, "a,t,rtu,1,0\nb,t,rtu,1,100");
    let mut rig = Rig::start(&folder.load(), None);
    for (point, value) in [("a/one", 1000.0), ("a/plc", 1002.0), ("b/one", 1100.0), ("b/plc", 1102.0)] {
        assert_eq!(rig.sample(point).await.value, value, "{point}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn several_requests_are_out_and_answers_may_come_in_any_order() {
    // the lower the unit, the later its answer
    let slave = Slave::tcp(|unit, pdu| {
        Reaction::After(Duration::from_millis(u64::from(80 - 20 * unit)), read(pdu, |a| u16::from(unit) * 1000 + a))
    })
    .await;
    let text = tcp(&slave, "in_flight = 3", 2).replace("300ms", "2s");
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0\nb,t,rtu,2,0\nc,t,rtu,3,0").load(), None);
    let seen = samples(&times(&mut rig, &["a/p1", "b/p1", "c/p1"], 12).await);
    for (asset, unit) in [("a", 1), ("b", 2), ("c", 3)] {
        let of = &seen[&rig.site.registry.find_point(&format!("{asset}/p1")).unwrap()];
        assert!(of.iter().all(|s| s.quality == Quality::Good && s.value == f64::from(unit * 1000 + 1)), "{of:?}");
    }
    assert!((2..=3).contains(&slave.most_outstanding()), "{} at once", slave.most_outstanding());
    assert_eq!(slave.accepted(), 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_late_answer_is_dropped_and_the_connection_stays() {
    // each first answer of unit 1 comes too late, with other numbers than the next one's
    let count = Arc::new(Mutex::new(0u16));
    let slave = Slave::tcp(move |unit, pdu| {
        if unit == 2 {
            return well(unit, pdu);
        }
        let mut n = count.lock().unwrap();
        *n += 1;
        if *n % 3 == 1 { Reaction::After(Duration::from_millis(400), read(pdu, |_| 9999)) } else { well(unit, pdu) }
    })
    .await;
    let folder = Folder::new(&tcp(&slave, "", 2), "a,t,rtu,1,0\nb,t,rtu,2,0");
    let mut rig = Rig::start(&folder.load(), None);
    let seen = samples(&times(&mut rig, &["a/p0", "b/p1"], 8).await);
    for (name, value) in [("a/p0", 1000.0), ("b/p1", 2001.0)] {
        let of = &seen[&point(&rig, name)];
        assert!(of.iter().all(|s| s.value == value), "{name}: {of:?}");
    }
    assert_eq!(slave.accepted(), 1);
    rig.stop().await;
}

#[tokio::test]
async fn rtu_in_tcp_with_several_units() {
    let slave = Slave::rtu(|unit, pdu| match unit {
        3 => Reaction::Silence,
        // a wrong checksum
        4 => Reaction::Raw(vec![4, 3, 2, 0, 1, 0, 0]),
        // noise of the line turning round, then the answer
        2 => {
            let mut answer = vec![2];
            answer.extend(read(pdu, |a| 2000 + a));
            let sum = crc(&answer);
            Reaction::Raw([&[0u8, 0xFF], answer.as_slice(), &sum].concat())
        }
        _ => well(unit, pdu),
    })
    .await;
    let text = hub("modbus-rtu-tcp", &slave.address.to_string(), "", 3);
    let folder = Folder::new(&text, "a,t,rtu,1,0\nb,t,rtu,2,0\nc,t,rtu,3,0\nd,t,rtu,4,0");
    let mut rig = Rig::start(&folder.load(), None);
    assert_eq!(rig.sample("a/p2").await.value, 1002.0);
    assert_eq!(rig.sample("b/p0").await.value, 2000.0);
    let broken = rig.sample("d/p0").await;
    assert_eq!(broken.quality, Quality::Bad(Reason::BadReply));
    rig.device("c", false).await;
    assert_eq!(rig.links.statuses()[0].state(), LinkState::Connected);
    slave.behave(well);
    rig.device("c", true).await;
    assert_eq!(rig.sample_where("healed", |s| s.value == 4001.0).await.quality, Quality::Good);
    rig.stop().await;
}

#[tokio::test]
async fn a_late_rtu_answer_is_never_taken_for_the_next_one() {
    // answers of unit 1 come later than anybody waits, each with its own number
    let count = Arc::new(Mutex::new(0u16));
    let slave = Slave::rtu(move |unit, pdu| {
        let mut n = count.lock().unwrap();
        *n += 1;
        let (n, late) = (*n, unit == 1 && *n < 8);
        let answer = read(pdu, |_| if late { 9000 + n } else { u16::from(unit) * 1000 });
        if late { Reaction::After(Duration::from_millis(440), answer) } else { Reaction::Answer(answer) }
    })
    .await;
    let text = hub("modbus-rtu-tcp", &slave.address.to_string(), "", 1);
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0\nb,t,rtu,2,0").load(), None);
    let a = rig.site.registry.find_point("a/p0").unwrap();
    let sample = rig.sample_where("the slow unit", |s| s.point == a).await;
    assert_eq!((sample.value, sample.quality), (1000.0, Quality::Good), "not an answer to an older question");
    rig.stop().await;
}

#[tokio::test]
async fn a_serial_line() {
    use tokio_serial::SerialPort;
    let (far, near) = tokio_serial::SerialStream::pair().expect("a pseudo-terminal");
    let path = near.name().expect("it has a path");
    let slave = Slave::serial(far, well);
    let text = hub("modbus-rtu", &path, "baud = 115200\nparity = \"even\"", 3);
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0\nb,t,rtu,17,0").load(), None);
    assert_eq!(rig.sample("a/p2").await.value, 1002.0);
    assert_eq!(rig.sample("b/p1").await.value, 17_001.0);
    slave.behave(|unit, pdu| if unit == 17 { Reaction::Silence } else { well(unit, pdu) });
    rig.device("b", false).await;
    assert_eq!(rig.sample("a/p0").await.quality, Quality::Good);
    slave.behave(well);
    rig.device("b", true).await;
    rig.stop().await;
    drop(near);
}

#[tokio::test]
async fn a_serial_line_that_is_not_there_is_told() {
    let text = hub("modbus-rtu", "/dev/no-such-line", "", 1);
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0").load(), None);
    rig.link("rtu", false).await;
    let detail = rig.links.statuses()[0].wire().detail;
    assert!(detail.contains("/dev/no-such-line"), "{detail}");
    rig.stop().await;
}

#[tokio::test]
async fn a_device_for_one_client_is_left_between_the_scans() {
    let slave = Slave::tcp(well).await;
    let text = tcp(&slave, "idle_close = true\nconnect_pause = \"10ms\"", 2).replace("100ms\"", "200ms\"");
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0").load(), None);
    let inputs = times(&mut rig, &["a/p0"], 8).await;
    assert!(slave.accepted() >= 8, "{} connections", slave.accepted());
    assert!(!inputs.iter().any(|i| matches!(i, Input::Link { up: false, .. })), "a closed link is not a lost one");
    rig.stop().await;
}

#[tokio::test]
async fn a_device_that_closes_idle_connections_is_not_lost() {
    let slave = Slave::tcp(well).await;
    let text = tcp(&slave, "", 1);
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0").load(), None);
    rig.sample("a/p0").await;
    // closes after every third request
    let count = Arc::new(Mutex::new(0));
    slave.behave(move |unit, pdu| {
        let mut n = count.lock().unwrap();
        *n += 1;
        if *n % 3 == 0 { Reaction::Close } else { well(unit, pdu) }
    });
    let inputs = rig.collect("closed some times", |_| slave.accepted() > 3).await;
    assert!(!inputs.iter().any(|i| matches!(i, Input::Link { up: false, .. } | Input::Device { up: false, .. })));
    rig.stop().await;
}

#[tokio::test]
async fn requests_keep_their_distance() {
    let stamps: Arc<Mutex<Vec<tokio::time::Instant>>> = Arc::default();
    let log = stamps.clone();
    let slave = Slave::tcp(move |unit, pdu| {
        log.lock().unwrap().push(tokio::time::Instant::now());
        well(unit, pdu)
    })
    .await;
    // more is always due than may be asked
    let text = tcp(&slave, "pause = \"30ms\"\nmax_gap = 0\njoin = false", 3).replace("100ms\"", "20ms\"");
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0").load(), None);
    rig.collect("thirty requests", |_| slave.seen() >= 31).await;
    rig.stop().await;
    let stamps = stamps.lock().unwrap();
    // the device may see one late and the next in time, so not each distance but their sum is looked at
    let passed = stamps[30] - stamps[0];
    assert!(passed >= Duration::from_millis(30 * 30 - 100), "31 requests within {passed:?}");
}

#[tokio::test]
async fn texts_are_kept_beside_their_checksum() {
    let words: Arc<Mutex<Vec<u8>>> = Arc::new(Mutex::new(b"V1.2\0\0".to_vec()));
    let now = words.clone();
    let slave = Slave::tcp(move |_, pdu| {
        let bytes = now.lock().unwrap().clone();
        Reaction::Answer(read(pdu, |a| u16::from_be_bytes([bytes[2 * usize::from(a)], bytes[2 * usize::from(a) + 1]])))
    })
    .await;
    let text = tcp(&slave, "", 0)
        + "[[template.point]]\nname = \"firmware\"\nmodbus = { table = \"holding\", address = 0, type = \"string\", length = 6 }\n";
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0").load(), None);
    let first = rig.sample("a/firmware").await;
    let point = first.point;
    assert_eq!(rig.site.texts.get(point).as_deref(), Some("V1.2"));
    *words.lock().unwrap() = b"V1.3\0\0".to_vec();
    rig.sample_where("another text", |s| s.value != first.value).await;
    assert_eq!(rig.site.texts.get(point).as_deref(), Some("V1.3"));
    rig.stop().await;
}

#[tokio::test]
async fn a_gateway_full_of_units_scans_on_when_many_are_dead() {
    let slave = Slave::tcp(|unit, pdu| if unit % 4 == 0 { exception(pdu, 0x0B) } else { well(unit, pdu) }).await;
    let rows: Vec<String> = (1..=247).map(|u| format!("u{u},t,rtu,{u},0")).collect();
    let text = tcp(&slave, "", 1).replace("100ms\"", "2s\"");
    let mut rig = Rig::start(&Folder::new(&text, &rows.join("\n")).load(), None);
    let status = rig.links.statuses()[0].clone();
    until("all living units are up", || status.wire().assets_up == 186).await;
    let seen = samples(&times(&mut rig, &["u1/p0", "u246/p0", "u247/p0"], 3).await);
    for unit in [1, 246, 247] {
        assert!(seen[&point(&rig, &format!("u{unit}/p0"))].iter().all(|s| s.quality == Quality::Good), "{unit}");
    }
    rig.stop().await;
}
