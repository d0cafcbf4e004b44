//! `linepack watch` on a site folder: it finds the hub and may look, and nothing stays behind.

use std::net::TcpListener;
use std::process::Stdio;

use linepack::clock::Clock;
use linepack::site::Site;
use linepack::store::Store;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::hub::{Hub, PATIENCE, now_ms, small_site, token};

#[tokio::test]
async fn in_a_site_folder_it_finds_the_hub_and_may_look() {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), "sqlite://data/hub.db", "60s", "");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let file = dir.path().join("hub.toml");
    let text = std::fs::read_to_string(&file).expect("hub.toml").replace("127.0.0.1:0", &free.to_string());
    std::fs::write(&file, text).expect("hub.toml");
    let ingest = token(dir.path(), "gateway", "ingest", None).await;
    let hub = Hub::start(dir.path()).await;
    hub.with_token(&ingest).sample("rs-1/outlet_pressure", now_ms(), 98.5).await;

    let mut watch = Command::new(env!("CARGO_BIN_EXE_linepack"))
        .args(["watch", "--json", "rs-1/*"])
        .current_dir(dir.path())
        .env_remove("LINEPACK_TOKEN")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(watch.stdout.take().expect("stdout is piped")).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.expect("in time").expect("stdout").expect("a line");
    let snapshot: Value = serde_json::from_str(&line).expect("one JSON object");
    assert_eq!((&snapshot["type"], &snapshot["values"][0]["value"]), (&"snapshot".into(), &98.5.into()), "{snapshot}");

    let pid = watch.id().expect("it is running").to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().await.expect("kill").success());
    assert!(timeout(PATIENCE, watch.wait()).await.expect("in time").expect("wait").success());
    hub.stop().await;
    let (site, _) = Site::load(dir.path(), Clock::System.now()).expect("a valid site");
    let store = Store::open(&site.store, &site.dir).await.expect("the store");
    let names: Vec<_> = store.tokens().await.expect("tokens").into_iter().map(|t| t.name).collect();
    assert_eq!(names, ["gateway"]);
    store.close().await;
}
