//! Frames to many sockets: a write costs some microseconds of the system's time each, so they are divided among the cores.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::group::Group;
use super::line::Numbered;
use crate::lifecycle::Tasks;

/// Sockets written to before others get their turn on this thread: a third of a millisecond.
const TURN: usize = 64;

/// A frame, and the places of its group it goes to.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) group: Arc<Group>,
    pub(super) news: Numbered,
    pub(super) places: Range<usize>,
}

/// Frames being sent.
#[derive(Debug)]
pub(super) struct Sweep(Arc<AtomicUsize>);

impl Sweep {
    /// Sends, at once where there are few, else on tasks of their own; `done` is told at the end.
    pub(super) fn start(outgoing: Vec<Outgoing>, tasks: &Tasks, done: &Arc<Notify>) -> Self {
        let places: usize = outgoing.iter().map(|o| o.places.len()).sum();
        let left = Arc::new(AtomicUsize::new(0));
        if places <= TURN {
            let mut room = vec![];
            outgoing.iter().for_each(|o| o.places.clone().for_each(|place| o.offer(place, &mut room)));
            return Self(left);
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shares = deal(outgoing, places.div_ceil(cores.min(places / TURN + 1)));
        left.store(shares.len(), Ordering::Release);
        for share in shares {
            let (left, done) = (left.clone(), done.clone());
            tasks.once(async move {
                send(share).await;
                if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                    done.notify_one();
                }
            });
        }
        Self(left)
    }

    pub(super) fn is_done(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }
}

impl Outgoing {
    fn offer(&self, place: usize, room: &mut Vec<u8>) {
        if let Some(line) = self.group.line(place) {
            line.offer(&self.group, &self.news, room);
        }
    }
}

async fn send(share: Vec<Outgoing>) {
    let (mut room, mut turn) = (vec![], 0);
    for outgoing in share {
        for place in outgoing.places.clone() {
            outgoing.offer(place, &mut room);
            turn += 1;
            if turn % TURN == 0 {
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Shares of at most `most` places, in order.
fn deal(outgoing: Vec<Outgoing>, most: usize) -> Vec<Vec<Outgoing>> {
    let most = most.max(1);
    let (mut shares, mut share, mut room) = (vec![], vec![], most);
    for Outgoing { group, news, mut places } in outgoing {
        while !places.is_empty() {
            let end = places.end.min(places.start + room);
            room -= end - places.start;
            share.push(Outgoing { group: group.clone(), news: news.clone(), places: places.start..end });
            places.start = end;
            if room == 0 {
                shares.push(std::mem::take(&mut share));
                room = most;
            }
        }
    }
    if !share.is_empty() {
        shares.push(share);
    }
    shares
}
