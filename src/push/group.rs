//! Screens with the same interest: their frames are composed once and kept in a short ring that each session reads
//! at its own pace. A session the ring has left behind gets a new snapshot.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linepack_core::{AssetId, CrewId, IncidentNo, Millis, Registry, Ts};
use tokio::sync::watch;

use super::glob;
use super::ids::IdSet;
use super::interest::{Interest, Scope};
use super::names::Names;
use crate::view::Picture;

/// Most frames a session may be behind.
const FRAMES: usize = 256;
/// Most bytes of frames kept for those behind.
const BYTES: usize = 8 << 20;
/// Most time a session may be behind: what is on a screen is never older than this, and the time of one write.
const AGE: Millis = Millis::secs(2);
/// A snapshot is shared by those who come within this time; what changed since follows from the ring.
const SHARED: Millis = Millis(500);

/// Screens with the same interest.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) interest: Interest,
    /// The numbers in the sets are of this registry.
    pub(super) registry: Arc<Registry>,
    pub(super) points: IdSet,
    pub(super) assets: IdSet,
    state: Mutex<State>,
    /// Number of the next frame, for waking.
    news: watch::Sender<u64>,
    /// One composes a snapshot, the others wait for it.
    making: tokio::sync::Mutex<()>,
}

/// What the lock guards. Joining (picture loaded, place in the ring taken) and composing (picture loaded, frame put
/// in the ring) exclude each other, so a frame a session reads is never older than its snapshot.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Crews that a screen may show, where a viewport hides some.
    pub(super) crews: HashSet<CrewId>,
    /// Incidents that a crew's screen may show.
    pub(super) incidents: HashSet<IncidentNo>,
    frames: VecDeque<Arc<Frame>>,
    /// Number of the first frame in the ring.
    first: u64,
    bytes: usize,
    snapshot: Option<Arc<Snapshot>>,
    ended: bool,
}

/// The shared part of a delta: everything after `ts_ms`, `,"alarms":[…]…}`.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) ts: Ts,
    pub(super) body: String,
}

/// The shared part of a snapshot, and the frame that follows it.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) ts: Ts,
    pub(super) body: String,
    next: u64,
}

/// What a session finds in the ring.
#[derive(Debug)]
pub(super) enum News {
    /// In order; may be empty.
    Frames(Vec<Arc<Frame>>),
    /// It was left behind.
    Lagged,
    /// The site was read anew: join again.
    Ended,
}

/// A session's place in a group.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) group: Arc<Group>,
    news: watch::Receiver<u64>,
    next: u64,
}

impl Group {
    /// Works out what the interest means on this site; slow with globs over hundreds of thousands of points.
    pub(super) fn new(interest: Interest, registry: Arc<Registry>, names: &Names) -> Self {
        let points = glob::points(&registry, names, &interest.points);
        let assets = if interest.assets {
            let seen = (0u32..).zip(&registry.assets).filter(|(_, a)| interest.sees(a.position)).map(|(id, _)| id);
            IdSet::of(seen.collect(), registry.assets.len())
        } else {
            IdSet::none()
        };
        Self {
            interest,
            registry,
            points,
            assets,
            state: Mutex::default(),
            news: watch::Sender::new(0),
            making: tokio::sync::Mutex::default(),
        }
    }

    /// A new session's place; it starts with a snapshot.
    pub(super) fn reader(self: &Arc<Self>) -> Reader {
        Reader { group: self.clone(), news: self.news.subscribe(), next: 0 }
    }

    /// Sessions reading.
    pub(super) fn readers(&self) -> usize {
        self.news.receiver_count()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame into the ring and wakes the sessions.
    pub(super) fn publish(&self, state: &mut State, ts: Ts, body: String) {
        state.bytes += body.len();
        state.frames.push_back(Arc::new(Frame { ts, body }));
        while state.frames.len() > 1
            && (state.frames.len() > FRAMES
                || state.bytes > BYTES
                || state.frames.front().is_some_and(|f| ts - f.ts > AGE))
        {
            state.drop_first();
        }
        self.news.send_replace(state.next());
    }

    /// Changes were lost: every session needs a new snapshot.
    pub(super) fn resync(&self) {
        let mut state = self.lock();
        while state.drop_first() {}
        // One number past what any session can have read.
        state.first += 1;
        state.snapshot = None;
        self.news.send_replace(state.next());
    }

    /// The site was read anew: every session must join again.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.news.send_replace(u64::MAX);
    }

    /// Whether a crew's screen shows an incident: while the crew has something to do or to answer there.
    pub(super) fn shows_incident(&self, picture: &Picture, no: IncidentNo) -> bool {
        let Some(incident) = picture.board.incidents.get(&no) else { return false };
        let Scope::Crew(own) = &self.interest.scope else { return true };
        incident
            .assignments
            .iter()
            .filter_map(|no| picture.board.assignments.get(no))
            .any(|a| a.state.is_open() && self.registry.crews.get(a.crew.index()).is_some_and(|c| *c.id == **own))
    }

    /// Whether a screen shows a crew.
    pub(super) fn shows_crew(&self, picture: &Picture, id: CrewId) -> bool {
        let (Some(now), Some(crew)) = (picture.board.crews.get(&id), self.registry.crews.get(id.index())) else {
            return false;
        };
        match &self.interest.scope {
            Scope::All => self.interest.sees(now.fix.map_or(crew.base, |f| f.position)),
            Scope::Crew(own) => *crew.id == **own,
        }
    }

    /// Whether a screen shows an asset.
    pub(super) fn shows_asset(&self, id: AssetId) -> bool {
        self.assets.contains(id.0)
    }

    /// Every crew of the registry.
    pub(super) fn all_crews(&self) -> IdSet {
        IdSet::All(u32::try_from(self.registry.crews.len()).unwrap_or(u32::MAX))
    }

    /// Composes a snapshot, or shares one just made. `None`: the site was read anew.
    pub(super) async fn snapshot(&self, load: impl Fn() -> (Arc<Picture>, Ts) + Send) -> Option<Arc<Snapshot>> {
        let _one = self.making.lock().await;
        let (picture, ts, next) = {
            let mut state = self.lock();
            let (picture, ts) = load();
            if state.ended || !Arc::ptr_eq(&picture.registry, &self.registry) {
                return None;
            }
            // A clock that was set back makes none young.
            let young = |s: &&Arc<Snapshot>| (Millis(0)..SHARED).contains(&(ts - s.ts)) && s.next >= state.first;
            if let Some(shared) = state.snapshot.as_ref().filter(young) {
                return Some(shared.clone());
            }
            let board = &picture.board;
            if self.interest.crews {
                state.crews.extend(board.crews.keys().copied().filter(|&id| self.shows_crew(&picture, id)));
            }
            if self.interest.incidents {
                state.incidents.extend(board.incidents.keys().copied().filter(|&no| self.shows_incident(&picture, no)));
            }
            (picture, ts, state.next())
        };
        let body = super::snapshot::compose(self, &picture, ts).await;
        let made = Arc::new(Snapshot { ts, body, next });
        self.lock().snapshot = Some(made.clone());
        Some(made)
    }
}

impl State {
    fn next(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    fn drop_first(&mut self) -> bool {
        let Some(frame) = self.frames.pop_front() else { return false };
        self.bytes -= frame.body.len();
        self.first += 1;
        true
    }
}

impl Reader {
    /// Goes on from a snapshot.
    pub(super) fn follow(&mut self, snapshot: &Snapshot) {
        self.next = snapshot.next;
    }

    /// Resolves when there is something to take.
    pub(super) async fn changed(&mut self) {
        // The sender lives in the group we hold, so there is no error to meet.
        let _ = self.news.wait_for(|next| *next > self.next).await;
    }

    /// What is new, up to the latest frame.
    pub(super) fn take(&mut self) -> News {
        let state = self.group.lock();
        if state.ended {
            return News::Ended;
        }
        let Some(skip) = self.next.checked_sub(state.first) else { return News::Lagged };
        self.next = state.next();
        News::Frames(state.frames.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).cloned().collect())
    }
}
