//! A Modbus device of tests, over TCP, RTU in TCP, or a serial line, that does what a rule says.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::JoinSet;

/// What the device does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reaction {
    /// Answers with this PDU.
    Answer(Vec<u8>),
    /// The same, later.
    After(Duration, Vec<u8>),
    /// Answers with these bytes as they are.
    Raw(Vec<u8>),
    /// Says nothing.
    Silence,
    /// Closes the connection.
    Close,
}

/// Unit and PDU to what follows.
pub(crate) type Rule = Arc<dyn Fn(u8, &[u8]) -> Reaction + Send + Sync>;

/// A running device.
pub(crate) struct Slave {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    _running: JoinSet<()>,
}

struct Shared {
    rule: Mutex<Rule>,
    seen: Mutex<Vec<(u8, Vec<u8>)>>,
    accepted: AtomicUsize,
    outstanding: AtomicUsize,
    most_outstanding: AtomicUsize,
}

impl Shared {
    fn new(rule: Rule) -> Arc<Self> {
        Arc::new(Self {
            rule: Mutex::new(rule),
            seen: Mutex::default(),
            accepted: AtomicUsize::new(0),
            outstanding: AtomicUsize::new(0),
            most_outstanding: AtomicUsize::new(0),
        })
    }

    fn react(&self, unit: u8, pdu: &[u8]) -> Reaction {
        self.seen.lock().unwrap().push((unit, pdu.to_vec()));
        let rule = self.rule.lock().unwrap().clone();
        rule(unit, pdu)
    }
}

impl Slave {
    /// Modbus TCP; answers as soon as each is due, so maybe out of order.
    pub(crate) async fn tcp(rule: impl Fn(u8, &[u8]) -> Reaction + Send + Sync + 'static) -> Self {
        Self::start(Arc::new(rule), false).await
    }

    /// RTU frames in TCP.
    pub(crate) async fn rtu(rule: impl Fn(u8, &[u8]) -> Reaction + Send + Sync + 'static) -> Self {
        Self::start(Arc::new(rule), true).await
    }

    async fn start(rule: Rule, rtu: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared::new(rule);
        let mut running = JoinSet::new();
        let all = shared.clone();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                all.accepted.fetch_add(1, Ordering::SeqCst);
                let shared = all.clone();
                if rtu {
                    connections.spawn(async move { serve_rtu(stream, &shared).await });
                } else {
                    connections.spawn(serve_tcp(stream, shared));
                }
            }
        });
        Self { address, shared, _running: running }
    }

    /// RTU on the far end of a serial line.
    pub(crate) fn serial(
        line: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        rule: impl Fn(u8, &[u8]) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared::new(Arc::new(rule));
        let mut running = JoinSet::new();
        let all = shared.clone();
        running.spawn(async move { serve_rtu(line, &all).await });
        Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), shared, _running: running }
    }

    pub(crate) fn behave(&self, rule: impl Fn(u8, &[u8]) -> Reaction + Send + Sync + 'static) {
        *self.shared.rule.lock().unwrap() = Arc::new(rule);
    }

    /// Requests since the last call: unit and PDU.
    pub(crate) fn take_seen(&self) -> Vec<(u8, Vec<u8>)> {
        std::mem::take(&mut *self.shared.seen.lock().unwrap())
    }

    /// How many requests there were since they were taken last.
    pub(crate) fn seen(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    pub(crate) fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Most requests that were out at once.
    pub(crate) fn most_outstanding(&self) -> usize {
        self.shared.most_outstanding.load(Ordering::SeqCst)
    }
}

async fn serve_tcp(stream: tokio::net::TcpStream, shared: Arc<Shared>) {
    let (mut read, write) = stream.into_split();
    let write = Arc::new(AsyncMutex::new(write));
    let mut answers = JoinSet::new();
    let mut header = [0; 7];
    while read.read_exact(&mut header).await.is_ok() {
        let mut pdu = vec![0; usize::from(u16::from_be_bytes([header[4], header[5]])) - 1];
        if read.read_exact(&mut pdu).await.is_err() {
            return;
        }
        let reaction = shared.react(header[6], &pdu);
        if matches!(reaction, Reaction::Close) {
            return;
        }
        let now = shared.outstanding.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most_outstanding.fetch_max(now, Ordering::SeqCst);
        let (write, shared) = (write.clone(), shared.clone());
        answers.spawn(async move {
            let (wait, pdu) = match reaction {
                Reaction::Answer(pdu) => (Duration::ZERO, pdu),
                Reaction::After(wait, pdu) => (wait, pdu),
                Reaction::Raw(bytes) => {
                    let _ = write.lock().await.write_all(&bytes).await;
                    (Duration::ZERO, Vec::new())
                }
                Reaction::Silence | Reaction::Close => (Duration::ZERO, Vec::new()),
            };
            tokio::time::sleep(wait).await;
            shared.outstanding.fetch_sub(1, Ordering::SeqCst);
            if pdu.is_empty() {
                return;
            }
            let mut frame = header[..4].to_vec();
            frame.extend(u16::try_from(pdu.len() + 1).unwrap().to_be_bytes());
            frame.push(header[6]);
            frame.extend(pdu);
            let _ = write.lock().await.write_all(&frame).await;
        });
    }
}

async fn serve_rtu(mut line: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared) {
    let mut head = [0; 8];
    while line.read_exact(&mut head).await.is_ok() {
        let mut frame = head.to_vec();
        if matches!(head[1], 15 | 16) {
            let mut rest = vec![0; usize::from(head[6]) + 1];
            if line.read_exact(&mut rest).await.is_err() {
                return;
            }
            frame.extend(rest);
        }
        let end = frame.len() - 2;
        assert_eq!(crc(&frame[..end]), frame[end..], "a request with a right checksum: {frame:02x?}");
        let pdu = match shared.react(frame[0], &frame[1..end]) {
            Reaction::Answer(pdu) => pdu,
            Reaction::After(wait, pdu) => {
                tokio::time::sleep(wait).await;
                pdu
            }
            Reaction::Raw(bytes) => {
                let _ = line.write_all(&bytes).await;
                continue;
            }
            Reaction::Silence => continue,
            Reaction::Close => return,
        };
        let mut answer = vec![frame[0]];
        answer.extend(pdu);
        let sum = crc(&answer);
        answer.extend(sum);
        if line.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// CRC-16 of Modbus, bit by bit as the specification's flow chart has it.
pub(crate) fn crc(bytes: &[u8]) -> [u8; 2] {
    let mut crc = 0xFFFFu16;
    for byte in bytes {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
        }
    }
    crc.to_le_bytes()
}

/// First address and count (or value) of a request; what has none counts from 0.
pub(crate) fn fields(pdu: &[u8]) -> (u16, u16) {
    if pdu.len() < 5 {
        return (0, 0);
    }
    (u16::from_be_bytes([pdu[1], pdu[2]]), u16::from_be_bytes([pdu[3], pdu[4]]))
}

pub(crate) fn exception(pdu: &[u8], code: u8) -> Reaction {
    Reaction::Answer(vec![pdu[0] | 0x80, code])
}

/// The answer to a read of registers or bits, each as the closure says.
pub(crate) fn read(pdu: &[u8], value: impl Fn(u16) -> u16) -> Vec<u8> {
    let (start, count) = fields(pdu);
    let all = (0..count).map(|i| value(start + i));
    let data: Vec<u8> = if pdu[0] <= 2 {
        let bits: Vec<u16> = all.collect();
        bits.chunks(8).map(|b| b.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit != 0))).collect()
    } else {
        all.flat_map(u16::to_be_bytes).collect()
    };
    let mut answer = vec![pdu[0], u8::try_from(data.len()).unwrap()];
    answer.extend(data);
    answer
}
