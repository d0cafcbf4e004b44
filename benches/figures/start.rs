//! Cold start of 25,000 assets and 250,000 points to `readyz`, and the memory then; a second start finds its database.

use serde_json::json;

use crate::hub::{Hub, site};
use crate::stats::now_us;

pub(crate) async fn run() {
    let dir = tempfile::tempdir().expect("a folder");
    site(dir.path(), None, 25_000, 10);
    for start in ["first", "again"] {
        let hub = timed(dir.path()).await;
        println!(
            "{}",
            json!({"bench": "start", "start": start, "points": 250_000, "ready_s": hub.1, "rss_mib": hub.0.rss_mib()})
        );
    }
}

async fn timed(dir: &std::path::Path) -> (Hub, f64) {
    let begin = now_us();
    let hub = Hub::start(dir).await;
    while !reqwest::get(format!("{}/readyz", hub.url)).await.is_ok_and(|r| r.status().is_success()) {
        tokio::task::yield_now().await;
    }
    (hub, (now_us() - begin) as f64 / 1e6)
}
