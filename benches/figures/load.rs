//! A cheap MQTT publisher: messages made beforehand, a raw socket, an open loop. Each value is the moment it was due.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::stats::now_us;

/// Stamps have ten digits for the first two and a half hours of a run.
pub(crate) const STAMP: u64 = 1_000_000_000;
/// Most bytes of one write.
const WRITE: usize = 64 << 10;

/// What is published, in turn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// `…/a3/p1`, a number.
    Value,
    /// `…/a3`, all points of the asset in one object.
    Asset,
}

/// A message, and where its stamps go.
struct Message {
    bytes: Vec<u8>,
    stamps: Vec<usize>,
}

/// A running load.
pub(crate) struct Load {
    /// The moment stamps count from, microseconds since the epoch.
    pub(crate) base: u64,
    sent: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // one that failed has said so
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// What is to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) port: u16,
    pub(crate) shape: Shape,
    pub(crate) assets: usize,
    pub(crate) points: usize,
    /// Messages a second.
    pub(crate) rate: u64,
}

impl Load {
    /// Stamps count from now.
    pub(crate) fn start(plan: Plan) -> Load {
        Self::counting_from(plan, 0)
    }

    /// Stamps count from the last full thousand seconds, so that programs that know nothing of each other agree.
    pub(crate) fn stamped(plan: Plan) -> Load {
        Self::counting_from(plan, now_us() % 1_000_000_000)
    }

    fn counting_from(plan: Plan, offset: u64) -> Load {
        let messages = messages(&plan);
        let mut socket = connect(plan.port, "load");
        // a broker that takes nothing for so long has failed
        socket.set_write_timeout(Some(Duration::from_secs(10))).expect("a limit");
        let (sent, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let base = now_us();
        let thread = std::thread::spawn({
            let (sent, stop) = (sent.clone(), stop.clone());
            move || {
                let mut out = Vec::with_capacity(WRITE + 1024);
                let mut n = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    let due = (now_us() - base) * plan.rate / 1_000_000;
                    while n < due {
                        out.clear();
                        while n < due && out.len() < WRITE {
                            let message = &messages[(n % messages.len() as u64) as usize];
                            let at = out.len();
                            out.extend_from_slice(&message.bytes);
                            let due_us = n * 1_000_000 / plan.rate;
                            let stamp = if offset > 0 { (offset + due_us) % 1_000_000_000 } else { due_us };
                            let digits = (STAMP + stamp).to_string();
                            for stamp in &message.stamps {
                                out[at + stamp..at + stamp + 10].copy_from_slice(digits.as_bytes());
                            }
                            n += 1;
                        }
                        if socket.write_all(&out).is_err() {
                            return;
                        }
                        sent.store(n, Ordering::Relaxed);
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                    }
                    pause(Duration::from_micros(500));
                }
            }
        });
        Load { base, sent, stop, thread: Some(thread) }
    }

    /// Ends the load; messages sent.
    pub(crate) fn finish(self) -> u64 {
        let sent = self.sent.clone();
        drop(self);
        sent.load(Ordering::Relaxed)
    }

    /// Messages sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// A thread of the measuring program may sleep.
pub(crate) fn pause(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a thread of its own that keeps a pace")]
    std::thread::sleep(time);
}

/// A connection to a broker, accepted.
pub(crate) fn connect(port: u16, client: &str) -> TcpStream {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("the broker is there");
    socket.set_nodelay(true).expect("nodelay");
    let mut packet = vec![0x10, 12 + client.len() as u8, 0, 4];
    // version 4, clean session, no keep-alive
    packet.extend_from_slice(b"MQTT\x04\x02\x00\x00\x00");
    packet.push(client.len() as u8);
    packet.extend_from_slice(client.as_bytes());
    socket.write_all(&packet).expect("connect");
    let mut answer = [0; 4];
    socket.read_exact(&mut answer).expect("an answer");
    assert_eq!(answer[3], 0, "the broker accepts");
    socket
}

/// A PUBLISH packet; QoS 1 when it has a packet number.
pub(crate) fn publish(topic: &str, payload: &[u8], id: Option<u16>) -> Vec<u8> {
    let mut rest = Vec::with_capacity(topic.len() + payload.len() + 4);
    rest.extend_from_slice(&(topic.len() as u16).to_be_bytes());
    rest.extend_from_slice(topic.as_bytes());
    if let Some(id) = id {
        rest.extend_from_slice(&id.to_be_bytes());
    }
    rest.extend_from_slice(payload);
    let mut packet = vec![if id.is_some() { 0x32 } else { 0x30 }];
    let mut left = rest.len();
    loop {
        let byte = (left % 128) as u8;
        left /= 128;
        packet.push(if left > 0 { byte | 0x80 } else { byte });
        if left == 0 {
            break;
        }
    }
    packet.extend_from_slice(&rest);
    packet
}

/// The asset of the n-th message of a round: neighbours on the map do not report one after the other.
pub(crate) fn asset_at(n: usize, assets: usize) -> usize {
    // a prime that divides none of the numbers of assets used
    n * 7_919 % assets
}

fn messages(plan: &Plan) -> Vec<Message> {
    const MARK: &str = "@@@@@@@@@@";
    let make = |topic: &str, payload: &str| {
        let bytes = publish(topic, payload.as_bytes(), None);
        let stamps = bytes.windows(10).enumerate().filter(|(_, w)| *w == MARK.as_bytes()).map(|(at, _)| at).collect();
        Message { bytes, stamps }
    };
    match plan.shape {
        Shape::Asset => {
            let values: Vec<_> = (0..plan.points).map(|p| format!("\"p{p}\":{MARK}")).collect();
            let payload = format!("{{\"values\":{{{}}}}}", values.join(","));
            (0..plan.assets)
                .map(|n| asset_at(n, plan.assets))
                .map(|a| make(&format!("linepack/v1/telemetry/a{a}"), &payload))
                .collect()
        }
        Shape::Value => (0..plan.points)
            .flat_map(|p| (0..plan.assets).map(move |a| (a, p)))
            .map(|(a, p)| make(&format!("linepack/v1/telemetry/a{a}/p{p}"), MARK))
            .collect(),
    }
}
