//! `linepack export` and `linepack import history`: what goes out comes in again, to the byte.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::harness::postgres::Postgres;
use crate::hub::{Hub, now_ms, small_site, token};

const SQLITE: &str = "sqlite://data/hub.db";

fn linepack(site: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linepack"));
    command.env("RUST_LOG", "off").current_dir(site).kill_on_drop(true);
    command
}

async fn run(site: &Path, args: &[&str]) -> Output {
    tokio::time::timeout(Duration::from_secs(120), linepack(site).args(args).output())
        .await
        .expect("ends")
        .expect("runs")
}

async fn import(site: &Path, file: &Path) -> Value {
    let out = run(site, &["import", "history", file.to_str().expect("text")]).await;
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("JSON")
}

async fn export(site: &Path, format: &str, more: &[&str]) -> Vec<u8> {
    let all =
        ["export", "--points", "*", "--from", "2020-01-01T00:00:00Z", "--to", "4102444800000", "--format", format];
    let out = run(site, &[&all, more].concat()).await;
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// Every kind of row, in the order of an export.
fn everything(rows: i64) -> String {
    let begin = now_ms() - 3_600_000;
    let mut text = "ts_ms,point,value,quality\n".to_owned();
    for point in ["rs-1/outlet_pressure", "rs-2/outlet_pressure"] {
        for i in 0..rows {
            let (ts, value) = (begin + i * 7, i as f64 / 7.0);
            let row = match i % 5 {
                0 => format!("{ts},{point},,bad:comm-failure"),
                1 => format!("{ts},{point},{value},uncertain:substituted"),
                2 => format!("{ts},{point},-0.0001,good"),
                _ => format!("{ts},{point},{value},good"),
            };
            writeln!(text, "{row}").expect("text");
        }
    }
    text
}

fn site(url: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    small_site(dir.path(), url, "60s", "");
    dir
}

fn file(site: &tempfile::TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = site.path().join(name);
    std::fs::write(&path, content).expect("written");
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_imported_to_the_byte_between_all_kinds() {
    let server = Postgres::start().await;
    let (first, second) = (site(SQLITE), site(&server.url()));
    let text = everything(12_000);
    let done = import(first.path(), &file(&first, "in.csv", &text)).await;
    assert_eq!(done, json!({"imported": 24_000, "refused": 0, "already": 0}));
    assert!(export(first.path(), "csv", &[]).await == text.as_bytes(), "the export differs from what was imported");

    // 84 seconds, then the last value holds for ten minutes
    let minutes = String::from_utf8(export(first.path(), "csv", &["--every", "1m"]).await).expect("text");
    let begins: Vec<i64> = minutes.lines().skip(1).map(|l| l[..13].parse().expect("a time")).collect();
    assert!((24..=28).contains(&begins.len()) && begins.iter().all(|ts| ts % 60_000 == 0), "{minutes}");

    let parquet = export(first.path(), "parquet", &[]).await;
    assert_eq!(&parquet[..4], b"PAR1");
    let parquet = file(&second, "in.parquet", parquet);
    assert_eq!(import(second.path(), &parquet).await["imported"], 24_000);
    // into a file: whole or not there
    export(second.path(), "csv", &["--out", "out.csv"]).await;
    assert!(std::fs::read(second.path().join("out.csv")).expect("the file") == text.as_bytes());
    assert!(!second.path().join(".out.csv.part").exists());

    // a second time nothing comes twice, from either form
    assert_eq!(import(second.path(), &parquet).await, json!({"imported": 0, "refused": 0, "already": 24_000}));
    import(second.path(), &file(&second, "again.csv", &text)).await;
    assert!(export(second.path(), "csv", &[]).await == text.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_import_goes_on_where_it_was() {
    let site = site(SQLITE);
    let text = everything(60_000);
    let path = file(&site, "in.csv", &text);
    let mut first = linepack(site.path()).args(["import", "history", "in.csv"]).spawn().expect("runs");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while export(site.path(), "csv", &[]).await.len() < 1000 && tokio::time::Instant::now() < deadline {}
    first.kill().await.expect("killed");
    let done = import(site.path(), &path).await;
    let already = done["already"].as_u64().expect("a number");
    assert!(already >= 50_000, "a transaction was through: {done}");
    assert_eq!(done["imported"].as_u64().expect("a number") + already, 120_000);
    assert!(export(site.path(), "csv", &[]).await == text.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_taken_are_named_and_do_not_stop_the_rest() {
    let site = site(SQLITE);
    let ts = now_ms() - 1000;
    let text = format!(
        "ts_ms,point,value,quality\n{ts},rs-1/outlet_pressure,1,good\n{ts},rs-9/outlet_pressure,1,good\n\
         soon,rs-1/outlet_pressure,1,good\n{ts},rs-2/outlet_pressure,2,good\n"
    );
    file(&site, "in.csv", text);
    let out = run(site.path(), &["import", "history", "in.csv", "--strict"]).await;
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("line 3: there is no point rs-9/outlet_pressure"));
    let out = run(site.path(), &["import", "history", "in.csv"]).await;
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(
        told.contains("in.csv:3: there is no point rs-9/outlet_pressure") && told.contains("in.csv:4: ts_ms"),
        "{told}"
    );
    let lines = String::from_utf8(export(site.path(), "csv", &[]).await).expect("text");
    assert_eq!(lines.lines().count(), 3);

    for (args, why) in [
        (&["import", "history", "none.csv"][..], "none.csv"),
        (&["export", "--points", "no/such", "--from", "0", "--to", "1", "--format", "csv"], "no point matches"),
        (&["export", "--points", "*", "--from", "5", "--to", "5", "--format", "csv"], "--from must be before --to"),
    ] {
        let out = run(site.path(), args).await;
        assert_eq!(out.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&out.stderr).contains(why), "{}", String::from_utf8_lossy(&out.stderr));
    }
    assert_eq!(run(site.path(), &["export", "--points", "*", "--from", "x"]).await.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_comes_in_while_the_hub_serves_and_raises_nothing() {
    let site = site(SQLITE);
    let engineer = token(site.path(), "eng", "engineer", None).await;
    let hub = Hub::start(site.path()).await;
    let caller = hub.with_token(&engineer);
    let begin = now_ms() - 600_000;
    let mut text = "ts_ms,point,value\n".to_owned();
    for i in 0..3000 {
        writeln!(text, "{},rs-1/outlet_pressure,{}", begin + i * 100, 500 + i % 7).expect("text");
    }
    assert_eq!(import(site.path(), &file(&site, "in.csv", text)).await["imported"], 3000);
    let path = format!(
        "/api/v1/history?points=rs-1/outlet_pressure&from_ms={begin}&to_ms={}&max_points=10000",
        begin + 600_000
    );
    caller.until(&path, "the samples", |h| h["series"][0]["rows"].as_array().is_some_and(|r| r.len() == 3000)).await;
    assert_eq!(caller.get("/api/v1/alarms").await["items"], json!([]));
    hub.stop().await;
}
