//! The figures of `docs/PERFORMANCE.md` that need the whole program: `cargo bench --bench figures [CASE …]`.
//!
//! `--smoke` takes two minutes; `LINEPACK_BENCH=full` runs each case as long as its workload says. One JSON line a case.
//! The program under test, the load and the broker share the machine: read ratios, not absolutes; `foreign_cores` says
//! how much of the machine others used. Needs Mosquitto.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measuring program: it prints, and stops at what it did not expect"
)]

mod alarm;
mod copy;
mod fanout;
mod faults;
mod floor;
mod history;
mod hub;
mod kpi;
mod load;
mod modbus;
mod mqtt;
mod node_red;
mod node_ws;
mod points;
mod poll;
#[path = "../../tests/it/harness/postgres.rs"]
mod postgres;
mod program;
#[path = "../../tests/it/store/site.rs"]
mod registry;
mod screens;
mod site;
mod size;
mod socket;
mod sparkplug;
mod start;
mod stats;
mod usage;
mod viewer;
mod wire;

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt;
use postgres::Postgres;

/// How much of each workload is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// `--smoke`: does it still work, and roughly as fast.
    Smoke,
    /// Minutes.
    Usual,
    /// As the workloads are defined.
    Full,
}

impl Extent {
    pub(crate) fn pick<T>(self, smoke: T, usual: T, full: T) -> T {
        match self {
            Self::Smoke => smoke,
            Self::Usual => usual,
            Self::Full => full,
        }
    }
}

/// A case of the smoke run that takes longer is stuck.
const CASE_LIMIT: Duration = Duration::from_secs(150);

/// One result.
pub(crate) fn say(line: &serde_json::Value) {
    println!("{line}");
}

/// Runs a case or a part of one in bounded time. What it did not expect is said, and does not cost the others.
pub(crate) async fn attempt(bench: &str, limit: Duration, work: impl Future<Output = ()>) {
    match tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => say(&serde_json::json!({"bench": bench, "failed": "stopped, see above"})),
        Err(_) => say(&serde_json::json!({"bench": bench, "failed": "took too long"})),
    }
}

type Running = Pin<Box<dyn Future<Output = ()>>>;

/// Name, what it measures, whether it is part of the smoke run, and how it is run.
type Case = (&'static str, &'static str, bool, fn(Extent) -> Running);

const CASES: &[Case] = &[
    ("mqtt", "publish → websocket frame, beside the least program", true, |e| Box::pin(mqtt::run(e))),
    ("alarm", "limit crossed → alarm on the socket", true, |_| Box::pin(alarm::run())),
    ("modbus", "register → frame", false, |_| Box::pin(modbus::run())),
    ("sparkplug", "Sparkplug payloads in memory → samples, on one core", true, |_| Box::pin(sparkplug::run())),
    ("wire", "MQTT messages in memory → samples, on one core", true, |e| Box::pin(wire::run(e))),
    ("poll", "Modbus scans: 100 slaves at full speed", false, |_| Box::pin(poll::run())),
    ("poll-1hz", "Modbus scans: 10,000 slaves once a second", false, |_| Box::pin(poll::run_scan())),
    ("main", "250,000 points every second, history and alarms on, a screen of all", true, |e| Box::pin(points::run(e))),
    ("fanout", "screens: 1,000 of the same, 10,000 with a view each", true, |e| Box::pin(fanout::run(e))),
    ("size", "memory and idle cost of 100,000 and a million points", false, |e| Box::pin(size::run(e))),
    ("site", "a site of 25,000 assets: `check`, and a reload under load", false, |e| Box::pin(site::run(e))),
    ("start", "process start → first live value on a screen", false, |e| Box::pin(start::run(e))),
    ("history", "samples → SQLite blocks, beside bare blocks; then questions of a screen", true, |e| {
        Box::pin(history::run(e))
    }),
    ("year", "a year of 1 Hz and of ten points every ten seconds; then questions of a screen", false, |e| {
        Box::pin(history::year::run(e))
    }),
    ("outage", "an hour of 50,000 samples a second while the database takes nothing", false, |e| {
        Box::pin(history::outage::run(e))
    }),
    (
        "kpi",
        "a million alarm transitions: the first question for their figures, the next, a month's report",
        false,
        |e| Box::pin(kpi::run(e)),
    ),
    ("copy", "history into PostgreSQL: the hub beside bare COPY", false, |e| Box::pin(copy::run(e))),
    ("faults", "overload, broker gone, database gone, disk full, kill -9", false, |e| Box::pin(faults::run(e))),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if floor::main(&args) {
        return;
    }
    let extent = if args.iter().any(|a| a == "--smoke") {
        Extent::Smoke
    } else if std::env::var("LINEPACK_BENCH").is_ok_and(|v| v == "full") {
        Extent::Full
    } else {
        Extent::Usual
    };
    let wanted: Vec<&String> = args.iter().filter(|a| !a.starts_with("--")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    if wanted.iter().any(|w| *w == "poll-slaves") {
        return runtime.block_on(poll::serve());
    }
    for (name, what, smoke, run) in CASES {
        let on = if wanted.is_empty() { extent != Extent::Smoke || *smoke } else { wanted.iter().any(|w| w == name) };
        if on {
            eprintln!("# {name}: {what}");
            runtime.block_on(attempt(name, CASE_LIMIT * extent.pick(1, 4, 60), run(extent)));
        }
    }
}
