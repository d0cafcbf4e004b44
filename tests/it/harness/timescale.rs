//! A real TimescaleDB, compiled to WebAssembly and run by Node; gone when dropped.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Once;

static INSTALL: Once = Once::new();

/// A running server.
pub(crate) struct Timescale {
    server: Child,
    port: u16,
}

impl Timescale {
    /// Starts it; the first time after a checkout its packages are installed from the lock file.
    pub(crate) fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/pglite");
        INSTALL.call_once(|| {
            if !folder.join("node_modules").exists() {
                let installed = Command::new("npm").args(["ci", "--silent"]).current_dir(&folder).status();
                assert!(installed.unwrap().success(), "npm ci in {}", folder.display());
            }
        });
        let mut server = Command::new("node")
            .arg(folder.join("server.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap_or_else(|_| panic!("the server said {line:?}"));
        Self { server, port }
    }

    /// For `[store] url`. It serves one connection at a time; each message is one call into it, so a COPY from a client, which
    /// waits for an answer in its midst, cannot be; and named statements outlive a connection.
    pub(crate) fn url(&self) -> String {
        let options = "sslmode=disable&max_connections=1&copy=off&statement-cache-capacity=0";
        format!("postgres://postgres:postgres@127.0.0.1:{}/postgres?{options}", self.port)
    }
}

impl Drop for Timescale {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}
