//! Process start → first live value on a screen: from nothing, and after `kill -9` with history.

use std::time::Duration;

use serde_json::json;

use crate::hub::{Broker, Field, Hub, site_of, token};
use crate::load::{Load, Plan, Shape};
use crate::stats::{now_us, round};
use crate::viewer::{Look, Viewer, count_from};
use crate::{Extent, say};

pub(crate) async fn run(extent: Extent) {
    for assets in [10_000, 25_000, 100_000] {
        case(extent, assets).await;
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
    for start in ["first", "after kill -9"] {
        let begin = now_us();
        let hub = Hub::serve(dir.path(), token.clone()).await;
        let ready = now_us();
        let look = Look { address: hub.address(), token: &token, rate: "now", points: &["*"], of_asset: 10 };
        let viewer = tokio::task::block_in_place(|| Viewer::open(&look));
        while viewer.seen().values == 0 && now_us() - begin < 90_000_000 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let live = now_us();
        say(&json!({
            "bench": "start", "start": start, "points": assets * 10, "alarms": assets * 20,
            "ready_s": round((ready - begin) as f64 / 1e6), "first_value_s": (viewer.seen().values > 0).then(|| round((live - begin) as f64 / 1e6)),
            "rss_mib": round(hub.rss_mib()),
        }));
        viewer.close();
        // history to come back to
        tokio::time::sleep(Duration::from_secs(extent.pick(2, 10, 300))).await;
        hub.kill().await;
    }
    load.finish();
}
