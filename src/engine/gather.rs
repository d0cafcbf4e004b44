//! Samples of many links on their way as one input: until the engine comes to it, whoever has more adds to it.
//!
//! A poll brings a hundred values, and there may be a hundred thousand polls a second: memory, a place in the queue and a
//! share of it for each cost as much as reading its answer. A sender's order holds: what it sends the ordinary way closes
//! what is open, so that its later samples stand behind.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use linepack_core::Sample;

/// Samples from which on an input is not added to any more: a turn of the engine should be short.
const FULL: usize = 2048;
/// Samples that may wait at a side, 1 MB of them; beyond that whoever has more waits for the ordinary queue.
const MOST: u64 = 1 << 15;
/// Additions of one sender that may wait: one that is too fast leaves the others their room.
const SHARE: u8 = 16;
/// Gatherings side by side: senders that run at once seldom meet in one.
const SIDES: usize = 8;

/// All that is gathered.
#[derive(Debug, Default)]
pub(super) struct Gather {
    sides: [Side; SIDES],
    /// Senders so far.
    senders: AtomicUsize,
}

/// Inputs, first to be taken first; each has a place in the engine's queue. Apart from others in the cache.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Side(Mutex<Gathered>);

#[derive(Debug, Default)]
struct Gathered {
    inputs: VecDeque<Vec<Sample>>,
    /// The last input may grow.
    open: bool,
    /// Of the registry the samples' numbers belong to; none while the site is being replaced.
    generation: Option<u64>,
    /// Samples ever added, and of them ever taken.
    added: u64,
    taken: u64,
    /// Length of the input taken last: the next will have about as much.
    usual: usize,
}

/// Who adds, and what of it waits.
#[derive(Clone, Copy, Debug)]
pub struct Sender {
    side: usize,
    /// Additions since the engine had taken all of them.
    waiting: u8,
    /// All samples that were added when it did last.
    last: u64,
}

impl Gather {
    /// Another one.
    pub(super) fn sender(&self) -> Sender {
        Sender { side: self.senders.fetch_add(1, Ordering::Relaxed) % SIDES, waiting: 0, last: 0 }
    }

    /// Adds samples that belong to a generation of the registry. `place` is asked for a place in the queue, for the side
    /// it is told, where a new input is begun. False: there is no room, or the generation is not the present one; `fill`
    /// was not called.
    #[inline]
    pub(super) fn add(
        &self,
        generation: u64,
        sender: &mut Sender,
        place: impl FnOnce(usize) -> bool,
        fill: impl FnOnce(&mut Vec<Sample>),
    ) -> bool {
        let mut all = self.lock(sender.side);
        if sender.last <= all.taken {
            sender.waiting = 0;
        }
        if all.generation != Some(generation) || sender.waiting >= SHARE || all.added - all.taken >= MOST {
            return false;
        }
        if !all.open || all.inputs.back().is_none_or(|input| input.len() >= FULL) {
            if !place(sender.side) {
                return false;
            }
            let usual = all.usual;
            all.inputs.push_back(Vec::with_capacity(usual));
            all.open = true;
        }
        if let Some(input) = all.inputs.back_mut() {
            let before = input.len();
            fill(input);
            let new = (input.len() - before) as u64;
            all.added += new;
        }
        sender.waiting += 1;
        sender.last = all.added;
        true
    }

    /// The samples of the first place of a side.
    pub(super) fn take(&self, side: usize) -> Vec<Sample> {
        let mut all = self.lock(side);
        let input = all.inputs.pop_front().unwrap_or_default();
        all.taken += input.len() as u64;
        all.open &= !all.inputs.is_empty();
        all.usual = input.len();
        input
    }

    /// The sender has something else in the queue: nothing of it is added before that any more.
    pub(super) fn close(&self, sender: Sender) {
        self.lock(sender.side).open = false;
    }

    /// Whose samples are taken from now on.
    pub(super) fn accept(&self, generation: Option<u64>) {
        for side in 0..SIDES {
            let mut all = self.lock(side);
            all.open = false;
            all.generation = generation;
        }
    }

    fn lock(&self, side: usize) -> MutexGuard<'_, Gathered> {
        self.sides[side % SIDES].0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use linepack_core::{Delivery, PointId, Quality, Ts};

    use super::*;

    fn samples(points: std::ops::Range<u32>) -> impl FnOnce(&mut Vec<Sample>) {
        move |out| {
            out.extend(points.map(|p| Sample {
                point: PointId(p),
                ts: Ts(1),
                received: Ts(1),
                value: 1.0,
                quality: Quality::Good,
                delivery: Delivery::Live,
            }));
        }
    }

    fn gather() -> Gather {
        let gather = Gather::default();
        gather.accept(Some(7));
        gather
    }

    /// Of the first side, where the first sender is.
    fn points(gather: &Gather) -> Vec<u32> {
        gather.take(0).iter().map(|s| s.point.0).collect()
    }

    /// Another one there.
    fn sender(gather: &Gather) -> Sender {
        Sender { side: 0, ..gather.sender() }
    }

    #[test]
    fn one_place_holds_what_several_add() {
        let gather = gather();
        let (mut a, mut b, mut places) = (sender(&gather), sender(&gather), 0);
        let mut add = |sender: &mut Sender, points| {
            let place = |_| {
                places += 1;
                true
            };
            assert!(gather.add(7, sender, place, samples(points)));
        };
        add(&mut a, 0..2);
        add(&mut b, 5..6);
        add(&mut a, 2..3);
        assert_eq!(places, 1);
        assert_eq!(points(&gather), [0, 1, 5, 2]);
    }

    #[test]
    fn what_comes_behind_something_else_has_a_place_of_its_own() {
        let gather = gather();
        let mut a = sender(&gather);
        assert!(gather.add(7, &mut a, |_| true, samples(0..1)));
        gather.close(a);
        assert!(gather.add(7, &mut a, |_| true, samples(1..2)));
        assert_eq!((points(&gather), points(&gather)), (vec![0], vec![1]));
        assert!(gather.add(7, &mut a, |_| true, samples(2..3)), "taken: another place");
        assert_eq!(points(&gather), [2]);
    }

    #[test]
    fn senders_are_spread_and_keep_their_side() {
        let gather = gather();
        let mut senders: Vec<Sender> = (0..2 * SIDES).map(|_| gather.sender()).collect();
        for (i, sender) in (0..).zip(&mut senders) {
            assert!(gather.add(7, sender, |side| side == i as usize % SIDES, samples(i..i + 1)));
        }
        for side in 0..SIDES {
            let points: Vec<_> = gather.take(side).iter().map(|s| s.point.0 as usize).collect();
            assert_eq!(points, [side, side + SIDES]);
        }
    }

    #[test]
    fn without_a_place_nothing_is_taken() {
        let gather = gather();
        assert!(!gather.add(7, &mut sender(&gather), |_| false, samples(0..1)));
        assert_eq!(points(&gather), [0; 0]);
    }

    #[test]
    fn samples_of_another_site_are_not_taken() {
        let gather = gather();
        let mut a = sender(&gather);
        assert!(!gather.add(6, &mut a, |_| true, samples(0..1)));
        gather.accept(None);
        assert!(!gather.add(7, &mut a, |_| true, samples(0..1)));
        gather.accept(Some(8));
        assert!(gather.add(8, &mut a, |_| true, samples(0..1)));
    }

    #[test]
    fn a_sender_that_is_too_fast_leaves_the_others_their_room() {
        let gather = gather();
        let (mut fast, mut slow) = (sender(&gather), sender(&gather));
        for _ in 0..SHARE {
            assert!(gather.add(7, &mut fast, |_| true, samples(0..1)));
        }
        assert!(!gather.add(7, &mut fast, |_| true, samples(0..1)));
        assert!(gather.add(7, &mut slow, |_| true, samples(0..1)));
        gather.take(0);
        assert!(gather.add(7, &mut fast, |_| true, samples(0..1)), "the engine took it");
    }

    #[test]
    fn inputs_and_all_of_them_are_bounded() {
        let gather = gather();
        let mut places = 0;
        let added = (0..)
            .take_while(|_| {
                let place = |_| {
                    places += 1;
                    true
                };
                gather.add(7, &mut sender(&gather), place, samples(0..1000))
            })
            .count() as u64;
        assert_eq!(added, MOST.div_ceil(1000));
        assert_eq!(places, added.div_ceil(3));
        assert_eq!(points(&gather).len(), 3000);
    }
}
