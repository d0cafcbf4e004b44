//! The slaves, in a process of their own so that their work is not counted as the poller's: this program started again.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex as AsyncMutex;

/// The interval the poller should keep.
const EVERY: Duration = Duration::from_secs(1);

/// The running slaves.
pub(crate) struct Slaves {
    child: Child,
    pub(crate) port: u16,
    ends: AsyncMutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
}

impl Slaves {
    pub(crate) async fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .arg("poll-slaves")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let stdin = child.stdin.take().expect("piped");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let port = lines.next_line().await.expect("a line").expect("a port").parse().expect("a port");
        Self { child, port, ends: AsyncMutex::new((stdin, lines)) }
    }

    /// Forgets what was seen.
    pub(crate) async fn reset(&self) {
        self.ask("reset").await;
    }

    /// What was seen since.
    pub(crate) async fn report(&self) -> Value {
        self.ask("report").await
    }

    async fn ask(&self, what: &str) -> Value {
        let mut ends = self.ends.lock().await;
        ends.0.write_all(format!("{what}\n").as_bytes()).await.expect("told");
        let line = ends.1.next_line().await.expect("a line").expect("an answer");
        serde_json::from_str(&line).expect("JSON")
    }

    pub(crate) async fn stop(mut self) {
        drop(self.ends);
        self.child.wait().await.expect("it ends");
    }
}

#[derive(Default)]
struct Seen {
    /// Deviations of the good slaves' intervals, microseconds.
    jitter: Vec<u64>,
    /// Polls of good slaves that did not come: whole intervals between two that did.
    missing: u64,
}

/// The slaves' own program: answers until stdin ends.
pub(crate) async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("a port").port());
    let seen = Arc::new(Mutex::new(Seen::default()));
    let all = seen.clone();
    tokio::task::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::task::spawn(slave(stream, all.clone()));
        }
    });
    tokio::task::spawn_blocking(move || answer_questions(&seen)).await.expect("answered");
}

/// `reset` and `report` on stdin, until it ends.
fn answer_questions(seen: &Mutex<Seen>) {
    let (mut cpu, mut begin) = (0.0, Instant::now());
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let now = super::cpu_s(std::process::id());
        if line == "reset" {
            let mut seen = seen.lock().expect("whole");
            (seen.jitter, seen.missing) = (Vec::new(), 0);
            (cpu, begin) = (now, Instant::now());
            println!("{{}}");
            continue;
        }
        let (mut jitter, missing) = {
            let mut seen = seen.lock().expect("whole");
            (std::mem::take(&mut seen.jitter), seen.missing)
        };
        jitter.sort_unstable();
        let ms = |share: f64| {
            let at = ((jitter.len() as f64 * share) as usize).min(jitter.len().saturating_sub(1));
            jitter.get(at).map(|us| *us as f64 / 1000.0)
        };
        let cores = (now - cpu) / begin.elapsed().as_secs_f64();
        println!(
            "{}",
            json!({"jitter_p50_ms": ms(0.5), "jitter_p99_ms": ms(0.99), "jitter_max_ms": ms(1.0), "intervals": jitter.len(),
                "missing": missing, "cores": (cores * 1000.0).round() / 1000.0})
        );
    }
}

/// Unit 2 never answers, unit 3 late, the others at once.
async fn slave(mut stream: TcpStream, seen: Arc<Mutex<Seen>>) {
    stream.set_nodelay(true).expect("no delay");
    let mut request = [0u8; 12];
    let mut answer = [0u8; 259];
    for (i, pair) in answer[9..].chunks_exact_mut(2).enumerate() {
        pair.copy_from_slice(&(0x4000 + i as u16).to_be_bytes());
    }
    let mut last: Option<Instant> = None;
    while stream.read_exact(&mut request).await.is_ok() {
        let bytes = 2 * usize::from(u16::from_be_bytes([request[10], request[11]])).min(125);
        match request[6] {
            1 => {
                let now = Instant::now();
                if let Some(before) = last.replace(now) {
                    let passed = now - before;
                    let mut seen = seen.lock().expect("whole");
                    seen.jitter.push(passed.abs_diff(EVERY).as_micros() as u64);
                    seen.missing += (passed.as_secs_f64() / EVERY.as_secs_f64()).round().max(1.0) as u64 - 1;
                }
            }
            2 => continue,
            3 => tokio::time::sleep(Duration::from_millis(500)).await,
            _ => {}
        }
        answer[..4].copy_from_slice(&request[..4]);
        answer[4..6].copy_from_slice(&(bytes as u16 + 3).to_be_bytes());
        answer[6..9].copy_from_slice(&[request[6], request[7], bytes as u8]);
        if stream.write_all(&answer[..9 + bytes]).await.is_err() {
            return;
        }
    }
}
