//! The clocks of sources that stamp their own times: measured, and an alarm where one is off for a while.

use crate::alarm::Seen;
use crate::clockwatch::ClockWatch;
use crate::point::{Record, flag};
use crate::registry::{AlarmKind, Rule};
use crate::{AlarmId, AssetId, Delivery, Quality, Registry, Sample, Ts};

use super::Step;
use super::field::Field;

/// Points of an asset whose samples are looked at: all of one message tell the same.
const POINTS: usize = 3;

/// One watch an asset, and the flags of the points that feed it.
pub(super) fn watches(registry: &Registry, records: &mut [Record]) -> Vec<ClockWatch> {
    for asset in &registry.assets {
        let modbus = asset.connection.is_some_and(|c| registry.connections[c.index()].protocol.starts_with("modbus"));
        if modbus {
            // the protocol knows no time: the hub stamps what it reads
            continue;
        }
        let kinds = &registry.templates[asset.template as usize].points;
        let devices = asset.points.clone().zip(kinds).filter(|(_, kind)| kind.source.is_device());
        for (point, _) in devices.take(POINTS) {
            records[point as usize].set(flag::CLOCK, true);
        }
    }
    vec![ClockWatch::default(); registry.assets.len()]
}

impl Field {
    /// A sample tells how the clock of its source runs.
    pub(super) fn clock(&mut self, sample: &Sample, step: &mut Step<'_>) {
        let asset = step.registry.points[sample.point.index()].asset;
        let watch = &mut self.clocks[asset.index()];
        if sample.delivery != Delivery::Live || !watch.note((sample.received - sample.ts).0) {
            return;
        }
        step.out.clocks.push((asset, watch.offset()));
        for id in step.registry.assets[asset.index()].alarms.clone().map(AlarmId) {
            let rule = step.registry.rule(id);
            if rule.kind == AlarmKind::Clock {
                let outcome = self.book.observe(id, rule, self.is_off(asset, rule), step.now.0, 0);
                self.carry_out(id, rule, outcome, self.seen_clock(asset, step.now), step);
            }
        }
    }

    /// The delay of a clock's alarm may be over; `over` is hub time.
    pub(super) fn clock_delay_over(&mut self, id: AlarmId, asset: AssetId, rule: &Rule, over: Ts, step: &mut Step<'_>) {
        if step.now < over {
            self.book.arm(id, over.0);
            return;
        }
        let outcome = self.book.observe(id, rule, self.is_off(asset, rule), step.now.0, 0);
        self.carry_out(id, rule, outcome, self.seen_clock(asset, over), step);
    }

    fn is_off(&self, asset: AssetId, rule: &Rule) -> bool {
        let offset = self.clocks[asset.index()].offset();
        offset.is_some_and(|ms| ms.unsigned_abs() as f64 / 1000.0 > rule.limit)
    }

    fn seen_clock(&self, asset: AssetId, source: Ts) -> Seen {
        let offset = self.clocks[asset.index()].offset();
        Seen { value: offset.map_or(f64::NAN, |ms| ms as f64 / 1000.0), quality: Quality::Good, source }
    }
}
