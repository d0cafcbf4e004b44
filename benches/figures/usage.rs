//! Processor time and memory of processes, out of `/proc`.

use std::fs::read_to_string;

/// Processor seconds a process has used.
pub(crate) fn cpu_s(pid: u32) -> f64 {
    let Ok(stat) = read_to_string(format!("/proc/{pid}/stat")) else { return 0.0 };
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    // utime and stime, in ticks of 10 ms
    (fields[11].parse::<f64>().expect("utime") + fields[12].parse::<f64>().expect("stime")) / 100.0
}

/// `VmRSS` (resident now) or `VmHWM` (most so far), MiB.
pub(crate) fn memory_mib(pid: u32, field: &str) -> f64 {
    let Ok(status) = read_to_string(format!("/proc/{pid}/status")) else { return 0.0 };
    let line = status.lines().find(|l| l.starts_with(field));
    let kb = line.and_then(|l| l.split_whitespace().nth(1)).and_then(|kb| kb.parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1024.0
}

/// Processor seconds the whole machine has used.
fn machine_s() -> f64 {
    let stat = read_to_string("/proc/stat").expect("proc");
    let fields = stat.lines().next().expect("a line").split_whitespace().skip(1);
    let ticks: Vec<f64> = fields.filter_map(|f| f.parse().ok()).collect();
    // without idle and iowait
    (ticks.iter().take(8).sum::<f64>() - ticks[3] - ticks[4]) / 100.0
}

/// Who used the processors between two moments, cores.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    hub: u32,
    own: Vec<u32>,
    began_us: u64,
    began: (f64, f64, f64),
}

/// What a [`Meter`] saw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pub(crate) hub: f64,
    /// Work that belongs to nobody in this run: figures with much of it are worth little.
    pub(crate) foreign: f64,
}

impl Meter {
    /// `others`: brokers and the like; this process is counted by itself.
    pub(crate) fn start(hub: u32, others: &[u32]) -> Self {
        let mut own = others.to_vec();
        own.push(std::process::id());
        let mut meter = Self { hub, own, began_us: crate::stats::now_us(), began: (0.0, 0.0, 0.0) };
        meter.began = meter.read();
        meter
    }

    fn read(&self) -> (f64, f64, f64) {
        (cpu_s(self.hub), self.own.iter().map(|&p| cpu_s(p)).sum(), machine_s())
    }

    pub(crate) fn cores(&self) -> Cores {
        let (hub, own, machine) = self.read();
        let s = (crate::stats::now_us() - self.began_us) as f64 / 1e6;
        let (hub, own, machine) = (hub - self.began.0, own - self.began.1, machine - self.began.2);
        Cores { hub: hub / s, foreign: ((machine - hub - own) / s).max(0.0) }
    }
}
