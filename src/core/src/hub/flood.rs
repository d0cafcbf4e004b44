//! Floods: more annunciations at one operator position than a person can look at.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::registry::{FloodLimits, PositionId, Registry};
use crate::{Event, Ts};

/// While a flood goes on, its numbers are told this often at most, milliseconds.
const TOLD_EVERY: i64 = 2_000;

/// A flood of one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flood {
    /// The position's name.
    pub position: Arc<str>,
    /// When the annunciations became too many.
    pub began: Ts,
    /// When they were few again.
    pub ended: Option<Ts>,
    /// Alarms annunciated in it, those that made it one included.
    pub annunciated: u64,
    /// Most of them within the time that is counted.
    pub peak: u32,
    /// This is the news of its beginning.
    pub begins: bool,
}

/// One position's count.
#[derive(Debug, Default)]
struct Count {
    /// Annunciations by second, oldest first; no second is older than the time that is counted.
    seconds: VecDeque<(i64, u32)>,
    /// Their sum.
    sum: u32,
    flood: Option<Flood>,
    /// When the flood was last told of, and how many it had then.
    told: (i64, u64),
}

/// All positions.
#[derive(Debug)]
pub(super) struct Floods {
    counts: Vec<Count>,
    limits: FloodLimits,
    names: Vec<Arc<str>>,
    news: Vec<Flood>,
}

impl Count {
    fn forget(&mut self, now: Ts, limits: &FloodLimits) {
        while let Some(&(second, n)) = self.seconds.front()
            && now.0.saturating_sub(second * 1000) >= limits.within.0
        {
            self.seconds.pop_front();
            self.sum = self.sum.saturating_sub(n);
        }
    }

    fn add(&mut self, now: Ts, n: u32) {
        let second = now.0.div_euclid(1000);
        match self.seconds.back_mut() {
            Some((last, count)) if *last >= second => *count = count.saturating_add(n),
            _ => self.seconds.push_back((second, n)),
        }
        self.sum = self.sum.saturating_add(n);
    }
}

impl Floods {
    pub(super) fn new(registry: &Registry) -> Self {
        let names: Vec<Arc<str>> = registry.positions.iter().map(|p| p.name.clone()).collect();
        let counts = names.iter().map(|_| Count::default()).collect();
        Self { counts, limits: registry.alarm_policy.flood, names, news: vec![] }
    }

    /// Goes on with a flood from before a restart or reload; one of a position that is no more ends with it.
    pub(super) fn restore(&mut self, flood: Flood, now: Option<Ts>) {
        match self.names.iter().position(|n| *n == flood.position) {
            Some(at) => self.counts[at].flood = Some(flood),
            None => self.news.push(Flood { ended: Some(now.unwrap_or(flood.began)), ..flood }),
        }
    }

    /// What was annunciated before a restart counts on. The counts of seconds are not kept, so that a flood goes on
    /// as if it had just been at its end.
    pub(super) fn resume(&mut self, mut raised: Vec<(PositionId, Ts)>, now: Ts) {
        raised.sort_by_key(|(_, at)| *at);
        for (position, at) in raised {
            if let Some(count) = self.counts.get_mut(position.index()).filter(|_| at <= now) {
                count.add(at, 1);
            }
        }
        for count in &mut self.counts {
            count.forget(now, &self.limits);
            if count.flood.is_some() && count.sum < self.limits.end {
                count.add(now, self.limits.end - count.sum);
            }
        }
    }

    /// An alarm was annunciated.
    pub(super) fn annunciated(&mut self, position: PositionId, now: Ts) {
        let Some(count) = self.counts.get_mut(position.index()) else { return };
        count.forget(now, &self.limits);
        count.add(now, 1);
        match &mut count.flood {
            Some(flood) => {
                flood.annunciated += 1;
                flood.peak = flood.peak.max(count.sum);
            }
            None if count.sum > self.limits.start => {
                let position = self.names[position.index()].clone();
                let annunciated = u64::from(count.sum);
                let flood = Flood { position, began: now, ended: None, annunciated, peak: count.sum, begins: false };
                count.told = (now.0, annunciated);
                self.news.push(Flood { begins: true, ..flood.clone() });
                count.flood = Some(flood);
            }
            None => {}
        }
    }

    /// Time passed: floods end, or tell their numbers.
    pub(super) fn tick(&mut self, now: Ts) {
        for count in &mut self.counts {
            let Some(flood) = &mut count.flood else { continue };
            let n = flood.annunciated;
            if now.0.saturating_sub(count.told.0) >= TOLD_EVERY && n != count.told.1 {
                count.told = (now.0, n);
                self.news.push(flood.clone());
            }
        }
        for at in 0..self.counts.len() {
            let count = &mut self.counts[at];
            count.forget(now, &self.limits);
            if count.sum < self.limits.end.max(1)
                && let Some(mut flood) = count.flood.take()
            {
                flood.ended = Some(now);
                self.news.push(flood);
            }
        }
    }

    /// Floods that go on.
    pub(super) fn open(&self) -> impl Iterator<Item = &Flood> + '_ {
        self.counts.iter().filter_map(|c| c.flood.as_ref())
    }

    /// What has changed since it was last asked for.
    pub(super) fn flush(&mut self, events: &mut Vec<Event>) {
        events.extend(self.news.drain(..).map(Event::Flood));
    }
}
