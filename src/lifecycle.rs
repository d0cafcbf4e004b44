//! Start, watch and stop tasks: soft then hard shutdown, and nothing dies silently.
//!
//! Every task of the hub is spawned here. A task that ends or panics before the hub was asked to stop takes the hub
//! down with an honest exit code, instead of letting it limp. Link tasks that may be restarted use [`Tasks::supervise`].

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Pause before a supervised task that panicked or ended is started again.
const RESTART: Duration = Duration::from_secs(1);

/// The hub's tasks; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
    failure: Arc<Mutex<Option<String>>>,
}

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Resolves when tasks should finish what they are at and end.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Asks all tasks to end.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Starts a task the hub cannot do without.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (this, work) = (self.clone(), self.raw(task));
        self.raw(async move {
            let why = match work.await {
                Ok(Ok(())) if this.stop.is_cancelled() => return,
                Ok(Ok(())) => "ended".to_owned(),
                Ok(Err(e)) => format!("failed: {e:#}"),
                Err(e) if e.is_panic() => "panicked".to_owned(),
                Err(_) => return,
            };
            this.fail(format!("task {name} {why}"));
        });
    }

    /// Starts a task that is started anew whenever it ends before the hub stops: one link must not take the hub down.
    pub fn supervise<F, Fut>(&self, name: String, mut start: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.keep_up(name, move || this.raw(start()));
    }

    /// The same for a task that may be dropped wherever it waits: it is when the hub stops, and need not look.
    pub fn supervise_droppable<F, Fut>(&self, name: String, mut start: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.keep_up(name, move || {
            let (mut task, stop) = (this.raw(start()), this.stop.clone());
            async move {
                tokio::select! {
                    ended = &mut task => return ended,
                    () = stop.cancelled() => task.abort(),
                }
                task.await
            }
        });
    }

    /// The same on a thread of its own, which may sleep: nothing else waits for it.
    pub fn supervise_on_thread<F, Fut>(&self, name: String, mut start: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let (this, thread) = (self.clone(), name.clone());
        self.keep_up(name, move || {
            let (task, stop) = (start(), this.stop.clone());
            let (ends, ended) = oneshot::channel();
            let run = move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(async {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = task => {}
                    }
                });
                // a name that is being looked up holds nobody up
                runtime.shutdown_background();
                // dropped unsaid by a panic
                let _ = ends.send(());
                Ok::<_, io::Error>(())
            };
            let spawned = std::thread::Builder::new().name(thread.clone()).spawn(run);
            async move {
                spawned?;
                ended.await.map_err(anyhow::Error::from)
            }
        });
    }

    /// Runs something again and again until the hub stops.
    fn keep_up<R, Fut, E>(&self, name: String, mut run: R)
    where
        R: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send,
        E: Send,
    {
        let stop = self.stop.clone();
        self.raw(async move {
            while !stop.is_cancelled() {
                let panicked = run().await.is_err();
                if stop.is_cancelled() {
                    return;
                }
                metrics::counter!("linepack_task_restarts_total", "task" => name.clone()).increment(1);
                tracing::error!(task = name, panicked, "task {name} ended, starting it again");
                tokio::select! {
                    () = tokio::time::sleep(RESTART) => {}
                    () = stop.cancelled() => {}
                }
            }
        });
    }

    /// Starts something that ends by itself and may end without harm.
    pub fn once<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.raw(task);
    }

    /// Notes a failure and stops the hub.
    pub fn fail(&self, why: String) {
        tracing::error!(reason = why, "hub stops: {why}");
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.stop.cancel();
    }

    /// Waits for all tasks to end, `grace` at most, and says whether the hub stopped because something failed.
    pub async fn finish(&self, grace: Duration) -> anyhow::Result<()> {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(grace, self.tracker.wait()).await.is_err() {
            tracing::warn!(left = self.tracker.len(), "some tasks did not end in time");
        }
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(why) => Err(anyhow::anyhow!(why)),
            None => Ok(()),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    fn raw<F>(&self, task: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tokio::spawn(self.tracker.track_future(task))
    }
}

/// SIGINT, SIGTERM and SIGHUP. Listen before the hub says that it is up: whoever reads that may stop it at once.
#[derive(Debug)]
pub struct Signals([io::Result<Signal>; 3]);

impl Signals {
    /// From now on the signals are ours.
    pub fn listen() -> Self {
        Self([SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal))
    }
}

/// Returns when the hub shall stop: SIGINT, SIGTERM, or a task that failed. SIGHUP calls `reload`. A second signal ends
/// the process at once.
pub async fn until_signal(tasks: &Tasks, signals: Signals, reload: impl Fn()) {
    let [Ok(mut int), Ok(mut term), Ok(mut hup)] = signals.0 else {
        tracing::error!("no signal handlers; stop the hub by ending its process");
        return tasks.stopping().cancelled().await;
    };
    let stopping = tasks.stopping();
    loop {
        tokio::select! {
            _ = int.recv() => break,
            _ = term.recv() => break,
            _ = hup.recv() => reload(),
            () = stopping.cancelled() => break,
        }
    }
    tasks.stop();
    untracked(async move {
        tokio::select! { _ = int.recv() => {} _ = term.recv() => {} }
        tracing::warn!("second signal: ending at once");
        std::process::exit(1);
    });
}

/// Not waited for at the end: it only listens for impatience.
#[expect(clippy::disallowed_methods, reason = "must not hold up the shutdown it may cut short")]
fn untracked(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::mpsc;

    use super::*;

    /// How one of the supervisors keeps up what begins with a panic and then waits for ever.
    async fn kept_up(supervise: impl Fn(&Tasks, Box<dyn FnMut() -> Work + Send>)) {
        let (tasks, runs) = (Tasks::new(), Arc::new(AtomicUsize::new(0)));
        let (begins, mut begun) = mpsc::channel(4);
        let start = move || {
            let (run, begins) = (runs.fetch_add(1, Ordering::Relaxed), begins.clone());
            Box::pin(async move {
                begins.send(run).await.expect("listened to");
                assert!(run > 0, "the first run fails");
                std::future::pending().await
            }) as Work
        };
        supervise(&tasks, Box::new(start));
        assert_eq!((begun.recv().await, begun.recv().await), (Some(0), Some(1)));
        tasks.finish(Duration::from_secs(30)).await.expect("nothing the hub cannot do without");
        assert_eq!(begun.recv().await, None, "it is gone, and all it held");
    }

    type Work = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

    #[tokio::test]
    async fn what_may_be_dropped_is_started_again_and_dropped_at_the_end() {
        kept_up(|tasks, start| tasks.supervise_droppable("droppable".to_owned(), start)).await;
    }

    #[tokio::test]
    async fn what_has_a_thread_is_started_again_and_dropped_at_the_end() {
        kept_up(|tasks, start| tasks.supervise_on_thread("thread".to_owned(), start)).await;
    }
}
