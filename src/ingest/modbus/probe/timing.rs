//! How fast the device answers, how much it gives at once, and what it cannot stand.

use std::time::Duration;

use serde::Serialize;

use super::ask::{Line, Outcome};
use super::report::Found;
use super::scan::runs;
use crate::site::{ModbusSettings, ModbusTransport};

/// Reads that are timed.
const SAMPLES: usize = 50;
/// Rests that are tried until none of the reads fails.
const RESTS: [u64; 5] = [0, 10, 20, 50, 100];

/// The device's manners.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Timing {
    /// Median of the round trip, milliseconds.
    pub(crate) p50_ms: f64,
    /// Of a hundred reads one takes longer, milliseconds.
    pub(crate) p99_ms: f64,
    /// Registers (bits where there are no registers) that one read may hold, as far as the map allowed to try.
    pub(crate) longest_read: u16,
    /// The map has no longer run: the device may allow more.
    pub(crate) longest_is_the_map: bool,
    /// Whether several requests may be out; unknown on RTU.
    pub(crate) pipelining: Option<bool>,
    /// Shortest rest between requests that it stands; none: not even the longest tried.
    pub(crate) pause_ms: Option<u64>,
}

/// Measures on what the scan found; none where nothing answers.
pub(super) async fn measure(
    line: &mut Line,
    settings: &ModbusSettings,
    tables: &[Found],
) -> Result<Option<Timing>, String> {
    let runs =
        tables.iter().flat_map(|t| runs(&t.values).into_iter().map(move |(start, count)| (t.table, start, count)));
    let Some((table, start, run)) = runs.max_by_key(|(table, _, count)| (!table.is_bits(), *count)) else {
        return Ok(None);
    };
    let mut timing = Timing::default();
    let limit = if table.is_bits() { 2000 } else { 125 };
    (timing.longest_read, timing.longest_is_the_map) = {
        let most = run.min(limit);
        let (mut good, mut bad) = (0, most + 1);
        let mut next = most;
        while good + 1 < bad {
            match line.once(table, start, next).await? {
                (Outcome::Data(_), _) => good = next,
                _ => bad = next,
            }
            next = good + (bad - good) / 2;
        }
        (good, good == most && most < limit)
    };
    for rest in RESTS {
        line.rest(Duration::from_millis(rest));
        let mut times = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            let (outcome, time) = line.once(table, start, 1).await?;
            if matches!(outcome, Outcome::Data(_)) {
                times.push(time);
            }
        }
        times.sort_unstable();
        let ms = |share: f64| {
            let at = (times.len() as f64 * share) as usize;
            times.get(at.min(times.len().saturating_sub(1))).map_or(f64::NAN, |t| t.as_secs_f64() * 1000.0)
        };
        (timing.p50_ms, timing.p99_ms) = (ms(0.5), ms(0.99));
        if times.len() == SAMPLES {
            timing.pause_ms = Some(rest);
            break;
        }
    }
    if settings.transport == ModbusTransport::Tcp {
        let answered = line.together(table, start, 4).await;
        timing.pipelining = Some(matches!(answered, Ok(4)));
        if answered.is_err() {
            line.renew().await?;
        }
    }
    Ok(Some(timing))
}
