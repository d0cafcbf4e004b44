//! Process start → first live value on a screen: from nothing, and after `kill -9` with history.

use std::time::Duration;

use serde_json::json;

use crate::hub::{Broker, Field, Hub, site_of, token};
use crate::load::{Load, Plan, Shape};
use crate::stats::{now_us, round};
use crate::viewer::{Look, Viewer, count_from};
use crate::{Extent, attempt, say};

pub(crate) async fn run(extent: Extent) {
    for assets in [10_000, 25_000, 100_000] {
        attempt("start", Duration::from_secs(extent.pick(120, 180, 900)), case(extent, assets)).await;
    }
}

async fn case(extent: Extent, assets: usize) {
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), assets, 10, 0);
    let token = token(dir.path());
    // 50,000 values a second
    let load = Load::start(Plan { port: broker.port, shape: Shape::Asset, assets, points: 10, rate: 5_000 });
    count_from(load.base);
    // a picture of 2,000 points, each message of which shows that the hub is live
    let globs: Vec<String> = (0..200).map(|n| format!("a{}/*", n * assets / 200)).collect();
    let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
    for start in ["first", "after kill -9"] {
        let begin = now_us();
        let hub = Hub::serve(dir.path(), token.clone()).await;
        let ready = now_us();
        let look = |points| Look { address: hub.address(), token: &token, rate: "now", points, of_asset: 10 };
        let viewer = tokio::task::block_in_place(|| Viewer::open(&look(&globs)));
        let live = until_live(&viewer, begin).await;
        viewer.close();
        let opened = now_us();
        let everything = tokio::task::block_in_place(|| Viewer::open(&look(&["*"])));
        let all_live = until_live(&everything, opened).await;
        everything.close();
        say(&json!({
            "bench": "start", "start": start, "points": assets * 10, "alarms": assets * 20,
            "ready_s": round((ready - begin) as f64 / 1e6), "first_value_s": live,
            "screen_of_everything_s": all_live, "rss_mib": round(hub.rss_mib()),
        }));
        // history to come back to
        tokio::time::sleep(Duration::from_secs(extent.pick(2, 10, 300))).await;
        hub.kill().await;
    }
    load.finish();
}

/// Seconds from `begin` to the first value after the snapshot; none in a minute and a half.
async fn until_live(viewer: &Viewer, begin: u64) -> Option<f64> {
    while viewer.seen().values == 0 {
        if now_us() - begin > 90_000_000 {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Some(round((now_us() - begin) as f64 / 1e6))
}
