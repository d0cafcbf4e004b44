//! A private PostgreSQL in a temporary folder, on a port of its own; gone when dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const BIN: &str = "/usr/lib/postgresql/15/bin";

/// A running server.
pub(crate) struct Postgres {
    server: Option<Child>,
    dir: tempfile::TempDir,
    port: u16,
    settings: &'static [&'static str],
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub(crate) async fn start() -> Self {
        Self::start_with(&["fsync=off"]).await
    }

    /// The same with other settings.
    pub(crate) async fn start_with(settings: &'static [&'static str]) -> Self {
        let dir = tempfile::Builder::new().prefix("linepack-pg").tempdir().unwrap();
        if is_root() {
            // PostgreSQL refuses to run as root
            run(Command::new("chown").arg("postgres").arg(dir.path()));
        }
        let data = dir.path().join("data");
        run(as_postgres(&format!("{BIN}/initdb"))
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-D"])
            .arg(&data));
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut this = Self { server: None, dir, port, settings };
        this.up().await;
        this
    }

    /// Starts the server again after [`Postgres::down`], on the same port.
    pub(crate) async fn up(&mut self) {
        let mut server = as_postgres(&format!("{BIN}/postgres"))
            .arg("-D")
            .arg(self.data())
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(self.settings.iter().flat_map(|setting| ["-c", setting]))
            .arg("-k")
            .arg(self.dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        while !as_postgres(&format!("{BIN}/pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
            .status()
            .unwrap()
            .success()
        {
            assert!(tokio::time::Instant::now() < deadline, "PostgreSQL did not start");
            assert!(server.try_wait().unwrap().is_none(), "PostgreSQL ended");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.server = Some(server);
    }

    /// Stops the server hard, as a failure does.
    pub(crate) fn down(&mut self) {
        if let Some(mut server) = self.server.take() {
            as_postgres(&format!("{BIN}/pg_ctl"))
                .args(["stop", "-m", "immediate", "-D"])
                .arg(self.data())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .ok();
            server.wait().ok();
        }
    }

    /// For `[store] url`.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.down();
        if is_root() && self.dir.path() != Path::new("/") {
            run(Command::new("chown").arg("-R").arg("root").arg(self.dir.path()));
        }
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

fn as_postgres(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--", program]);
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
