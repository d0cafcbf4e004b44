//! A site folder of 25,000 assets: how long `check` takes, and what a reload with one changed asset does to a running hub.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::hub::{Broker, Field, Hub, program, site_of};
use crate::load::{Load, Plan, Shape};
use crate::stats::{now_us, round};
use crate::viewer::{Look, Viewer, count_from};
use crate::{Extent, say};

const ASSETS: usize = 25_000;

pub(crate) async fn run(_: Extent) {
    let broker = Broker::start().await;
    let dir = tempfile::tempdir().expect("a folder");
    site_of(dir.path(), Field::Broker(broker.port), ASSETS, 10, 0);
    let check_s = check(dir.path()).await;
    say(&json!({"bench": "site", "assets": ASSETS, "points": ASSETS * 10, "check_s": round(check_s)}));

    let hub = Hub::start(dir.path()).await;
    let load = Load::start(Plan { port: broker.port, shape: Shape::Asset, assets: ASSETS, points: 10, rate: 5_000 });
    count_from(load.base);
    let globs: Vec<String> = (0..200).map(|n| format!("a{}/*", n * ASSETS / 200)).collect();
    let points: Vec<&str> = globs.iter().map(String::as_str).collect();
    let look = Look { address: hub.address(), token: &hub.token, rate: "now", points: &points, of_asset: 10 };
    let viewer = tokio::task::block_in_place(|| Viewer::open(&look));
    tokio::time::sleep(Duration::from_secs(2)).await;

    let links = hub.get("/connections").await;
    let file = dir.path().join("assets.csv");
    let rows = std::fs::read_to_string(&file).expect("assets.csv");
    std::fs::write(&file, rows.replacen("a17,Asset 17,", "a17,Another name,", 1)).expect("assets.csv");
    viewer.reset();
    let begin = now_us();
    let answer = reload(&hub).await;
    let reload_s = (now_us() - begin) as f64 / 1e6;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let seen = viewer.seen();
    let since = |links: &Value| {
        links["items"].as_array().map(|all| all.iter().map(|l| l["since_ms"].clone()).collect::<Vec<_>>())
    };
    say(&json!({
        "bench": "site", "assets": ASSETS, "reload_s": round(reload_s),
        "changed": answer["changed"], "added": answer["added"], "removed": answer["removed"],
        "links_stayed": since(&links) == since(&hub.get("/connections").await),
        "restarts": hub.metric("linepack_task_restarts_total").await,
        "values_during": seen.values, "p50_ms": seen.delays.ms(0.5), "max_ms": seen.delays.max_ms(),
    }));
    load.finish();
}

/// Seconds of `linepack check`.
async fn check(dir: &Path) -> f64 {
    let begin = now_us();
    let out = tokio::process::Command::new(program()).arg("check").arg(dir).output().await.expect("the program runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    (now_us() - begin) as f64 / 1e6
}

async fn reload(hub: &Hub) -> Value {
    let request = reqwest::Client::new().post(format!("{}/api/v1/site/reload", hub.url)).bearer_auth(&hub.token);
    let answer = request.send().await.expect("an answer").error_for_status().expect("a good answer");
    serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
}
