//! What the pusher and the sessions share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use linepack_core::{Millis, Registry, Ts};

use super::group::{Group, Reader, Snapshot};
use super::interest::Interest;
use super::names::Names;
use crate::clock::Clock;
use crate::view::{Picture, View};

#[derive(Debug)]
pub(super) struct Shared {
    view: View,
    clock: Clock,
    groups: Mutex<HashMap<Interest, Arc<Group>>>,
    /// +1 whenever a session joins or leaves.
    generation: AtomicU64,
    names: Mutex<Option<(Arc<Registry>, Arc<Names>)>>,
    /// When a snapshot was last composed, milliseconds since the epoch.
    snapshot_at: AtomicI64,
    pub(super) sessions: AtomicUsize,
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
            Some((of, names)) if Arc::ptr_eq(of, registry) => names.clone(),
            _ => {
                let names = Arc::new(Names::of(registry));
                *kept = Some((registry.clone(), names.clone()));
                names
            }
        }
    }

    /// A place among the screens with this interest. Blocks while globs are matched over all points.
    pub(super) fn join(&self, interest: Interest) -> Reader {
        let registry = self.view.load().registry.clone();
        let find = |groups: &HashMap<Interest, Arc<Group>>| {
            groups.get(&interest).filter(|g| Arc::ptr_eq(&g.registry, &registry)).map(Group::reader)
        };
        let groups = || self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let found = find(&groups());
        let reader = found.unwrap_or_else(|| {
            let fresh = Arc::new(Group::new(interest.clone(), registry.clone(), &self.names(&registry)));
            let mut groups = groups();
            find(&groups).unwrap_or_else(|| {
                let reader = fresh.reader();
                if let Some(old) = groups.insert(interest.clone(), fresh) {
                    old.end();
                }
                reader
            })
        });
        self.generation.fetch_add(1, Ordering::AcqRel);
        reader
    }

    /// A session left; groups nobody reads go at the pusher's next look.
    pub(super) fn left(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// A snapshot of a group. `None`: the site was read anew.
    pub(super) async fn snapshot(&self, group: &Group) -> Option<Arc<Snapshot>> {
        self.note_snapshot();
        let snapshot = group.snapshot(|| self.load()).await;
        self.note_snapshot();
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

    /// The groups somebody reads; the others are forgotten.
    pub(super) fn groups(&self) -> Vec<Arc<Group>> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.retain(|_, group| group.readers() > 0);
        groups.values().cloned().collect()
    }

    /// The site was read anew: all sessions join again.
    pub(super) fn end_groups(&self) {
        let groups = std::mem::take(&mut *self.groups.lock().unwrap_or_else(PoisonError::into_inner));
        groups.values().for_each(|group| group.end());
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}
