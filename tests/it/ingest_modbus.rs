//! Modbus links against a device that can misbehave on purpose.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linepack::ingest::LinkState;
use linepack_core::{Input, Quality, Reason};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::ingest::{Folder, Rig};
use crate::mosquitto::{free_port, until};

/// What a unit does with a request.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// Answers: each register holds unit × 1000 + its address, each bit whether its address is odd.
    Well,
    /// Says nothing.
    Silent,
    /// Answers, but only after this many milliseconds.
    Late(u64),
    /// Refuses with this exception.
    Exception(u8),
    /// Refuses with this exception once, then answers.
    Once(u8),
    /// Answers with fewer registers than asked for.
    Short,
    /// Answers something that is no Modbus at all.
    Noise,
}

/// A gateway with units behind it.
struct Gateway {
    port: u16,
    manners: Arc<Mutex<HashMap<u8, Manner>>>,
    /// Requests to each unit.
    asked: Arc<Mutex<HashMap<u8, usize>>>,
    accepted: Arc<AtomicUsize>,
    running: Option<JoinSet<()>>,
}

impl Gateway {
    async fn start() -> Self {
        let mut this = Self {
            port: free_port(),
            manners: Arc::default(),
            asked: Arc::default(),
            accepted: Arc::default(),
            running: None,
        };
        this.resume().await;
        this
    }

    fn behave(&self, unit: u8, manner: Manner) {
        self.manners.lock().unwrap().insert(unit, manner);
    }

    /// All connections break and none is accepted.
    fn stop(&mut self) {
        self.running = None;
    }

    async fn resume(&mut self) {
        let (manners, asked, accepted) = (self.manners.clone(), self.asked.clone(), self.accepted.clone());
        let mut bound = TcpListener::bind(("127.0.0.1", self.port)).await;
        while bound.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            bound = TcpListener::bind(("127.0.0.1", self.port)).await;
        }
        let listener = bound.unwrap();
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                connections.spawn(serve(stream, manners.clone(), asked.clone()));
            }
        });
        self.running = Some(running);
    }

    fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, manners: Arc<Mutex<HashMap<u8, Manner>>>, asked: Arc<Mutex<HashMap<u8, usize>>>) {
    let mut request = [0; 12];
    while stream.read_exact(&mut request).await.is_ok() {
        let (unit, function) = (request[6], request[7]);
        *asked.lock().unwrap().entry(unit).or_default() += 1;
        let address = u16::from_be_bytes([request[8], request[9]]);
        let count = u16::from_be_bytes([request[10], request[11]]);
        let manner = manners.lock().unwrap().get(&unit).copied().unwrap_or(Manner::Well);
        let values = |count: u16| -> Vec<u8> {
            if function <= 2 {
                let mut bits = vec![0; usize::from(count.div_ceil(8))];
                (0..count).filter(|i| (address + i) % 2 == 1).for_each(|i| bits[usize::from(i / 8)] |= 1 << (i % 8));
                bits
            } else {
                (0..count).flat_map(|i| (u16::from(unit) * 1000 + address + i).to_be_bytes()).collect()
            }
        };
        let data = match manner {
            Manner::Silent => continue,
            Manner::Short => values(count - 1),
            _ => values(count),
        };
        let mut pdu = vec![function, u8::try_from(data.len()).unwrap()];
        pdu.extend(data);
        match manner {
            Manner::Late(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            Manner::Exception(code) => pdu = vec![function | 0x80, code],
            Manner::Once(code) => {
                pdu = vec![function | 0x80, code];
                manners.lock().unwrap().insert(unit, Manner::Well);
            }
            Manner::Noise => request[2] = 0x77,
            _ => {}
        }
        let mut reply = request[..4].to_vec();
        reply.extend(u16::try_from(pdu.len() + 1).unwrap().to_be_bytes());
        reply.push(unit);
        reply.extend(pdu);
        if stream.write_all(&reply).await.is_err() {
            return;
        }
    }
}

fn hub(gateway: &Gateway) -> String {
    format!(
        r#"
        [[connection]]
        name = "rtu"
        protocol = "modbus-tcp"
        address = "127.0.0.1:{}"
        timeout = "300ms"
        retry_max = "1s"
        [[template]]
        name = "t"
        every = "100ms"
        [[template.point]]
        name = "level"
        modbus = {{ table = "input", address = 2, type = "u16", scale = 0.1, offset = 5.0 }}
        [[template.point]]
        name = "total"
        modbus = {{ table = "input", address = 4, type = "u32", order = "CDAB" }}
        [[template.point]]
        name = "open"
        modbus = {{ table = "coil", address = 7, type = "bit" }}
        "#,
        gateway.port
    )
}

/// Value of `level` of a unit that answers well.
fn level(unit: u16) -> f64 {
    f64::from(unit * 1000 + 2) * 0.1 + 5.0
}

#[tokio::test]
async fn values_come_scaled_and_with_one_time_of_receipt_a_request() {
    let gateway = Gateway::start().await;
    let folder = Folder::new(&hub(&gateway), "a,t,rtu,1,0\nb,t,rtu,1,100");
    let mut rig = Rig::start(&folder.load(), None);
    rig.link("rtu", true).await;
    let find = |name| folder.load().registry.find_point(name).unwrap();
    let (a_level, a_total, b_level) = (find("a/level"), find("a/total"), find("b/level"));
    let read = rig
        .wait("a whole read", |input| match input {
            Input::Samples(s) if s.iter().any(|s| s.point == a_level) => Some(s.clone()),
            _ => None,
        })
        .await;
    assert_eq!(read.iter().map(|s| s.point).collect::<Vec<_>>(), [a_level, a_total], "joined, and not with b far away");
    assert_eq!(read[0].value, level(1));
    assert_eq!(read[1].value, f64::from(1005u32 << 16 | 1004), "low word first");
    assert!(read.iter().all(|s| s.quality == Quality::Good && s.ts == read[0].ts && s.received == s.ts));
    assert_eq!(rig.sample_where("b", |s| s.point == b_level).await.value, f64::from(1102) * 0.1 + 5.0);
    assert_eq!(rig.sample("a/open").await.value, 1.0);
    let status = rig.links.statuses()[0].wire();
    assert_eq!((status.state.as_str(), status.assets, status.assets_up, status.errors), ("connected", 2, 2, 0));
    assert!(status.received > 2 && status.last_good_ms.is_some());
    rig.stop().await;
}

#[tokio::test]
async fn a_dead_unit_is_told_and_costs_its_neighbour_little() {
    let gateway = Gateway::start().await;
    gateway.behave(2, Manner::Silent);
    let folder = Folder::new(&hub(&gateway), "live,t,rtu,1,0\ndead,t,rtu,2,0");
    let mut rig = Rig::start(&folder.load(), None);
    rig.device("dead", false).await;
    let live = rig.site.registry.find_point("live/level").unwrap();
    let dead = rig.site.registry.find_point("dead/level").unwrap();
    let count = |inputs: &[Input], point| {
        let samples = inputs.iter().filter_map(|i| if let Input::Samples(s) = i { Some(s) } else { None });
        samples.flatten().filter(|s| s.point == point).count()
    };
    gateway.asked.lock().unwrap().clear();
    let inputs = rig.collect("the live unit", |inputs| count(inputs, live) >= 20).await;
    let probes = gateway.asked.lock().unwrap().get(&2).copied().unwrap_or(0);
    assert!(probes <= 5, "the dead unit was asked {probes} times");
    assert_eq!(count(&inputs, dead), 0);
    let down = |i: &Input| matches!(i, Input::Link { up: false, .. } | Input::Device { up: false, .. });
    assert!(!inputs.iter().any(down), "neither the link nor the neighbour is down");
    assert_eq!(rig.links.statuses()[0].wire().assets_up, 1);
    gateway.behave(2, Manner::Well);
    rig.device("dead", true).await;
    assert_eq!(rig.links.statuses()[0].wire().assets_up, 2);
    rig.stop().await;
}

#[tokio::test]
async fn refusals_are_bad_values_and_say_why() {
    let gateway = Gateway::start().await;
    for (unit, code) in [(1, 2), (2, 4), (3, 11)] {
        gateway.behave(unit, Manner::Exception(code));
    }
    let folder = Folder::new(&hub(&gateway), "one,t,rtu,1,0\ntwo,t,rtu,2,0\nthree,t,rtu,3,0");
    let mut rig = Rig::start(&folder.load(), None);
    for (point, reason) in [
        ("one/level", Reason::ConfigurationError),
        ("two/level", Reason::DeviceFailure),
        ("three/level", Reason::CommFailure),
    ] {
        let sample = rig.sample(point).await;
        assert!(sample.value.is_nan() && sample.quality == Quality::Bad(reason), "{point}: {sample:?}");
    }
    rig.device("three", false).await;
    assert_eq!(rig.links.statuses()[0].state(), LinkState::Connected);
    rig.stop().await;
}

#[tokio::test]
async fn a_busy_device_is_asked_again_and_never_reads_as_zero() {
    let gateway = Gateway::start().await;
    gateway.behave(1, Manner::Once(6));
    let folder = Folder::new(&hub(&gateway), "a,t,rtu,1,0");
    let mut rig = Rig::start(&folder.load(), None);
    let sample = rig.sample("a/level").await;
    assert_eq!((sample.value, sample.quality), (level(1), Quality::Good));
    gateway.behave(1, Manner::Exception(6));
    let sample = rig.sample_where("busy for long", |s| s.quality != Quality::Good).await;
    assert!(sample.value.is_nan() && sample.quality == Quality::Bad(Reason::CommFailure));
    rig.stop().await;
}

#[tokio::test]
async fn garbled_answers_are_bad_and_the_next_good_one_heals() {
    let gateway = Gateway::start().await;
    let folder = Folder::new(&hub(&gateway), "a,t,rtu,1,0");
    let mut rig = Rig::start(&folder.load(), None);
    for manner in [Manner::Short, Manner::Noise] {
        rig.sample_where("a good value", |s| s.quality == Quality::Good).await;
        let before = gateway.accepted();
        gateway.behave(1, manner);
        let sample = rig.sample_where("a bad value", |s| s.quality != Quality::Good).await;
        assert!(sample.value.is_nan() && sample.quality == Quality::Bad(Reason::BadReply), "{manner:?}");
        until("a new connection", || gateway.accepted() > before).await;
        gateway.behave(1, Manner::Well);
    }
    assert_eq!(
        rig.sample_where("healed", |s| s.quality == Quality::Good).await.delivery,
        linepack_core::Delivery::Live
    );
    assert!(rig.links.statuses()[0].wire().errors >= 2);
    rig.stop().await;
}

#[tokio::test]
async fn a_late_answer_is_never_taken_for_anothers() {
    let gateway = Gateway::start().await;
    gateway.behave(1, Manner::Late(400));
    let folder = Folder::new(&hub(&gateway), "slow,t,rtu,1,0\nquick,t,rtu,2,0");
    let mut rig = Rig::start(&folder.load(), None);
    let quick = rig.site.registry.find_point("quick/level").unwrap();
    for _ in 0..10 {
        let sample = rig.sample_where("the quick unit", |s| s.point == quick).await;
        assert!(sample.value == level(2) && sample.quality == Quality::Good, "{sample:?}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_dead_gateway_is_told_at_once_and_found_again() {
    let mut gateway = Gateway::start().await;
    let folder = Folder::new(&hub(&gateway), "a,t,rtu,1,0");
    let mut rig = Rig::start(&folder.load(), None);
    rig.sample("a/level").await;
    gateway.stop();
    rig.link("rtu", false).await;
    let status = rig.links.statuses()[0].wire();
    assert_eq!(status.state, "waiting");
    assert!(status.detail.contains("cannot connect to 127.0.0.1"), "{}", status.detail);
    gateway.resume().await;
    rig.link("rtu", true).await;
    assert_eq!(rig.sample("a/level").await.value, level(1));
    rig.stop().await;
}

#[tokio::test]
async fn a_gateway_behind_which_nobody_answers_is_told_as_one_dead_link() {
    let gateway = Gateway::start().await;
    let folder = Folder::new(&hub(&gateway), "a,t,rtu,1,0\nb,t,rtu,2,0\nc,t,rtu,3,0");
    let mut rig = Rig::start(&folder.load(), None);
    rig.sample("c/level").await;
    for unit in 1..=3 {
        gateway.behave(unit, Manner::Silent);
    }
    rig.link("rtu", false).await;
    let status = rig.links.statuses()[0].wire();
    assert_eq!((status.state.as_str(), status.detail.as_str()), ("waiting", "connected, but no unit answers"));
    gateway.behave(2, Manner::Well);
    rig.link("rtu", true).await;
    assert_eq!(rig.sample("b/level").await.value, level(2));
    assert_eq!(rig.links.statuses()[0].state(), LinkState::Connected);
    rig.stop().await;
}

#[tokio::test]
async fn a_link_that_never_connects_is_told_as_down() {
    let gateway = Gateway::start().await;
    let text = hub(&gateway);
    drop(gateway);
    let mut rig = Rig::start(&Folder::new(&text, "a,t,rtu,1,0").load(), None);
    rig.link("rtu", false).await;
    rig.stop().await;
}

#[tokio::test]
async fn a_reload_keeps_the_connection_and_takes_the_new_numbers() {
    let gateway = Gateway::start().await;
    let folder = Folder::new(&hub(&gateway), "b,t,rtu,2,0");
    let mut rig = Rig::start(&folder.load(), None);
    rig.sample("b/level").await;
    folder.write_assets("a,t,rtu,1,0\nb,t,rtu,2,0");
    rig.reload(&folder.load()).await;
    let (a, b) = (rig.sample("a/level").await, rig.sample("b/level").await);
    assert_eq!((a.value, b.value), (level(1), level(2)));
    assert_eq!(gateway.accepted(), 1);
    // Another address is another connection.
    let other = Gateway::start().await;
    folder.write("hub.toml", &hub(&other));
    rig.reload(&folder.load()).await;
    until("the other gateway is used", || other.accepted() == 1).await;
    rig.sample("a/level").await;
    // A link that is gone is silent, and not shown.
    folder.write_assets("a,t,,,");
    folder.write("hub.toml", hub(&other).replace("rtu", "elsewhere").as_str());
    rig.reload(&folder.load()).await;
    assert_eq!(rig.links.statuses().iter().map(|s| s.wire().name).collect::<Vec<_>>(), ["elsewhere"]);
    rig.stop().await;
}
