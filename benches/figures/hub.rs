//! The built program on a throw-away site, and its cost in processor time and memory.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rumqttc::{AsyncClient, EventLoop, MqttOptions, NetworkOptions};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::stats::now_us;
use crate::usage;

/// The program under test; `LINEPACK` names another build of it.
pub(crate) fn program() -> String {
    std::env::var("LINEPACK").unwrap_or_else(|_| env!("CARGO_BIN_EXE_linepack").to_owned())
}

/// A running hub.
pub(crate) struct Hub {
    child: tokio::process::Child,
    pub(crate) url: String,
    pub(crate) token: String,
}

/// Makes an engineer's token for a site whose hub does not run.
pub(crate) fn token(site: &Path) -> String {
    let out = Command::new(program())
        .args(["token", "create", &format!("bench-{}", now_us()), "--role", "engineer", "--site"])
        .arg(site)
        .env("RUST_LOG", "error")
        .output()
        .expect("the program runs");
    let token = String::from_utf8(out.stdout).expect("a token").trim().to_owned();
    assert!(!token.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    token
}

impl Hub {
    /// Makes an engineer's token and starts the hub.
    pub(crate) async fn start(site: &Path) -> Hub {
        let token = token(site);
        Self::serve(site, token).await
    }

    /// Starts the hub of a site that has this token.
    pub(crate) async fn serve(site: &Path, token: String) -> Hub {
        let mut child = tokio::process::Command::new(program())
            .arg("serve")
            .arg(site)
            .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "error".into()))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let line = lines.next_line().await.expect("stdout").expect("the hub comes up");
        let ready: Value = serde_json::from_str(&line).expect("one JSON line");
        Hub { child, url: ready["url"].as_str().expect("url").to_owned(), token }
    }

    /// `host:port` of the screens.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Resident memory, MiB.
    pub(crate) fn rss_mib(&self) -> f64 {
        usage::memory_mib(self.pid(), "VmRSS")
    }

    /// Most resident memory so far, MiB.
    pub(crate) fn peak_mib(&self) -> f64 {
        usage::memory_mib(self.pid(), "VmHWM")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("running")
    }

    /// Ends it as a power cut would.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }

    /// A resource of the API.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let request = reqwest::Client::new().get(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        let response = request.send().await.expect("an answer").error_for_status().expect("a good answer");
        serde_json::from_str(&response.text().await.expect("a body")).expect("JSON")
    }

    /// The sum of a figure of `/metrics` over its labels; 0 where there is none.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = reqwest::get(format!("{}/metrics", self.url)).await.expect("an answer").text().await.expect("text");
        let lines = text.lines().filter(|l| l.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
        lines.filter_map(|l| l.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

/// A private Mosquitto.
pub(crate) struct Broker {
    child: Child,
    pub(crate) port: u16,
    _dir: tempfile::TempDir,
}

impl Broker {
    pub(crate) async fn start() -> Broker {
        Self::at(free_port()).await
    }

    /// On a port it had before.
    pub(crate) async fn at(port: u16) -> Broker {
        let dir = tempfile::tempdir().expect("a folder");
        let conf = dir.path().join("mosquitto.conf");
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nmax_queued_messages 0\nlog_type error\n"
        );
        std::fs::write(&conf, text).expect("conf");
        let program = if Path::new("/usr/sbin/mosquitto").exists() { "/usr/sbin/mosquitto" } else { "mosquitto" };
        let child = Command::new(program).arg("-c").arg(&conf).spawn().expect("mosquitto is installed");
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Broker { child, port, _dir: dir }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A publisher that does not let small messages wait for each other.
    pub(crate) fn client(&self) -> (AsyncClient, EventLoop) {
        let mut options = MqttOptions::new("bench", "127.0.0.1", self.port);
        options.set_inflight(1000);
        let (client, mut events) = AsyncClient::new(options, 4096);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        events.set_network_options(network);
        (client, events)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port()
}

/// Where a site's values come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    /// `POST /samples` only.
    Web,
    /// A broker beside the hub.
    Broker(u16),
    /// The hub's own broker.
    Embedded(u16),
}

/// A site with `assets` assets of `points` points and a high and a low limit on each, fed over MQTT and `POST /samples`.
pub(crate) fn site(dir: &Path, mqtt: Option<u16>, assets: usize, points: usize) {
    site_of(dir, mqtt.map_or(Field::Web, Field::Broker), assets, points, 0);
}

/// The same; `qos` of the hub's subscription.
pub(crate) fn site_of(dir: &Path, field: Field, assets: usize, points: usize, qos: u8) {
    use std::fmt::Write;
    let mut hub = "[hub]\nname = \"Bench\"\ntimezone = \"UTC\"\nlanguage = \"en\"\n[server]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite://data/hub.db\"\n".to_owned();
    if let Field::Embedded(port) = field {
        let _ = writeln!(hub, "[broker]\nlisten = \"127.0.0.1:{port}\"");
    }
    if let Field::Broker(port) | Field::Embedded(port) = field {
        let _ = write!(
            hub,
            "[[connection]]\nname = \"field\"\nprotocol = \"mqtt\"\naddress = \"mqtt://127.0.0.1:{port}\"\nqos = {qos}\nsubscribe = [{{ topic = \"linepack/v1/telemetry/#\", format = \"linepack\" }}]\n"
        );
    }
    hub += "[[template]]\nname = \"t\"\n";
    for p in 0..points {
        let _ = write!(
            hub,
            "[[template.point]]\nname = \"p{p}\"\nunit = \"kPa\"\n[[template.point.alarm]]\nkind = \"high\"\nlimit = 1e15\npriority = \"low\"\n[[template.point.alarm]]\nkind = \"low\"\nlimit = -1e6\npriority = \"high\"\n"
        );
    }
    std::fs::write(dir.join("hub.toml"), hub).expect("hub.toml");
    let connection = if matches!(field, Field::Web) { "" } else { "field" };
    let mut rows = "id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\n".to_owned();
    for a in 0..assets {
        let (lon, lat) = (106.0 + (a % 200) as f64 * 0.004, 29.0 + (a / 200) as f64 * 0.004);
        let _ = writeln!(rows, "a{a},Asset {a},meter,t,{connection},,,{lon},{lat},area-{}", a % 20);
    }
    std::fs::write(dir.join("assets.csv"), rows).expect("assets.csv");
    std::fs::write(dir.join("crews.csv"), "id,name,phone,skills,base_lon,base_lat,shift,area\n").expect("crews.csv");
}
