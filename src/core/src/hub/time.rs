//! What time does: silence makes values stale, and delays run out.

use crate::alarm::Seen;
use crate::detect::is_rate;
use crate::point::flag;
use crate::registry::{AlarmKind, AlarmSource};
use crate::{AlarmId, PointId, Quality, Reason, Registry, Ts};

use super::Step;
use super::field::{Field, is_bad};

impl Field {
    /// Time passed: silence and delays.
    pub(super) fn tick(&mut self, step: &mut Step<'_>) {
        while let Some(points) = self.stale.pop(step.now.0) {
            for point in points {
                self.silence(PointId(point), step);
            }
        }
        while let Some(id) = self.book.pop_due(step.now) {
            self.delay_over(id, step);
        }
        self.listen(step);
        self.alarm_timers(step);
        self.end_suppressing(step);
        self.floods.tick(step.now);
        self.expire(step);
        self.save_some(step);
    }

    /// Starts the stale timers of points that have none running.
    pub(super) fn start(&mut self, now: Ts, registry: &Registry) {
        self.started = true;
        self.suppressions.start(now);
        let raised = self.book.touched().filter_map(|id| Some((id, self.book.raised(id)?)));
        let raised = raised.map(|(id, at)| (registry.position_of(id), at)).collect();
        self.floods.resume(raised, now);
        for point in 0..self.records.len() {
            let record = &mut self.records[point];
            if record.heard == 0 {
                record.heard = now.0;
            }
            self.time(point);
        }
    }

    /// Arms a point's stale timer if it should run and does not.
    pub(super) fn time(&mut self, point: usize) {
        let record = &mut self.records[point];
        let after = self.kinds[record.kind as usize].stale_after;
        if after > 0 && !record.is(flag::TIMED) && !record.is(flag::DOWN) {
            record.set(flag::TIMED, true);
            self.stale.insert(u32::try_from(point).unwrap_or(u32::MAX), record.heard.saturating_add(after));
        }
    }

    /// A point's stale timer ran out, or it has news since.
    fn silence(&mut self, point: PointId, step: &mut Step<'_>) {
        let record = &mut self.records[point.index()];
        record.set(flag::TIMED, false);
        let after = self.kinds[record.kind as usize].stale_after;
        if record.is(flag::DOWN) || after <= 0 {
            return;
        }
        if record.heard.saturating_add(after) > step.now.0 {
            self.time(point.index());
            return;
        }
        let quality = Quality::Bad(Reason::Stale);
        if record.is(flag::SUBSTITUTED) {
            self.substituted.requalify(point, quality);
            return;
        }
        record.quality = quality.code();
        let value = record.value;
        step.out.changed.push(point);
        if record.is(flag::FEEDS) {
            self.fed(point, None);
        }
        let seen = Seen { value, quality, source: step.now };
        for id in step.registry.points[point.index()].alarms.clone().map(AlarmId) {
            let rule = step.registry.rule(id);
            if rule.kind == AlarmKind::Stale {
                let outcome = self.book.observe(id, rule, true, step.now.0, 0);
                self.carry_out(id, rule, outcome, seen, step);
            }
        }
        self.rewatch(point, step.registry);
    }

    /// A delay may be over. Values count source time: the last good value stands until it would be stale, so source
    /// time runs on with hub time from its arrival, by `stale_after` at most. Silence and links count hub time.
    fn delay_over(&mut self, id: AlarmId, step: &mut Step<'_>) {
        let Some(since) = self.book.pending(id) else { return };
        let rule = step.registry.rule(id);
        let met = !self.book.is_raised(id);
        let over = since + if met { rule.on_delay } else { rule.off_delay };
        let AlarmSource::Point(point) = step.registry.alarms[id.index()].source else {
            self.link_delay_over(id, rule, over, step);
            return;
        };
        let record = self.records[point.index()];
        let quality = record.quality();
        let stands = match rule.kind {
            AlarmKind::Stale => !record.is(flag::DOWN) && met == (quality == Quality::Bad(Reason::Stale)),
            AlarmKind::BadQuality => !record.is(flag::DOWN) && met == is_bad(quality),
            // one sample tells a rate; without the next one nobody knows whether it went on
            AlarmKind::NoReport => !record.is(flag::DOWN) && self.detectors.met(id) == Some(met),
            kind => quality.is_good() && !is_rate(kind),
        };
        // how long nothing came is told by the hub's clock
        let silence = matches!(rule.kind, AlarmKind::Stale | AlarmKind::NoReport);
        if !stands {
            return;
        }
        let (at, skew) = if silence {
            (step.now.0, 0)
        } else {
            let stands_for = match self.kinds[record.kind as usize].stale_after {
                0 => i64::MAX,
                after => after,
            };
            let skew = record.received.saturating_sub(record.ts);
            let due = over.0.saturating_add(skew);
            if due > step.now.0 && due.saturating_sub(record.received) <= stands_for {
                self.book.arm(id, due);
                return;
            }
            (record.ts.saturating_add(step.now.0.saturating_sub(record.received).min(stands_for)), skew)
        };
        if at < over.0 {
            // the next sample arms it again; for silence, time itself does
            if silence {
                self.book.arm(id, over.0);
            }
            return;
        }
        let outcome = self.book.observe(id, rule, met, at, skew);
        let seen = Seen { value: record.value, quality, source: over };
        self.carry_out(id, rule, outcome, seen, step);
        self.rewatch(point, step.registry);
    }
}
