//! The built program on a throw-away site, and its cost in processor time and memory.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rumqttc::{AsyncClient, EventLoop, MqttOptions, NetworkOptions};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::stats::now_us;

/// The program under test; `LINEPACK` names another build of it.
fn program() -> String {
    std::env::var("LINEPACK").unwrap_or_else(|_| env!("CARGO_BIN_EXE_linepack").to_owned())
}

/// A running hub.
pub(crate) struct Hub {
    child: tokio::process::Child,
    pub(crate) url: String,
    pub(crate) token: String,
}

impl Hub {
    /// Makes an engineer's token and starts the hub.
    pub(crate) async fn start(site: &Path) -> Hub {
        let out = Command::new(program())
            .args(["token", "create", &format!("bench-{}", now_us()), "--role", "engineer", "--site"])
            .arg(site)
            .env("RUST_LOG", "error")
            .output()
            .expect("the program runs");
        let token = String::from_utf8(out.stdout).expect("a token").trim().to_owned();
        assert!(!token.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
        let mut child = tokio::process::Command::new(program())
            .arg("serve")
            .arg(site)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let line = lines.next_line().await.expect("stdout").expect("the hub comes up");
        let ready: Value = serde_json::from_str(&line).expect("one JSON line");
        Hub { child, url: ready["url"].as_str().expect("url").to_owned(), token }
    }

    /// Processor seconds used so far.
    pub(crate) fn cpu_s(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("proc");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        // utime and stime, in ticks of 10 ms
        (fields[11].parse::<f64>().expect("utime") + fields[12].parse::<f64>().expect("stime")) / 100.0
    }

    /// Resident memory, MiB.
    pub(crate) fn rss_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("proc");
        let line = status.lines().find(|l| l.starts_with("VmRSS")).expect("VmRSS");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("kB") / 1024.0
    }

    fn pid(&self) -> u32 {
        self.child.id().expect("running")
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
        let dir = tempfile::tempdir().expect("a folder");
        let port = free_port();
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

/// A site with `assets` assets of `points` points and a high limit on each, fed over MQTT and `POST /samples`.
pub(crate) fn site(dir: &Path, mqtt: Option<u16>, assets: usize, points: usize) {
    use std::fmt::Write;
    let mut hub = "[hub]\nname = \"Bench\"\ntimezone = \"UTC\"\nlanguage = \"en\"\n[server]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"sqlite://data/hub.db\"\n".to_owned();
    if let Some(port) = mqtt {
        let _ = write!(
            hub,
            "[[connection]]\nname = \"field\"\nprotocol = \"mqtt\"\naddress = \"mqtt://127.0.0.1:{port}\"\nqos = 0\nsubscribe = [{{ topic = \"linepack/v1/telemetry/#\", format = \"linepack\" }}]\n"
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
    let connection = if mqtt.is_some() { "field" } else { "" };
    let mut rows = "id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\n".to_owned();
    for a in 0..assets {
        let (lon, lat) = (106.0 + (a % 200) as f64 * 0.004, 29.0 + (a / 200) as f64 * 0.004);
        let _ = writeln!(rows, "a{a},Asset {a},meter,t,{connection},,,{lon},{lat},area-{}", a % 20);
    }
    std::fs::write(dir.join("assets.csv"), rows).expect("assets.csv");
    std::fs::write(dir.join("crews.csv"), "id,name,phone,skills,base_lon,base_lat,shift,area\n").expect("crews.csv");
}
