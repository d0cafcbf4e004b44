//! Connection state is data: shown in the UI, in metrics and to `readyz`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use linepack_core::Ts;

use crate::wire;

/// Sources remembered by name; those beyond are counted together.
const SOURCES: usize = 1000;
/// Sources shown.
const TOP: usize = 5;

/// Where a link is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LinkState {
    /// The first attempt runs.
    #[default]
    Connecting,
    /// Up.
    Connected,
    /// Down; waits for its back-off.
    Waiting,
}

impl LinkState {
    /// The wire's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Waiting => "waiting",
        }
    }
}

/// One link's state and counters; clones share it.
#[derive(Clone, Debug)]
pub struct LinkStatus(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    protocol: &'static str,
    now: Mutex<(LinkState, Ts, String)>,
    received: AtomicU64,
    errors: AtomicU64,
    missed: AtomicU64,
    last_good: AtomicI64,
    assets: AtomicU64,
    assets_up: AtomicU64,
    /// Values conflated, by source.
    limited: Mutex<BTreeMap<String, u64>>,
    holes: Mutex<Vec<wire::Hole>>,
}

impl LinkStatus {
    /// A link that is about to connect.
    pub fn new(name: &str, protocol: &'static str, now: Ts) -> Self {
        Self(Arc::new(Inner {
            name: name.to_owned(),
            protocol,
            now: Mutex::new((LinkState::Connecting, now, String::new())),
            received: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            last_good: AtomicI64::new(0),
            assets: AtomicU64::new(0),
            assets_up: AtomicU64::new(0),
            limited: Mutex::default(),
            holes: Mutex::default(),
        }))
    }

    /// Changes the state; the same state keeps its `since`.
    pub fn set(&self, state: LinkState, now: Ts, detail: &str) {
        let mut held = self.0.now.lock().unwrap_or_else(PoisonError::into_inner);
        let since = if held.0 == state { held.1 } else { now };
        *held = (state, since, detail.to_owned());
    }

    /// A request answered, a message read.
    pub fn good(&self, now: Ts) {
        self.0.received.fetch_add(1, Ordering::Relaxed);
        self.0.last_good.store(now.ms(), Ordering::Relaxed);
    }

    /// A request failed, a message refused.
    pub fn error(&self) {
        self.0.errors.fetch_add(1, Ordering::Relaxed);
    }

    /// A poll skipped because the one before had not ended.
    pub fn missed(&self, polls: u64) {
        self.0.missed.fetch_add(polls, Ordering::Relaxed);
    }

    /// Values of a source that gave way to newer ones, because it sends more than it may.
    pub fn limited(&self, source: &str, values: u64) {
        let mut all = self.0.limited.lock().unwrap_or_else(PoisonError::into_inner);
        let name = if all.len() < SOURCES || all.contains_key(source) { source } else { "others" };
        *all.entry(name.to_owned()).or_default() += values;
    }

    /// How many devices it has and how many of them answer.
    pub fn assets(&self, all: u64, up: u64) {
        self.0.assets.store(all, Ordering::Relaxed);
        self.0.assets_up.store(up, Ordering::Relaxed);
    }

    /// The addresses its devices will not read.
    pub fn holes(&self, holes: Vec<wire::Hole>) {
        *self.0.holes.lock().unwrap_or_else(PoisonError::into_inner) = holes;
    }

    /// The present state.
    pub fn state(&self) -> LinkState {
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// For the API.
    pub fn wire(&self) -> wire::Connection {
        let (state, since, detail) = self.0.now.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let limited = self.0.limited.lock().unwrap_or_else(PoisonError::into_inner);
        let mut top: Vec<_> = limited.iter().map(|(s, n)| wire::Limited { source: s.clone(), values: *n }).collect();
        let conflated = top.iter().map(|l| l.values).sum();
        drop(limited);
        top.sort_by_key(|l| std::cmp::Reverse(l.values));
        top.truncate(TOP);
        let last = self.0.last_good.load(Ordering::Relaxed);
        wire::Connection {
            name: self.0.name.clone(),
            protocol: self.0.protocol.to_owned(),
            state: state.name().to_owned(),
            since_ms: since.ms(),
            detail,
            received: self.0.received.load(Ordering::Relaxed),
            errors: self.0.errors.load(Ordering::Relaxed),
            missed: self.0.missed.load(Ordering::Relaxed),
            last_good_ms: (last > 0).then_some(last),
            assets: self.0.assets.load(Ordering::Relaxed),
            assets_up: self.0.assets_up.load(Ordering::Relaxed),
            conflated,
            limited: top,
            holes: self.0.holes.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}
