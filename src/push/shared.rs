//! What the pusher and the sessions share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linepack_core::{Millis, Registry, Ts};

use super::glob;
use super::group::{Group, Reader, Snapshot};
use super::interest::Interest;
use super::names::{Names, same_numbers};
use crate::clock::Clock;
use crate::view::{Picture, View};

#[derive(Debug)]
pub(super) struct Shared {
    view: View,
    clock: Clock,
    groups: Mutex<Groups>,
    /// +1 whenever a session joins or leaves, or a snapshot was made.
    generation: AtomicU64,
    /// Of one generation of the registry.
    names: Mutex<Option<(u64, Arc<Names>)>>,
    /// When a snapshot was last composed, milliseconds since the epoch.
    snapshot_at: AtomicI64,
    pub(super) sessions: AtomicUsize,
}

#[derive(Debug, Default)]
struct Groups {
    all: HashMap<Arc<Interest>, Arc<Group>>,
    /// Those the pusher has not heard of.
    fresh: Vec<Arc<Group>>,
}

impl Shared {
    pub(super) fn new(view: View, clock: Clock) -> Self {
        Self {
            view,
            clock,
            groups: Mutex::default(),
            generation: AtomicU64::new(0),
            names: Mutex::default(),
            snapshot_at: AtomicI64::new(i64::MIN),
            sessions: AtomicUsize::new(0),
        }
    }

    pub(super) fn load(&self) -> (Arc<Picture>, Ts) {
        (self.view.load(), self.clock.now())
    }

    /// Names of the registry's points, built once.
    pub(super) fn names(&self, registry: &Arc<Registry>) -> Arc<Names> {
        let mut kept = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((of, names)) if *of == registry.generation => names.clone(),
            _ => {
                let names = Arc::new(Names::of(registry));
                *kept = Some((registry.generation, names.clone()));
                names
            }
        }
    }

    /// A place among the screens with this interest. Blocks while globs are matched over all points.
    pub(super) fn join(&self, interest: &Arc<Interest>) -> Reader {
        let registry = self.view.load().registry.clone();
        let find = |groups: &Groups| {
            groups.all.get(interest).filter(|g| same_numbers(&g.registry, &registry)).map(Group::reader)
        };
        let found = find(&self.lock());
        let reader = found.unwrap_or_else(|| {
            let fresh = Arc::new(Group::new(interest.clone(), registry.clone(), &self.names(&registry)));
            let mut groups = self.lock();
            find(&groups).unwrap_or_else(|| {
                let reader = fresh.reader();
                groups.fresh.push(fresh.clone());
                if let Some(old) = groups.all.insert(interest.clone(), fresh) {
                    old.end();
                }
                reader
            })
        });
        self.generation.fetch_add(1, Ordering::AcqRel);
        reader
    }

    /// Whether joining takes no longer than a few look-ups.
    pub(super) fn is_quick(&self, interest: &Arc<Interest>) -> bool {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).is_some()
            && (!interest.points.iter().any(|glob| glob::scans(glob)) || self.lock().all.contains_key(interest))
    }

    fn lock(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session left; groups nobody reads go when the pusher tidies up.
    pub(super) fn left(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// A snapshot of a group. `None`: the site was read anew.
    pub(super) async fn snapshot(&self, group: &Group) -> Option<Arc<Snapshot>> {
        self.note_snapshot();
        let snapshot = group.snapshot(self.names(&group.registry), || self.load()).await;
        self.note_snapshot();
        self.generation.fetch_add(1, Ordering::AcqRel);
        snapshot
    }

    fn note_snapshot(&self) {
        self.snapshot_at.store(self.clock.now().ms(), Ordering::Release);
    }

    /// Time since a snapshot was last composed.
    pub(super) fn since_snapshot(&self) -> Millis {
        self.clock.now() - Ts(self.snapshot_at.load(Ordering::Acquire))
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Groups that came since the last call.
    pub(super) fn fresh(&self) -> Vec<Arc<Group>> {
        std::mem::take(&mut self.lock().fresh)
    }

    /// Forgets the groups nobody reads, and snapshots that are not to be shared any more.
    pub(super) fn tidy(&self) {
        let now = self.clock.now();
        let mut groups = self.lock();
        groups.all.retain(|_, group| {
            let read = group.readers() > 0;
            if !read {
                group.forget();
            }
            read
        });
        groups.all.values().for_each(|group| group.lock().expire(now));
        if groups.all.len() * 4 < groups.all.capacity() {
            groups.all.shrink_to_fit();
        }
    }

    /// The site was read anew: all sessions join again.
    pub(super) fn end_groups(&self) {
        let groups = std::mem::take(&mut *self.lock());
        groups.all.values().for_each(|group| group.end());
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}
