//! The real program on a site folder, as its user runs it: started, asked over HTTP, killed, started again.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::Instant;

const BIN: &str = env!("CARGO_BIN_EXE_linepack");

/// Longest a condition may take to become true on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running hub.
pub(crate) struct Hub {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    http: reqwest::Client,
}

/// Somebody logged in, or a program with a token.
#[derive(Clone)]
pub(crate) struct Caller {
    url: String,
    http: reqwest::Client,
    token: String,
}

impl Hub {
    /// Starts `linepack serve` and waits until it accepts connections.
    pub(crate) async fn start(site: &Path) -> Hub {
        let mut child = Command::new(BIN)
            .arg("serve")
            .arg(site)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("the hub is up in time");
        let ready: Value = serde_json::from_str(&line.expect("stdout").expect("a line")).expect("one JSON line");
        let url = ready["url"].as_str().expect("url").to_owned();
        Hub { child, url, http: reqwest::Client::new() }
    }

    /// `kill -9`.
    pub(crate) async fn kill9(mut self) {
        self.child.kill().await.expect("the hub was running");
    }

    /// SIGTERM; the exit code must be 0.
    pub(crate) async fn stop(mut self) {
        let pid = self.child.id().expect("the hub is running").to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill").success());
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("stops in time").expect("wait");
        assert!(status.success(), "the hub stopped with {status}");
    }

    /// A caller with a bearer token.
    pub(crate) fn with_token(&self, token: &str) -> Caller {
        Caller { url: self.url.clone(), http: self.http.clone(), token: token.to_owned() }
    }
}

impl Caller {
    /// Sends a request; answers status and JSON (null where there is none).
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("the hub answers");
        let status = response.status();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// GET that must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
        body
    }

    /// POST that must succeed.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// Asks until the answer fits.
    pub(crate) async fn until(&self, path: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path).await;
            if fits(&answer) {
                return answer;
            }
            assert!(Instant::now() < end, "waited too long for {what}; last answer of {path}: {answer:#}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Feeds one sample.
    pub(crate) async fn sample(&self, point: &str, ts_ms: i64, value: f64) {
        let answer = self.post("/api/v1/samples", json!([{"point": point, "ts_ms": ts_ms, "value": value}])).await;
        assert_eq!(answer["accepted"], 1, "{answer}");
    }
}

/// Makes a bearer token with the real command.
pub(crate) async fn token(site: &Path, name: &str, role: &str, crew: Option<&str>) -> String {
    let mut command = Command::new(BIN);
    command.args(["token", "create", name, "--role", role, "--site"]).arg(site).env("RUST_LOG", "warn");
    if let Some(crew) = crew {
        command.args(["--crew", crew]);
    }
    let out = command.output().await.expect("the program runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("a token").trim().to_owned()
}

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    linepack::clock::Clock::System.now().ms()
}

/// A small site fed by `POST /samples`: `rs-1`, `rs-2` with outlet_pressure (high 120 critical, auto dispatch) and two crews.
/// `extra` is appended to hub.toml; `accept` is the paging deadline.
pub(crate) fn small_site(dir: &Path, store: &str, accept: &str, extra: &str) {
    let hub = format!(
        r#"
[hub]
name = "Test Grid"
timezone = "Asia/Shanghai"
language = "en"

[server]
listen = "127.0.0.1:0"

[store]
url = "{store}"

[dispatch]
accept = "{accept}"

[[template]]
name = "regulator"
[[template.point]]
name = "outlet_pressure"
unit = "kPa"
range = [0.0, 600.0]
[[template.point.alarm]]
kind = "high"
limit = 120.0
deadband = 2.0
priority = "critical"
dispatch = {{ skill = "regulator", auto = true }}
{extra}
"#
    );
    let files = [
        ("hub.toml", hub.as_str()),
        (
            "assets.csv",
            "id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\n\
             rs-1,North,district-regulator,regulator,,,,106.50,29.55,A\n\
             rs-2,South,district-regulator,regulator,,,,106.55,29.50,B\n",
        ),
        (
            "crews.csv",
            "id,name,phone,skills,base_lon,base_lat,shift,area\n\
             c-01,Crew one,1,regulator;leak,106.501,29.551,24h,A\n\
             c-02,Crew two,2,regulator,106.60,29.60,24h,B\n",
        ),
    ];
    for (name, content) in files {
        std::fs::write(dir.join(name), content).expect("the site folder is writable");
    }
}
