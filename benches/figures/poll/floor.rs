//! Bare loops: request, answer, a sum over the registers. No schedule, no values, nobody to hand them to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{REGISTERS, SECONDS, Speed, WARM, cpu_s};

/// One connection to the unit that answers at once.
struct Asker {
    stream: TcpStream,
    answer: [u8; 9 + 2 * REGISTERS],
    sum: u64,
}

impl Asker {
    async fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, answer: [0; 9 + 2 * REGISTERS], sum: 0 }
    }

    async fn ask(&mut self) {
        self.stream.write_all(&[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, REGISTERS as u8]).await.expect("sent");
        self.stream.read_exact(&mut self.answer).await.expect("answered");
        let words = self.answer[9..].chunks_exact(2).map(|w| u64::from(u16::from_be_bytes([w[0], w[1]])));
        self.sum = std::hint::black_box(words.fold(self.sum, |s, w| s + w));
    }
}

/// As fast as it goes.
pub(super) async fn full_speed(port: u16, connections: usize) -> Speed {
    let done = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let done = done.clone();
        tasks.spawn(async move {
            let mut asker = Asker::connect(port).await;
            loop {
                asker.ask().await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tokio::time::sleep(WARM).await;
    measured(&done, SECONDS).await
}

/// Each once a second, two hundred at a time, until it is dropped.
pub(super) struct OnceASecond {
    tasks: JoinSet<()>,
    done: Arc<AtomicU64>,
}

impl OnceASecond {
    pub(super) fn start(port: u16, connections: usize) -> Self {
        let (done, mut tasks) = (Arc::new(AtomicU64::new(0)), JoinSet::new());
        let begin = tokio::time::Instant::now() + WARM;
        for n in 0..connections {
            let done = done.clone();
            tasks.spawn(async move {
                let mut asker = Asker::connect(port).await;
                let phase = Duration::from_millis(20) * (n % 50) as u32;
                let mut turns = tokio::time::interval_at(begin + phase, Duration::from_secs(1));
                loop {
                    turns.tick().await;
                    asker.ask().await;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { tasks, done }
    }

    /// Requests answered so far.
    pub(super) fn answers(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(super) async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn measured(done: &AtomicU64, seconds: u64) -> Speed {
    let (before, cpu, begin) = (done.load(Ordering::Relaxed), cpu_s(std::process::id()), Instant::now());
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let passed = begin.elapsed().as_secs_f64();
    let cores = (cpu_s(std::process::id()) - cpu) / passed;
    Speed { requests: (done.load(Ordering::Relaxed) - before) as f64 / passed, values: 0.0, cores }
}
