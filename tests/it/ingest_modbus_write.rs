//! Writes to Modbus devices: sent once, read back, answered once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linepack::ingest::{Write, WriteError};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::ingest::{Folder, Rig};
use crate::modbus_slave::{Reaction, Slave, exception, fields, read};
use crate::mosquitto::PATIENCE;

/// Coils and registers that can be written.
type Memory = Arc<Mutex<HashMap<(bool, u16), u16>>>;

/// A device that does as it is told.
fn obedient(memory: Memory) -> impl Fn(u8, &[u8]) -> Reaction + Send + Sync {
    move |_, pdu| {
        let mut memory = memory.lock().unwrap();
        let (address, value) = fields(pdu);
        match pdu[0] {
            5 => memory.extend([((true, address), u16::from(value == 0xFF00))]),
            6 => memory.extend([((false, address), value)]),
            15 => memory.extend((0..value).map(|i| ((true, address + i), u16::from(pdu[6] >> i & 1)))),
            16 => (0..value).for_each(|i| {
                let at = 6 + 2 * usize::from(i);
                memory.insert((false, address + i), u16::from_be_bytes([pdu[at], pdu[at + 1]]));
            }),
            function => {
                let of = |a| memory.get(&(function <= 2, a)).copied().unwrap_or(0);
                return Reaction::Answer(read(pdu, of));
            }
        }
        Reaction::Answer(pdu[..5].to_vec())
    }
}

fn hub(slave: &Slave) -> String {
    format!(
        r#"
        [[connection]]
        name = "rtu"
        protocol = "modbus-tcp"
        address = "{}"
        timeout = "300ms"
        retry_max = "500ms"
        busy_wait = "20ms"
        [[template]]
        name = "t"
        every = "100ms"
        [[template.point]]
        name = "setpoint"
        modbus = {{ table = "holding", address = 10, type = "u16", scale = 0.1, write = true }}
        [[template.point]]
        name = "limit"
        modbus = {{ table = "holding", address = 12, type = "f32", order = "CDAB", write = true }}
        [[template.point]]
        name = "single"
        modbus = {{ table = "holding", address = 14, type = "i16", write = true, write_function = "multiple" }}
        [[template.point]]
        name = "valve"
        modbus = {{ table = "coil", address = 3, type = "bit", write = true }}
        [[template.point]]
        name = "flow"
        modbus = {{ table = "holding", address = 20, type = "u16" }}
        "#,
        slave.address
    )
}

struct Asked(oneshot::Receiver<Result<(), WriteError>>);

impl Asked {
    async fn outcome(self) -> Result<(), WriteError> {
        timeout(PATIENCE, self.0).await.expect("an answer in time").expect("exactly one answer")
    }
}

fn write_within(rig: &Rig, point: &str, value: f64, expires: Duration, verify_within: Duration) -> Asked {
    let (answer, told) = oneshot::channel();
    let point = rig.site.registry.find_point(point).expect("a point");
    let generation = rig.site.registry.generation;
    rig.links.write(Write { generation, point, value, expires: Instant::now() + expires, verify_within, answer });
    Asked(told)
}

fn write(rig: &Rig, point: &str, value: f64) -> Asked {
    write_within(rig, point, value, Duration::from_secs(5), Duration::from_millis(500))
}

async fn start(slave: &Slave) -> Rig {
    let mut rig = Rig::start(&Folder::new(&hub(slave), "a,t,rtu,1,0\nb,t,rtu,2,0").load(), None);
    rig.sample("a/flow").await;
    rig
}

/// The requests that write.
fn writes(slave: &Slave) -> Vec<Vec<u8>> {
    slave.take_seen().into_iter().map(|(_, pdu)| pdu).filter(|pdu| pdu[0] > 4).collect()
}

#[tokio::test]
async fn each_table_and_size_has_its_function() {
    let slave = Slave::tcp(obedient(Memory::default())).await;
    let mut rig = start(&slave).await;
    for (point, value, sent) in [
        ("a/setpoint", 21.5, vec![6, 0, 10, 0, 215]),
        ("a/limit", 123_456.0, vec![16, 0, 12, 0, 2, 4, 0x20, 0x00, 0x47, 0xF1]),
        ("a/single", -2.0, vec![16, 0, 14, 0, 1, 2, 0xFF, 0xFE]),
        ("a/valve", 1.0, vec![5, 0, 3, 0xFF, 0]),
        ("a/valve", 0.0, vec![5, 0, 3, 0, 0]),
    ] {
        slave.take_seen();
        assert_eq!(write(&rig, point, value).outcome().await, Ok(()), "{point}");
        assert_eq!(writes(&slave), [sent], "{point}");
    }
    // what was written is measured at once
    let setpoint = rig.site.registry.find_point("a/setpoint").unwrap();
    rig.sample_where("the new value", |s| s.point == setpoint && (s.value - 21.5).abs() < 1e-9).await;
    rig.stop().await;
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_before_anything_is_sent() {
    let slave = Slave::tcp(obedient(Memory::default())).await;
    let rig = start(&slave).await;
    for (point, value) in
        [("a/flow", 1.0), ("a/setpoint", 6553.6), ("a/setpoint", -1.0), ("a/valve", 0.5), ("a/limit", f64::NAN)]
    {
        let outcome = write(&rig, point, value).outcome().await;
        assert!(matches!(outcome, Err(WriteError::NotWritable(_))), "{point} {value}: {outcome:?}");
    }
    let expired = write_within(&rig, "a/setpoint", 1.0, Duration::ZERO, Duration::from_secs(1));
    assert_eq!(expired.outcome().await, Err(WriteError::Expired));
    let (answer, told) = oneshot::channel();
    let point = rig.site.registry.find_point("a/setpoint").unwrap();
    let generation = rig.site.registry.generation + 1;
    let (expires, verify_within) = (Instant::now() + Duration::from_secs(1), Duration::from_secs(1));
    rig.links.write(Write { generation, point, value: 1.0, expires, verify_within, answer });
    assert_eq!(Asked(told).outcome().await, Err(WriteError::Outdated));
    assert_eq!(writes(&slave), Vec::<Vec<u8>>::new());
    rig.stop().await;
}

#[tokio::test]
async fn a_device_that_takes_the_value_and_reads_another_is_told() {
    let slave =
        Slave::tcp(|_, pdu| Reaction::Answer(if pdu[0] > 4 { pdu[..5].to_vec() } else { read(pdu, |_| 70) })).await;
    let rig = start(&slave).await;
    let before = Instant::now();
    assert_eq!(write(&rig, "a/setpoint", 21.5).outcome().await, Err(WriteError::Unverified { found: 7.0 }));
    assert!(before.elapsed() >= Duration::from_millis(450), "it looks as long as it may");
    rig.stop().await;
}

#[tokio::test]
async fn a_device_that_takes_its_time_is_verified_when_it_is_there() {
    let since: Arc<Mutex<Option<Instant>>> = Arc::default();
    let slave = Slave::tcp(move |_, pdu| {
        let mut since = since.lock().unwrap();
        if pdu[0] > 4 {
            *since = Some(Instant::now());
            return Reaction::Answer(pdu[..5].to_vec());
        }
        let there = since.is_some_and(|s| s.elapsed() > Duration::from_millis(250));
        Reaction::Answer(read(pdu, |_| if there { 215 } else { 0 }))
    })
    .await;
    let rig = start(&slave).await;
    let patient = write_within(&rig, "a/setpoint", 21.5, Duration::from_secs(5), Duration::from_secs(5));
    assert_eq!(patient.outcome().await, Ok(()));
    rig.stop().await;
}

#[tokio::test]
async fn a_refusal_is_told_and_a_busy_device_is_asked_again() {
    let tries = Arc::new(Mutex::new(0));
    let memory = Memory::default();
    let obey = obedient(memory.clone());
    let counted = tries.clone();
    let slave = Slave::tcp(move |unit, pdu| {
        if pdu[0] == 16 {
            return exception(pdu, 3);
        }
        if pdu[0] == 6 {
            let mut tries = counted.lock().unwrap();
            *tries += 1;
            if *tries <= 2 {
                return exception(pdu, 6);
            }
        }
        obey(unit, pdu)
    })
    .await;
    let rig = start(&slave).await;
    let outcome = write(&rig, "a/limit", 5.0).outcome().await;
    assert!(matches!(&outcome, Err(WriteError::Refused(why)) if why.contains("value")), "{outcome:?}");
    assert_eq!(write(&rig, "a/setpoint", 3.0).outcome().await, Ok(()));
    assert_eq!(*tries.lock().unwrap(), 3);
    rig.stop().await;
}

#[tokio::test]
async fn silence_is_told_and_nothing_is_sent_twice() {
    let obey = obedient(Memory::default());
    let slave = Slave::tcp(move |unit, pdu| if pdu[0] > 4 { Reaction::Silence } else { obey(unit, pdu) }).await;
    let mut rig = start(&slave).await;
    slave.take_seen();
    let outcome = write(&rig, "a/setpoint", 5.0).outcome().await;
    assert!(matches!(outcome, Err(WriteError::NoAnswer(_))), "{outcome:?}");
    rig.during(Duration::from_millis(500)).await;
    assert_eq!(writes(&slave).len(), 1);
    // the same when the device hangs up instead
    let obey = obedient(Memory::default());
    slave.behave(move |unit, pdu| if pdu[0] > 4 { Reaction::Close } else { obey(unit, pdu) });
    let outcome = write(&rig, "a/setpoint", 5.0).outcome().await;
    assert!(matches!(outcome, Err(WriteError::NoAnswer(_))), "{outcome:?}");
    rig.during(Duration::from_millis(300)).await;
    assert_eq!(writes(&slave).len(), 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_dead_unit_or_link_refuses_at_once() {
    let obey = obedient(Memory::default());
    let slave = Slave::tcp(move |unit, pdu| if unit == 2 { Reaction::Silence } else { obey(unit, pdu) }).await;
    let mut rig = start(&slave).await;
    rig.device("b", false).await;
    let outcome = write(&rig, "b/setpoint", 5.0).outcome().await;
    assert!(matches!(outcome, Err(WriteError::Down(_))), "{outcome:?}");
    assert_eq!(writes(&slave), Vec::<Vec<u8>>::new());
    drop(slave);
    rig.link("rtu", false).await;
    let outcome = write(&rig, "a/setpoint", 5.0).outcome().await;
    assert!(matches!(outcome, Err(WriteError::Down(_))), "{outcome:?}");
    rig.stop().await;
}

#[tokio::test]
async fn a_write_never_overlaps_a_request_and_does_not_wait_for_the_polls() {
    // 20 ms an answer, three requests out at most, more units than the line can read in time
    let memory = Memory::default();
    let obey = obedient(memory);
    let out: Arc<Mutex<Vec<(Instant, bool)>>> = Arc::default();
    let log = out.clone();
    let slave = Slave::tcp(move |unit, pdu| {
        log.lock().unwrap().push((Instant::now(), pdu[0] > 4));
        match obey(unit, pdu) {
            Reaction::Answer(pdu) => Reaction::After(Duration::from_millis(20), pdu),
            other => other,
        }
    })
    .await;
    let rows: Vec<String> = (1..=40).map(|u| format!("u{u},t,rtu,{u},0")).collect();
    let text = hub(&slave).replace("timeout", "in_flight = 3\ntimeout");
    let mut rig = Rig::start(&Folder::new(&text, &rows.join("\n")).load(), None);
    rig.sample("u40/flow").await;
    let before = out.lock().unwrap().len();
    assert_eq!(write(&rig, "u7/setpoint", 5.0).outcome().await, Ok(()));
    rig.stop().await;
    let out = out.lock().unwrap();
    let at = out.iter().position(|(_, write)| *write).expect("the write");
    let (sent, _) = out[at];
    assert!(at - before <= 12, "{} polls of 120 that were due went before it", at - before);
    // nothing was out when it came, and nothing came before its answer
    assert!(sent - out[at - 1].0 >= Duration::from_millis(19), "{:?}", sent - out[at - 1].0);
    assert!(out[at + 1].0 - sent >= Duration::from_millis(19), "{:?}", out[at + 1].0 - sent);
}
