//! A private PostgreSQL in a temporary folder, on a port of its own; gone when dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Debian's.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// The folder of the programs of a PostgreSQL that has TimescaleDB, where it is not Debian's own.
const TIMESCALEDB: &str = "LINEPACK_TIMESCALEDB";

/// A running server.
pub(crate) struct Postgres {
    server: Option<Child>,
    dir: tempfile::TempDir,
    port: u16,
    settings: &'static [&'static str],
    programs: PathBuf,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub(crate) async fn start() -> Self {
        Self::start_with(&["fsync=off"]).await
    }

    /// The same with other settings.
    pub(crate) async fn start_with(settings: &'static [&'static str]) -> Self {
        Self::start_of(PathBuf::from(PROGRAMS), settings).await
    }

    /// One that can have TimescaleDB, where there is such a one.
    pub(crate) async fn timescale(settings: &'static [&'static str]) -> Option<Self> {
        let programs = std::env::var_os(TIMESCALEDB).map_or_else(|| PathBuf::from(PROGRAMS), PathBuf::from);
        let there = programs.parent()?.join("lib/timescaledb.so").exists();
        if !there {
            eprintln!(
                "no TimescaleDB in {}; {TIMESCALEDB} names another folder of PostgreSQL's programs",
                programs.display()
            );
            return None;
        }
        Some(Self::start_of(programs, settings).await)
    }

    async fn start_of(programs: PathBuf, settings: &'static [&'static str]) -> Self {
        let dir = tempfile::Builder::new().prefix("linepack-pg").tempdir().unwrap();
        if is_root() {
            // PostgreSQL refuses to run as root
            run(Command::new("chown").arg("postgres").arg(dir.path()));
        }
        let data = dir.path().join("data");
        run(as_postgres(&programs.join("initdb"))
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-D"])
            .arg(&data));
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut this = Self { server: None, dir, port, settings, programs };
        this.up().await;
        this
    }

    /// Starts the server again after [`Postgres::down`], on the same port.
    pub(crate) async fn up(&mut self) {
        let mut server = as_postgres(&self.programs.join("postgres"))
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
        while !as_postgres(&self.programs.join("pg_isready"))
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
            as_postgres(&self.programs.join("pg_ctl"))
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

    /// Processor seconds of the processes that serve connections now.
    #[allow(dead_code, reason = "for the figures, which share this file")]
    pub(crate) fn cpu_s(&self) -> f64 {
        let Some(server) = &self.server else { return 0.0 };
        let of = |path: PathBuf| {
            let stat = std::fs::read_to_string(path.join("stat")).ok()?;
            let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
            let time = |at: usize| fields.get(at)?.parse::<f64>().ok();
            (fields.get(1)?.parse() == Ok(server.id())).then_some((time(11)? + time(12)?) / 100.0)
        };
        let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        all.filter_map(|process| of(process.path())).sum()
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

fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
