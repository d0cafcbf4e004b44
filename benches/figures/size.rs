//! Memory and idle cost by number of points, two alarms each: when everything has a value, when nothing happens, and
//! when each point changes once a minute.

use std::time::Duration;

use serde_json::json;

use crate::hub::{Broker, Field, Hub, site_of};
use crate::load::{Load, Plan, Shape};
use crate::stats::round;
use crate::usage::Meter;
use crate::{Extent, attempt, say};

pub(crate) async fn run(extent: Extent) {
    for assets in [10_000, 100_000] {
        attempt("size", Duration::from_secs(240), case(extent, assets)).await;
    }
}

async fn case(extent: Extent, assets: usize) {
    let points = assets * 10;
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), assets, 10, 0);
    let hub = Hub::start(dir.path()).await;
    let empty = hub.rss_mib();
    // a value for everything, in ten seconds
    let plan = Plan { port: broker.port, shape: Shape::Asset, assets, points: 10, rate: assets as u64 / 10 };
    let first = Load::start(plan);
    while first.sent() < assets as u64 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    first.finish();
    let begin = crate::stats::now_us();
    while hub.metric("linepack_store_behind_seconds").await > 0.0 && crate::stats::now_us() - begin < 60_000_000 {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let filled = hub.rss_mib();
    let watch = Duration::from_secs(extent.pick(3, 10, 60));
    let meter = Meter::start(hub.pid(), &[broker.pid()]);
    tokio::time::sleep(watch).await;
    let idle = meter.cores();
    let each_minute = Load::start(Plan { rate: assets as u64 / 60, ..plan });
    let meter = Meter::start(hub.pid(), &[broker.pid()]);
    tokio::time::sleep(watch).await;
    let changing = meter.cores();
    each_minute.finish();
    say(&json!({
        "bench": "size", "points": points, "alarms": points * 2,
        "empty_mib": round(empty), "rss_mib": round(filled), "peak_mib": round(hub.peak_mib()),
        "bytes_a_point": (filled * f64::from(1 << 20) / points as f64).round(),
        "idle_cores": idle.hub, "once_a_minute_cores": changing.hub, "foreign_cores": round(idle.foreign.max(changing.foreign)),
    }));
}
