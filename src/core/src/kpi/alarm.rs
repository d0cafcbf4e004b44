//! One alarm through the period.

use std::collections::VecDeque;

use super::{ACKNOWLEDGED, ACTIVATED, ANNUNCIATED, Asked, CLEARED, Row};
use crate::{Millis, Ts};

/// What is known of an alarm so far.
#[derive(Clone, Debug, Default)]
pub(super) struct OneAlarm {
    /// Shown anew in the period.
    pub(super) annunciated: u64,
    /// Most activations of one chatter window; 0 where it did not chatter.
    pub(super) chattered: u64,
    /// How often it was fleeting.
    pub(super) fleeting: u64,
    /// The longest time it stood, where that is stale.
    pub(super) stale: Option<Millis>,
    /// Activations of the last chatter window.
    activations: VecDeque<Ts>,
    activated: Option<Ts>,
    /// When it was gone too soon; fleeting unless it is back soon.
    gone: Option<Ts>,
    waits_for_ack: Option<Ts>,
    standing: Option<Ts>,
}

impl OneAlarm {
    /// It stood before the first row.
    pub(super) fn stands_since(&mut self, since: Ts) {
        self.standing = Some(since);
    }

    /// Since when it stands.
    pub(super) fn standing(&self) -> Option<Ts> {
        self.standing
    }

    pub(super) fn row(&mut self, row: &Row, asked: &Asked<'_>, inside: bool, acks: &mut Vec<i64>) {
        let rules = &asked.rules;
        if row.is(ANNUNCIATED) {
            self.annunciated += u64::from(inside);
            // what was shown before the period is not its load
            self.waits_for_ack = inside.then_some(row.at);
        }
        if row.is(ACTIVATED) {
            if let Some(gone) = self.gone.take() {
                self.fleeting += u64::from((row.at - gone).0 > rules.fleeting_quiet.0 && gone >= asked.from);
            }
            self.activated = Some(row.at);
            if inside {
                self.activations.push_back(row.at);
                while self.activations.front().is_some_and(|&first| row.at - first > rules.chatter_within) {
                    self.activations.pop_front();
                }
                if self.activations.len() >= rules.chatter_count {
                    self.chattered = self.chattered.max(self.activations.len() as u64);
                }
            }
        }
        if row.is(CLEARED)
            && let Some(activated) = self.activated.take()
            && row.at - activated < rules.fleeting
        {
            self.gone = Some(row.at);
        }
        if row.is(ACKNOWLEDGED)
            && let Some(since) = self.waits_for_ack.take()
        {
            acks.push((row.at - since).0);
        }
        match (self.standing, row.stands()) {
            (None, true) => self.standing = Some(row.at),
            (Some(since), false) => {
                self.standing = None;
                self.stood(since, row.at, asked);
            }
            _ => {}
        }
    }

    /// The period is over.
    pub(super) fn end(&mut self, asked: &Asked<'_>) {
        if let Some(gone) = self.gone.take() {
            let quiet = asked.to - gone > asked.rules.fleeting_quiet;
            self.fleeting += u64::from(quiet && gone >= asked.from);
        }
        if let Some(since) = self.standing {
            self.stood(since, asked.to, asked);
        }
    }

    fn stood(&mut self, since: Ts, until: Ts, asked: &Asked<'_>) {
        let for_long = until - since;
        if for_long > asked.rules.stale && until > asked.from {
            self.stale = self.stale.max(Some(for_long));
        }
    }
}
