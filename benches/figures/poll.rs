//! Modbus polling: the links of a site against slaves in a process of their own, beside a bare loop in the same run.
//!
//! `poll`: 100 slaves, 125 registers a read, one request out, as fast as it goes; `poll-1hz`: 10,000 slaves once a second,
//! one in a hundred dead, one in a hundred slow. The engine is a drain: what is measured ends where values are handed over.

mod floor;
mod scan;
mod slaves;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use linepack::clock::Clock;
use linepack::engine::EngineHandle;
use linepack::ingest::{DeadLetters, Links, start};
use linepack::lifecycle::Tasks;
use linepack::site::Site;
use linepack_core::{Input, Ts};
use serde_json::json;

pub(crate) use scan::run as run_scan;
use slaves::Slaves;
pub(crate) use slaves::serve;

/// Length of each measurement, and how many there are of each.
const SECONDS: u64 = 5;
const TURNS: usize = 5;
const WARM: Duration = Duration::from_secs(2);
/// Registers a read.
const REGISTERS: usize = 125;

pub(crate) async fn run() {
    let slaves = Slaves::start().await;
    // in turn, because the machine's speed changes over a minute
    let (mut floors, mut hubs) = (vec![], vec![]);
    for _ in 0..TURNS {
        floors.push(floor::full_speed(slaves.port, 100).await);
        hubs.push(full_speed(&slaves, 100).await);
    }
    let told = |all: &[Speed]| all.iter().map(|s| s.requests.round()).collect::<Vec<_>>();
    let (least, hub) = (median(&floors), median(&hubs));
    println!(
        "{}",
        json!({"bench": "poll_floor", "slaves": 100, "registers": REGISTERS, "tx_per_s": least.requests.round(),
            "cores": round(least.cores), "us_a_request": round(1e6 * least.cores / least.requests), "turns": told(&floors)})
    );
    println!(
        "{}",
        json!({"bench": "poll", "slaves": 100, "registers": REGISTERS, "outstanding": 1, "tx_per_s": hub.requests.round(),
            "registers_per_s": (hub.requests * REGISTERS as f64).round(), "values_per_s": hub.values.round(),
            "cores": round(hub.cores), "us_a_request": round(1e6 * hub.cores / hub.requests),
            "of_floor": round(hub.requests / least.requests), "turns": told(&hubs)})
    );
    slaves.stop().await;
}

/// What a loop does in a second.
#[derive(Clone, Copy)]
struct Speed {
    requests: f64,
    values: f64,
    cores: f64,
}

fn median(all: &[Speed]) -> Speed {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| a.requests.total_cmp(&b.requests));
    sorted[sorted.len() / 2]
}

fn round(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

struct Running {
    links: Links,
    tasks: Tasks,
    values: Arc<AtomicU64>,
    _dir: tempfile::TempDir,
}

impl Running {
    fn start(hub: &str, assets: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        write(dir.path(), hub, assets);
        let site =
            Arc::new(Site::load(dir.path(), Ts(1_795_305_600_000)).unwrap_or_else(|e| panic!("{:?}", e.first())).0);
        let (engine, mut mails, _) = EngineHandle::channel(10_000, 10);
        let tasks = Tasks::new();
        let values = Arc::new(AtomicU64::new(0));
        let count = values.clone();
        tokio::task::spawn(async move {
            while let Some(mail) = mails.recv().await {
                if let Input::Samples(samples) = mail.input {
                    count.fetch_add(samples.len() as u64, Ordering::Relaxed);
                }
            }
        });
        let links = start(&site, engine, Clock::System, DeadLetters::default(), &tasks, None);
        Self { links, tasks, values, _dir: dir }
    }

    /// Answered requests so far.
    fn answers(&self) -> u64 {
        self.links.statuses().iter().map(|s| s.wire().received).sum()
    }

    async fn stop(self) {
        self.tasks.finish(Duration::from_secs(10)).await.expect("stopped in good order");
    }
}

fn write(dir: &Path, hub: &str, assets: &str) {
    std::fs::write(dir.join("hub.toml"), format!("[hub]\nname = \"Bench\"\n{hub}")).expect("hub.toml");
    let head = "id,template,connection,unit_id,address_offset,lon,lat\n";
    std::fs::write(dir.join("assets.csv"), format!("{head}{assets}")).expect("assets.csv");
    std::fs::write(dir.join("crews.csv"), "id,base_lon,base_lat\n").expect("crews.csv");
}

/// A template whose points take one read of 125 registers.
fn template(every: &str) -> String {
    let mut text = format!("[[template]]\nname = \"t\"\nevery = \"{every}\"\n");
    for p in 0..62 {
        let _ = write!(
            text,
            "[[template.point]]\nname = \"p{p}\"\nmodbus = {{ table = \"holding\", address = {}, type = \"f32\" }}\n",
            2 * p
        );
    }
    text + "[[template.point]]\nname = \"last\"\nmodbus = { table = \"holding\", address = 124, type = \"u16\" }\n"
}

fn connection(name: usize, port: u16) -> String {
    format!("[[connection]]\nname = \"c{name}\"\nprotocol = \"modbus-tcp\"\naddress = \"127.0.0.1:{port}\"\n")
}

/// Of the site's links.
async fn full_speed(slaves: &Slaves, connections: usize) -> Speed {
    // twenty units a connection, each due every 10 ms: more than can be asked
    let mut hub: String = (0..connections).map(|c| connection(c, slaves.port)).collect();
    hub += &template("10ms");
    let assets: String = (0..connections)
        .flat_map(|c| (10..30).map(move |unit| format!("a{c}-{unit},t,c{c},{unit},0,106.5,29.5\n")))
        .collect();
    let running = Running::start(&hub, &assets);
    tokio::time::sleep(WARM).await;
    let (before, values, cpu, begin) =
        (running.answers(), running.values.load(Ordering::Relaxed), cpu_s(std::process::id()), Instant::now());
    tokio::time::sleep(Duration::from_secs(SECONDS)).await;
    let passed = begin.elapsed().as_secs_f64();
    let after = running.answers();
    let values = running.values.load(Ordering::Relaxed) - values;
    let cores = (cpu_s(std::process::id()) - cpu) / passed;
    running.stop().await;
    Speed { requests: (after - before) as f64 / passed, values: values as f64 / passed, cores }
}

/// Processor seconds a process has used.
pub(crate) fn cpu_s(pid: u32) -> f64 {
    let (user, kernel) = user_and_kernel_s(pid);
    user + kernel
}

/// The same, its own work and the kernel's for it.
fn user_and_kernel_s(pid: u32) -> (f64, f64) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("proc");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    // in ticks of 10 ms
    let seconds = |field: usize| fields[field].parse::<f64>().expect("ticks") / 100.0;
    (seconds(11), seconds(12))
}
