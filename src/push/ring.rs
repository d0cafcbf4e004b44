//! Frames that somebody has yet to take: the two newest ready to send, older ones folded into what they were about.

use std::collections::VecDeque;

use bytes::Bytes;
use linepack_core::{AlarmId, ControlNo, IncidentNo, Ts};

/// Frames kept ready to send; a session further behind is told the present state of what they were about.
const READY: usize = 2;

/// What a delta is about.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) alarms: Vec<AlarmId>,
    pub(super) incidents: Vec<IncidentNo>,
    pub(super) commands: Vec<ControlNo>,
    /// Registry numbers, as those below.
    pub(super) crews: Vec<u32>,
    pub(super) assets: Vec<u32>,
    pub(super) points: Vec<u32>,
    /// Points to be told as a snapshot has them.
    pub(super) whole: Vec<u32>,
    /// Which floods go on.
    pub(super) floods: bool,
}

/// The shared part of a delta: everything after `ts_ms`, `,"alarms":[…]…}`.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) ts: Ts,
    pub(super) body: Bytes,
}

/// What a session finds.
#[derive(Debug)]
pub(super) enum Found {
    /// In order; may be empty.
    Frames(Vec<Frame>),
    /// Too many to send: the present state of these says the same.
    Behind(About),
    /// What it would need is gone.
    Lost,
}

#[derive(Debug)]
struct Held {
    frame: Option<Frame>,
    about: About,
    /// Readers that have yet to take it.
    left: usize,
}

/// The frames of a group, numbered. A frame goes when everybody has taken it.
#[derive(Debug, Default)]
pub(super) struct Ring {
    held: VecDeque<Held>,
    /// Number of the first one held.
    first: u64,
    /// The first one held also stands for those from this number on.
    reach: u64,
    pub(super) readers: usize,
    /// Frames from this number on stay although all have taken them: a snapshot that ends here may be shared.
    keep: Option<u64>,
    /// Numbers in the first one's `about` when each was last in it once.
    folded: usize,
}

impl About {
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        let events = self.alarms.len() + self.incidents.len() + self.commands.len() + usize::from(self.floods);
        events + self.crews.len() + self.assets.len() + self.points.len() + self.whole.len()
    }

    fn extend(&mut self, other: &Self) {
        self.alarms.extend_from_slice(&other.alarms);
        self.incidents.extend_from_slice(&other.incidents);
        self.commands.extend_from_slice(&other.commands);
        self.crews.extend_from_slice(&other.crews);
        self.assets.extend_from_slice(&other.assets);
        self.points.extend_from_slice(&other.points);
        self.whole.extend_from_slice(&other.whole);
        self.floods |= other.floods;
    }

    /// Each once, ascending.
    pub(super) fn tidy(&mut self) {
        fn tidy<T: Ord>(list: &mut Vec<T>) {
            list.sort_unstable();
            list.dedup();
        }
        tidy(&mut self.alarms);
        tidy(&mut self.incidents);
        tidy(&mut self.commands);
        tidy(&mut self.crews);
        tidy(&mut self.assets);
        tidy(&mut self.points);
        tidy(&mut self.whole);
    }
}

impl Ring {
    /// Number of the next frame.
    pub(super) fn next(&self) -> u64 {
        self.first + self.held.len() as u64
    }

    /// Adds a frame for everybody who reads.
    pub(super) fn push(&mut self, frame: Frame, about: About) {
        self.held.push_back(Held { frame: Some(frame), about, left: self.readers });
        while self.held.len() > READY {
            self.fold();
        }
        self.drop_taken();
    }

    /// The two oldest become one.
    fn fold(&mut self) {
        let Some(old) = self.held.pop_front() else { return };
        let Some(now) = self.held.front_mut() else { return };
        if old.left == 0 && self.keep.is_none_or(|keep| keep > self.first) {
            self.first += 1;
            self.reach = self.first;
            self.folded = 0;
            return;
        }
        let mut about = old.about;
        about.extend(&now.about);
        // sorted each time it has doubled, so that a frame costs its own length and not that of all before it
        if about.len() > self.folded * 2 + 64 {
            about.tidy();
            self.folded = about.len();
        }
        *now = Held { frame: None, about, left: now.left };
        self.first += 1;
    }

    fn drop_taken(&mut self) {
        while self.held.front().is_some_and(|h| h.left == 0) && self.keep.is_none_or(|keep| keep > self.first) {
            self.held.pop_front();
            self.first += 1;
            self.reach = self.first;
            self.folded = 0;
        }
    }

    /// Everything is lost: no reader may go on.
    pub(super) fn clear(&mut self) {
        // one number past what any reader can have read
        self.first = self.next() + 1;
        self.reach = self.first;
        self.held.clear();
        self.keep = None;
    }

    /// From which frame on all must stay for those who will share a snapshot.
    pub(super) fn keep(&mut self, from: Option<u64>) {
        self.keep = from;
        self.drop_taken();
    }

    /// Whether a reader could go on from this number.
    pub(super) fn reaches(&self, next: u64) -> bool {
        next >= self.reach
    }

    /// A new reader; where it starts.
    pub(super) fn join(&mut self) -> u64 {
        self.readers += 1;
        self.next()
    }

    /// A reader that had come to `next` is gone.
    pub(super) fn leave(&mut self, next: u64) {
        self.readers = self.readers.saturating_sub(1);
        self.count(next, self.next(), false);
        self.drop_taken();
    }

    /// A reader goes on from another number.
    pub(super) fn jump(&mut self, from: u64, to: u64) {
        if to < from {
            self.count(to, from, true);
        } else {
            self.count(from, to, false);
        }
        self.drop_taken();
    }

    fn count(&mut self, from: u64, to: u64, more: bool) {
        let index = |n: u64| usize::try_from(n.saturating_sub(self.first)).unwrap_or(usize::MAX).min(self.held.len());
        // a folded frame is still to be taken by whoever wants a part of it
        let (from, to) = (index(from), index(to));
        for held in self.held.range_mut(from..to.max(from)) {
            held.left = if more { held.left + 1 } else { held.left.saturating_sub(1) };
        }
    }

    /// What a reader at `next` finds; it has then come to [`next`](Self::next).
    pub(super) fn take(&mut self, next: u64) -> Found {
        if !self.reaches(next) {
            return Found::Lost;
        }
        let skip = usize::try_from(next.saturating_sub(self.first)).unwrap_or(usize::MAX).min(self.held.len());
        let mut frames = vec![];
        for held in self.held.range_mut(skip..) {
            held.left = held.left.saturating_sub(1);
            frames.extend(held.frame.clone());
        }
        let all = self.held.len() - skip;
        let found = if frames.len() == all {
            Found::Frames(frames)
        } else {
            let mut about = About::default();
            self.held.range(skip..).for_each(|held| about.extend(&held.about));
            about.tidy();
            Found::Behind(about)
        };
        self.drop_taken();
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn push(ring: &mut Ring, n: u32) {
        let frame = Frame { ts: Ts(0), body: Bytes::from(n.to_string()) };
        ring.push(frame, About { points: vec![n], ..About::default() });
    }

    fn points(found: Found) -> Vec<u32> {
        match found {
            Found::Frames(frames) => {
                frames.iter().map(|f| std::str::from_utf8(&f.body).unwrap().parse().unwrap()).collect()
            }
            Found::Behind(about) => about.points,
            Found::Lost => panic!("nothing is lost"),
        }
    }

    #[test]
    fn a_frame_goes_when_everybody_has_taken_it_and_old_ones_are_folded() {
        let mut ring = Ring::default();
        let (mut prompt, stuck) = (ring.join(), ring.join());
        for n in 0..1_000 {
            push(&mut ring, n);
            assert_eq!(points(ring.take(prompt)), [n]);
            prompt = ring.next();
            assert!(ring.held.len() <= READY);
        }
        assert_eq!(points(ring.take(stuck)), (0..1_000).collect::<Vec<_>>());
        assert!(ring.held.is_empty());
    }

    #[test]
    fn after_a_clear_all_are_lost() {
        let mut ring = Ring::default();
        let reader = ring.join();
        push(&mut ring, 1);
        ring.clear();
        assert!(matches!(ring.take(reader), Found::Lost));
        push(&mut ring, 2);
        assert!(matches!(ring.take(reader), Found::Lost));
    }

    #[derive(Clone, Debug)]
    enum Act {
        Push,
        Join,
        Take(usize),
        Leave(usize),
        Snapshot,
        Forget,
        Follow(usize),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            6 => Just(Act::Push),
            2 => Just(Act::Join),
            4 => (0usize..4).prop_map(Act::Take),
            1 => (0usize..4).prop_map(Act::Leave),
            1 => Just(Act::Snapshot),
            1 => Just(Act::Forget),
            2 => (0usize..4).prop_map(Act::Follow),
        ];
        prop::collection::vec(act, 1..120)
    }

    proptest! {
        /// Whoever reads misses no frame from where it started, and nothing is held for nobody.
        #[test]
        fn nobody_misses_anything(acts in acts()) {
            let mut ring = Ring::default();
            // (next, how many frames existed there)
            let mut readers: Vec<(u64, u32)> = vec![];
            let mut pushed = 0;
            let mut snapshot: Option<(u64, u32)> = None;
            for act in acts {
                match act {
                    Act::Push => {
                        push(&mut ring, pushed);
                        pushed += 1;
                    }
                    Act::Join => readers.push((ring.join(), pushed)),
                    Act::Take(n) => if let Some((next, at)) = readers.get_mut(n) {
                        let found = points(ring.take(*next));
                        for wanted in *at..pushed {
                            prop_assert!(found.contains(&wanted), "{wanted} of {found:?}");
                        }
                        (*next, *at) = (ring.next(), pushed);
                    },
                    Act::Leave(n) => if n < readers.len() {
                        ring.leave(readers.remove(n).0);
                    },
                    Act::Snapshot => {
                        snapshot = Some((ring.next(), pushed));
                        ring.keep(Some(ring.next()));
                    }
                    Act::Forget => {
                        snapshot = None;
                        ring.keep(None);
                    }
                    Act::Follow(n) => if let (Some(reader), Some(shared)) = (readers.get_mut(n), snapshot) {
                        prop_assert!(ring.reaches(shared.0));
                        ring.jump(reader.0, shared.0);
                        *reader = shared;
                    },
                }
            }
            ring.keep(None);
            for (next, at) in readers {
                let found = points(ring.take(next));
                prop_assert!((at..pushed).all(|n| found.contains(&n)));
            }
            prop_assert!(ring.held.is_empty());
        }
    }
}
