//! Many slaves, few polls each: what counts is what a poll costs whose link was not looked at for a second.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::floor::OnceASecond;
use super::{REGISTERS, Running, Slaves, connection, round, template, user_and_kernel_s};

const SLAVES: usize = 10_000;
const TURNS: usize = 3;
/// Until all are connected and none is asked for the first time.
const SETTLE: Duration = Duration::from_secs(15);
const MEASURED: Duration = Duration::from_secs(20);

/// `LINEPACK_BENCH_SLAVES=1000`: so many instead of ten thousand.
pub(crate) async fn run() {
    let asked = std::env::var("LINEPACK_BENCH_SLAVES").ok();
    let count = asked.map_or(SLAVES, |n| n.parse().expect("a number of slaves"));
    let slaves = Slaves::start().await;
    for _ in 0..TURNS {
        println!("{}", floor(&slaves, count).await);
        println!("{}", hub(&slaves, count).await);
    }
    slaves.stop().await;
}

async fn floor(slaves: &Slaves, count: usize) -> Value {
    let loops = OnceASecond::start(slaves.port, count);
    tokio::time::sleep(SETTLE).await;
    let before = loops.answers();
    let told = Cost::measure().await;
    let answers = loops.answers() - before;
    loops.stop().await;
    told.add(answers, json!({"bench": "poll_1hz_floor", "slaves": count, "registers": REGISTERS}))
}

async fn hub(slaves: &Slaves, count: usize) -> Value {
    // unit 1 answers, unit 2 never, unit 3 after half a second
    let unit = |c: usize| match c % 100 {
        50 => 2,
        51 => 3,
        _ => 1,
    };
    let mut hub: String = (0..count).map(|c| connection(c, slaves.port)).collect();
    hub += &template("1s");
    let assets: String = (0..count).map(|c| format!("a{c},t,c{c},{},0,106.5,29.5\n", unit(c))).collect();
    let rss_before = rss_mib();
    let begin = Instant::now();
    let running = Running::start(&hub, &assets);
    let started = begin.elapsed();
    tokio::time::sleep(SETTLE).await;
    slaves.reset().await;
    let before = running.answers();
    let told = Cost::measure().await;
    let seen = slaves.report().await;
    let answers = running.answers() - before;
    let rss = rss_mib() - rss_before;
    running.stop().await;
    told.add(
        answers,
        json!({"bench": "poll_1hz", "slaves": count, "dead_percent": 1, "slow_percent": 1, "registers": REGISTERS,
            "slaves_cores": seen["cores"], "jitter_p50_ms": seen["jitter_p50_ms"], "jitter_p99_ms": seen["jitter_p99_ms"],
            "jitter_max_ms": seen["jitter_max_ms"], "good_polls": seen["intervals"], "good_polls_missing": seen["missing"],
            "start_ms": started.as_millis() as u64, "rss_mib": rss.round()}),
    )
}

/// What this program took from the machine.
struct Cost {
    seconds: f64,
    user: f64,
    kernel: f64,
}

impl Cost {
    async fn measure() -> Self {
        let (before, begin) = (user_and_kernel_s(std::process::id()), Instant::now());
        tokio::time::sleep(MEASURED).await;
        let after = user_and_kernel_s(std::process::id());
        Self { seconds: begin.elapsed().as_secs_f64(), user: after.0 - before.0, kernel: after.1 - before.1 }
    }

    /// To a line about so many answers.
    fn add(&self, answers: u64, mut line: Value) -> Value {
        let all = self.user + self.kernel;
        line["tx_per_s"] = json!((answers as f64 / self.seconds).round());
        line["cores"] = json!(round(all / self.seconds));
        line["kernel_cores"] = json!(round(self.kernel / self.seconds));
        line["us_a_request"] = json!(round(1e6 * all / answers as f64));
        line
    }
}

fn rss_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("proc");
    let line = status.lines().find(|l| l.starts_with("VmRSS")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("kB") / 1024.0
}
