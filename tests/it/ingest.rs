//! Links without an engine behind them: what they would have handed over, and what they tell about themselves.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use linepack::clock::Clock;
use linepack::engine::{EngineHandle, Mail, Mails};
use linepack::ingest::{DeadLetters, Links, start};
use linepack::lifecycle::Tasks;
use linepack::site::Site;
use linepack_core::{Input, Sample, Ts};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::mosquitto::PATIENCE;

/// A site made of texts; the folder lives as long as it.
pub(crate) struct Folder {
    dir: TempDir,
}

impl Folder {
    /// `hub.toml` and the rows of `assets.csv`: `id,template,connection,unit_id,address_offset,lon,lat`.
    pub(crate) fn new(hub: &str, assets: &str) -> Self {
        let this = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        this.write("hub.toml", hub);
        this.write("crews.csv", "id,base_lon,base_lat\nc-07,106.5,29.5\n");
        this.write_assets(assets);
        this
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.dir.path().join(file), text).expect("written");
    }

    pub(crate) fn write_assets(&self, rows: &str) {
        let rows: String = rows.lines().map(|r| format!("{},106.5,29.5\n", r.trim())).collect();
        self.write("assets.csv", &format!("id,template,connection,unit_id,address_offset,lon,lat\n{rows}"));
    }

    #[track_caller]
    pub(crate) fn load(&self) -> Arc<Site> {
        let now = Ts(1_795_305_600_000);
        Arc::new(Site::load(self.dir.path(), now).unwrap_or_else(|e| panic!("{e:#?}")).0)
    }
}

/// Running links.
pub(crate) struct Rig {
    pub(crate) links: Links,
    pub(crate) site: Arc<Site>,
    pub(crate) dead: DeadLetters,
    pub(crate) tasks: Tasks,
    mails: Taken,
}

/// What the links sent.
enum Taken {
    /// As the test takes it.
    Stalled(Mails),
    /// Taken from the links at once.
    Kept(mpsc::Receiver<Mail>),
}

impl Taken {
    async fn recv(&mut self) -> Option<Mail> {
        match self {
            Self::Stalled(mails) => mails.recv().await,
            Self::Kept(mails) => mails.recv().await,
        }
    }
}

impl Rig {
    pub(crate) fn start(site: &Arc<Site>, broker: Option<SocketAddr>) -> Self {
        let mut rig = Self::stalled(site, broker);
        let (keep, mails) = mpsc::channel(100_000);
        let mut taken = std::mem::replace(&mut rig.mails, Taken::Kept(mails));
        let stop = rig.tasks.stopping();
        // an engine that keeps up: what a link may have waiting there is never used up
        rig.tasks.spawn("engine", async move {
            while let Some(Some(mut mail)) = stop.run_until_cancelled(taken.recv()).await {
                mail.share = None;
                if keep.send(mail).await.is_err() {
                    break;
                }
            }
            Ok(())
        });
        rig
    }

    /// Links whose engine takes nothing but what the test takes.
    pub(crate) fn stalled(site: &Arc<Site>, broker: Option<SocketAddr>) -> Self {
        let (engine, mails, _) = EngineHandle::channel(10_000, 10);
        let (tasks, dead) = (Tasks::new(), DeadLetters::default());
        let links = start(site, engine, Clock::System, dead.clone(), &tasks, broker);
        Self { links, site: site.clone(), dead, tasks, mails: Taken::Stalled(mails) }
    }

    /// The next thing handed over.
    pub(crate) async fn mail(&mut self) -> Mail {
        timeout(PATIENCE, self.mails.recv()).await.expect("something in time").expect("links run")
    }

    /// The next input that `pick` takes, made durable like all before it.
    pub(crate) async fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&Input) -> Option<T>) -> T {
        let found = timeout(PATIENCE, async {
            loop {
                let mail = self.mails.recv().await.expect("links run");
                let picked = pick(&mail.input);
                if let Some(durable) = mail.durable {
                    let _ = durable.send(());
                }
                if let Some(picked) = picked {
                    return picked;
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
    }

    /// The next sample of a point.
    pub(crate) async fn sample(&mut self, point: &str) -> Sample {
        let id = self.site.registry.find_point(point).unwrap_or_else(|| panic!("no point {point}"));
        self.sample_where(point, |s| s.point == id).await
    }

    pub(crate) async fn sample_where(&mut self, what: &str, mut is: impl FnMut(&Sample) -> bool) -> Sample {
        self.wait(what, |input| match input {
            Input::Samples(all) => all.iter().copied().find(|s| is(s)),
            _ => None,
        })
        .await
    }

    pub(crate) async fn link(&mut self, name: &str, wanted: bool) {
        let id = self.site.registry.find_connection(name).expect("a connection");
        let what = format!("link {name} {}", if wanted { "up" } else { "down" });
        let seen = |input: &Input| match input {
            Input::Link { connection, up } if *connection == id && *up == wanted => Some(()),
            _ => None,
        };
        self.wait(&what, seen).await;
    }

    pub(crate) async fn device(&mut self, name: &str, wanted: bool) {
        let id = self.site.registry.find_asset(name).expect("an asset");
        let what = format!("device {name} {}", if wanted { "up" } else { "down" });
        let seen = |input: &Input| match input {
            Input::Device { asset, up } if *asset == id && *up == wanted => Some(()),
            _ => None,
        };
        self.wait(&what, seen).await;
    }

    /// Everything handed over within a time.
    pub(crate) async fn during(&mut self, time: Duration) -> Vec<Input> {
        let mut all = Vec::new();
        let end = tokio::time::Instant::now() + time;
        while let Ok(Some(mail)) = tokio::time::timeout_at(end, self.mails.recv()).await {
            all.push(mail.input);
            if let Some(durable) = mail.durable {
                let _ = durable.send(());
            }
        }
        all
    }

    /// Everything handed over until all of it together is enough.
    pub(crate) async fn collect(&mut self, what: &str, mut enough: impl FnMut(&[Input]) -> bool) -> Vec<Input> {
        let mut all = Vec::new();
        let end = tokio::time::Instant::now() + PATIENCE;
        while !enough(&all) {
            assert!(tokio::time::Instant::now() < end, "waited in vain: {what}");
            all.extend(self.during(Duration::from_millis(20)).await);
        }
        all
    }

    /// Takes over a new site, playing the engine meanwhile.
    pub(crate) async fn reload(&mut self, site: &Arc<Site>) {
        let (links, new) = (self.links.clone(), site.clone());
        let reload = links.reload(new, async { Ok::<_, ()>(()) });
        tokio::pin!(reload);
        loop {
            tokio::select! {
                done = &mut reload => {
                    done.expect("applied");
                    break;
                }
                Some(mail) = self.mails.recv() => if let Some(durable) = mail.durable {
                    let _ = durable.send(());
                }
            }
        }
        self.site = site.clone();
    }

    pub(crate) async fn stop(self) {
        self.tasks.finish(Duration::from_secs(5)).await.expect("stopped in good order");
    }
}
