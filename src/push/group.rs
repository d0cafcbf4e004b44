//! Screens with the same interest: their frames are composed once, offered to each, and kept in a short ring for those
//! who did not take them at once. A session that fell behind is told the present state of what it missed, in one frame.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use linepack_core::{AssetId, CrewId, IncidentNo, Millis, Registry, Ts};

use super::delta;
use super::encode::Encoder;
use super::glob;
use super::ids::IdSet;
use super::interest::{Interest, Scope};
use super::line::{Line, Numbered};
use super::names::{Names, same_numbers};
use super::ring::{About, Found, Frame, Ring};
use crate::view::Picture;

/// A snapshot is shared by those who come within this time; what changed since follows from the ring.
const SHARED: Millis = Millis(500);

/// Screens with the same interest.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) interest: Arc<Interest>,
    /// The numbers in the sets are of this registry; settings of alarms stand in the picture's.
    pub(super) registry: Arc<Registry>,
    pub(super) points: IdSet,
    pub(super) assets: IdSet,
    state: Mutex<State>,
    /// Where the frames go.
    places: Mutex<Places>,
    /// Nobody can join it any more.
    forgotten: AtomicBool,
    /// One composes a snapshot, the others wait for it.
    making: tokio::sync::Mutex<()>,
}

/// What the lock guards. Joining (picture loaded, place in the ring taken) and composing (picture loaded, frame put
/// in the ring) exclude each other, so a frame a session reads is never older than its snapshot.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) shown: Shown,
    ring: Ring,
    snapshot: Option<Arc<Snapshot>>,
    ended: bool,
}

/// Lines by place; a place keeps its number, so that some may be sent to while others come and go.
#[derive(Debug, Default)]
struct Places {
    lines: Vec<Option<Arc<Line>>>,
    free: Vec<usize>,
}

/// What may have to be removed from screens again.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Crews that a screen may show, where a viewport hides some.
    pub(super) crews: HashSet<CrewId>,
    /// Incidents that a crew's screen may show.
    pub(super) incidents: HashSet<IncidentNo>,
}

/// The shared part of a snapshot, and the frame that follows it.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) ts: Ts,
    pub(super) body: Bytes,
    next: u64,
}

/// What a session finds in the ring.
#[derive(Debug)]
pub(super) enum News {
    /// In order; may be empty.
    Frames(Vec<Frame>),
    /// Changes were lost.
    Lagged,
    /// The site was read anew: join again.
    Ended,
}

/// A session's place in a group.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) group: Arc<Group>,
    next: u64,
    place: Option<usize>,
}

impl Group {
    /// Works out what the interest means on this site; slow with globs over hundreds of thousands of points.
    pub(super) fn new(interest: Arc<Interest>, registry: Arc<Registry>, names: &Names) -> Self {
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
            places: Mutex::default(),
            forgotten: AtomicBool::new(false),
            making: tokio::sync::Mutex::default(),
        }
    }

    /// A new session's place; it starts with a snapshot.
    pub(super) fn reader(self: &Arc<Self>) -> Reader {
        let next = self.lock().ring.join();
        Reader { group: self.clone(), next, place: None }
    }

    /// Sessions reading.
    pub(super) fn readers(&self) -> usize {
        self.lock().ring.readers
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of places, some of which may be free.
    pub(super) fn size(&self) -> usize {
        self.places().lines.len()
    }

    /// Who has a place.
    pub(super) fn line(&self, place: usize) -> Option<Arc<Line>> {
        self.places().lines.get(place).cloned().flatten()
    }

    /// Has all sessions look what there is.
    fn call(&self) {
        self.places().lines.iter().flatten().for_each(|line| line.call());
    }

    /// It was taken out of those that may be joined.
    pub(super) fn forget(&self) {
        self.forgotten.store(true, Ordering::Release);
    }

    pub(super) fn is_forgotten(&self) -> bool {
        self.forgotten.load(Ordering::Acquire)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame into the ring, from where it is to be offered to the sessions.
    pub(super) fn publish(state: &mut State, ts: Ts, body: Bytes, about: About) -> Numbered {
        state.expire(ts);
        let news = Numbered { number: state.ring.next(), frame: Frame { ts, body } };
        state.ring.push(news.frame.clone(), about);
        news
    }

    /// Changes were lost: every session needs a new snapshot.
    pub(super) fn resync(&self) {
        {
            let mut state = self.lock();
            state.ring.clear();
            state.snapshot = None;
        }
        self.call();
    }

    /// The site was read anew: every session must join again.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.call();
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
    pub(super) async fn snapshot(
        &self,
        names: Arc<Names>,
        load: impl Fn() -> (Arc<Picture>, Ts) + Send,
    ) -> Option<Arc<Snapshot>> {
        let _one = self.making.lock().await;
        let (picture, ts, next) = {
            let mut state = self.lock();
            let (picture, ts) = load();
            if state.ended || !same_numbers(&picture.registry, &self.registry) {
                return None;
            }
            state.expire(ts);
            if let Some(shared) = &state.snapshot {
                return Some(shared.clone());
            }
            let board = &picture.board;
            if self.interest.crews {
                state.shown.crews.extend(board.crews.keys().copied().filter(|&id| self.shows_crew(&picture, id)));
            }
            if self.interest.incidents {
                state
                    .shown
                    .incidents
                    .extend(board.incidents.keys().copied().filter(|&no| self.shows_incident(&picture, no)));
            }
            (picture, ts, state.ring.next())
        };
        let body = super::snapshot::compose(self, &picture, names, ts).await.into();
        let made = Arc::new(Snapshot { ts, body, next });
        let mut state = self.lock();
        // changes may have been lost meanwhile; and a snapshot that nobody else wants is not kept
        if state.ring.reaches(next) && state.ring.readers > 1 {
            state.snapshot = Some(made.clone());
            state.ring.keep(Some(next));
        }
        Some(made)
    }
}

impl Shown {
    /// Notes what a frame of the present shows of these things: the picture may be newer than the frames that were missed.
    fn add(&mut self, group: &Group, picture: &Picture, about: &About) {
        if group.interest.crews {
            let crews = about.crews.iter().copied().map(CrewId);
            self.crews.extend(crews.filter(|&id| group.shows_crew(picture, id)));
        }
        if group.interest.incidents {
            let incidents = about.incidents.iter().copied();
            self.incidents.extend(incidents.filter(|&no| group.shows_incident(picture, no)));
        }
    }
}

impl State {
    /// Forgets a snapshot that is not to be shared any more.
    pub(super) fn expire(&mut self, now: Ts) {
        // a clock that was set back makes none young
        if self.snapshot.as_ref().is_some_and(|s| !(Millis(0)..SHARED).contains(&(now - s.ts))) {
            self.snapshot = None;
            self.ring.keep(None);
        }
    }

    /// Nobody reads: what changes now is in nobody's ring, so no snapshot may be shared from here on.
    pub(super) fn unread(&mut self) -> bool {
        let unread = self.ring.readers == 0;
        if unread {
            self.snapshot = None;
            self.ring.keep(None);
        }
        unread
    }
}

impl Reader {
    /// Goes on from a snapshot.
    pub(super) fn follow(&mut self, snapshot: &Snapshot) {
        self.group.lock().ring.jump(self.next, snapshot.next);
        self.next = snapshot.next;
    }

    /// Takes a place, so that frames are offered to the line.
    pub(super) fn sit(&mut self, line: &Arc<Line>) {
        let mut places = self.group.places();
        let place = places.free.pop().unwrap_or_else(|| {
            places.lines.push(None);
            places.lines.len() - 1
        });
        if let Some(free) = places.lines.get_mut(place) {
            *free = Some(line.clone());
        }
        self.place = Some(place);
    }

    /// Number of the frame that comes next.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Whether there is something to take.
    pub(super) fn has_news(&self) -> bool {
        let state = self.group.lock();
        state.ended || self.next < state.ring.next()
    }

    /// It has that frame, which was its next one.
    pub(super) fn took(&mut self, number: u64) {
        self.group.lock().ring.jump(number, number + 1);
        self.next = number + 1;
    }

    /// What is new, up to the latest frame.
    pub(super) fn take(
        &mut self,
        load: impl Fn() -> (Arc<Picture>, Ts),
        names: impl FnOnce(&Arc<Registry>) -> Arc<Names>,
    ) -> News {
        let (about, (picture, ts)) = {
            let mut state = self.group.lock();
            if state.ended {
                return News::Ended;
            }
            let found = state.ring.take(self.next);
            self.next = state.ring.next();
            match found {
                Found::Frames(frames) => return News::Frames(frames),
                Found::Lost => return News::Lagged,
                Found::Behind(about) => {
                    let (picture, ts) = load();
                    state.shown.add(&self.group, &picture, &about);
                    (about, (picture, ts))
                }
            }
        };
        if !same_numbers(&picture.registry, &self.group.registry) {
            return News::Ended;
        }
        metrics::counter!("linepack_push_conflated_total").increment(1);
        // outside the lock, so that this screen holds up nobody
        let mut encoder = Encoder::once(picture, names(&self.group.registry), ts);
        let body = delta::write(&self.group, &mut Shown::default(), &mut encoder, &about);
        News::Frames(body.map(|body| Frame { ts, body }).into_iter().collect())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.group.lock().ring.leave(self.next);
        if let Some(place) = self.place {
            let mut places = self.group.places();
            places.free.push(place);
            let left = places.lines.get_mut(place).and_then(Option::take);
            drop(places);
            drop(left);
        }
    }
}
