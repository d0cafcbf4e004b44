//! What seldom happens to a link: somebody wants something written, or the site is read anew.
//!
//! A link waits for it at every turn. Among thousands of links each look at a queue finds it cold, so the queues are looked
//! at only when one of them has called.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::ReusableBoxFuture;

use crate::ingest::feed::FeedError;

/// What happened.
#[derive(Debug, PartialEq)]
pub(super) enum Call<W> {
    /// A write is wanted.
    Write(W),
    /// There is another site.
    Site,
}

/// Both, watched.
#[derive(Debug)]
pub(super) struct Calls<'a, W, S> {
    bell: Arc<Bell>,
    writes: &'a mut mpsc::Receiver<W>,
    changed: ReusableBoxFuture<'static, Result<watch::Receiver<S>, FeedError>>,
}

/// Rung by what happens; passed on to the link's task.
#[derive(Debug)]
struct Bell {
    rung: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.task.wake();
    }
}

impl<'a, W, S: Send + Sync + 'static> Calls<'a, W, S> {
    /// Of a link that has seen the present site.
    pub(super) fn new(writes: &'a mut mpsc::Receiver<W>, sites: watch::Receiver<S>) -> Self {
        let bell = Arc::new(Bell { rung: AtomicBool::new(true), task: AtomicWaker::new() });
        Self { bell, writes, changed: ReusableBoxFuture::new(newer(sites)) }
    }

    /// Ready when there is one.
    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<Call<W>, FeedError>> {
        // before the look, so that what happens between them wakes
        self.bell.task.register(cx.waker());
        if !self.bell.rung.swap(false, Ordering::Acquire) {
            return Poll::Pending;
        }
        let waker = Waker::from(self.bell.clone());
        let mut inside = Context::from_waker(&waker);
        let call = match self.changed.poll(&mut inside) {
            Poll::Ready(sites) => sites.map(|sites| {
                self.changed.set(newer(sites));
                Call::Site
            }),
            Poll::Pending => match self.writes.poll_recv(&mut inside) {
                Poll::Ready(Some(write)) => Ok(Call::Write(write)),
                // nobody can want anything any more
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            },
        };
        // there may be more
        self.bell.rung.store(true, Ordering::Release);
        Poll::Ready(call)
    }
}

async fn newer<S>(mut sites: watch::Receiver<S>) -> Result<watch::Receiver<S>, FeedError> {
    sites.changed().await.map_err(|_| FeedError::Closed)?;
    Ok(sites)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn next(calls: &mut Calls<'_, u32, u32>) -> Result<Call<u32>, FeedError> {
        std::future::poll_fn(|cx| calls.poll(cx)).await
    }

    /// What is told without waiting.
    async fn now(calls: &mut Calls<'_, u32, u32>) -> Option<Result<Call<u32>, FeedError>> {
        tokio::select! {
            biased;
            call = next(calls) => Some(call),
            () = std::future::ready(()) => None,
        }
    }

    #[tokio::test]
    async fn what_was_there_before_is_told_and_nothing_twice() {
        let (write, mut writes) = mpsc::channel(4);
        let (sites, seen) = watch::channel(0);
        let (_, _) = (write.send(7).await, write.send(8).await);
        let mut calls = Calls::new(&mut writes, seen);
        sites.send_replace(1);
        assert_eq!(now(&mut calls).await, Some(Ok(Call::Site)));
        assert_eq!(now(&mut calls).await, Some(Ok(Call::Write(7))));
        assert_eq!(now(&mut calls).await, Some(Ok(Call::Write(8))));
        assert_eq!(now(&mut calls).await, None);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken_by_each() {
        let (write, mut writes) = mpsc::channel(4);
        let (sites, seen) = watch::channel(0);
        let mut calls = Calls::new(&mut writes, seen);
        for round in 0..3 {
            assert_eq!(now(&mut calls).await, None);
            let (call, _) = tokio::join!(next(&mut calls), write.send(round));
            assert_eq!(call, Ok(Call::Write(round)));
            assert_eq!(now(&mut calls).await, None);
            let (call, ()) = tokio::join!(next(&mut calls), async {
                sites.send_replace(round);
            });
            assert_eq!(call, Ok(Call::Site));
        }
    }

    #[tokio::test]
    async fn a_call_that_came_while_nobody_looked_is_told_later() {
        let (write, mut writes) = mpsc::channel(4);
        let (sites, seen) = watch::channel(0);
        let mut calls = Calls::new(&mut writes, seen);
        assert_eq!(now(&mut calls).await, None);
        write.send(1).await.expect("room");
        sites.send_replace(1);
        assert_eq!(now(&mut calls).await, Some(Ok(Call::Site)));
        assert_eq!(now(&mut calls).await, Some(Ok(Call::Write(1))));
    }

    #[tokio::test]
    async fn without_a_hub_there_is_no_link() {
        let (write, mut writes) = mpsc::channel::<u32>(4);
        let (sites, seen) = watch::channel(0);
        let mut calls = Calls::new(&mut writes, seen);
        drop(write);
        assert_eq!(now(&mut calls).await, None);
        drop(sites);
        assert_eq!(next(&mut calls).await, Err(FeedError::Closed));
    }
}
