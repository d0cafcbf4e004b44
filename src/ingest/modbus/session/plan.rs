//! The plan of reads: the first, after a reload, and when a device turned out to have holes.

use std::collections::HashMap;
use std::time::Duration;

use linepack_core::PointId;

use super::{Asked, Session};
use crate::ingest::feed::FeedError;
use crate::ingest::modbus::devices::Devices;
use crate::ingest::modbus::holes::Holes;
use crate::ingest::modbus::map::Map;
use crate::ingest::modbus::plan::plan;
use crate::ingest::modbus::schedule::{BEAT, Schedule};
use crate::site::Protocol;
use crate::wire;

/// Holes that are shown.
const SHOWN: usize = 200;

impl Session<'_> {
    /// Reads of the present site, as if nothing were known of the devices.
    pub(super) fn first_plan(&mut self) {
        let map = Map::new(&self.site, self.connection, self.settings);
        let now = self.start.elapsed();
        // the golden ratio spreads any number of links evenly
        let shift = (self.connection.index() as f64 * 0.618_033_988_749_895).fract();
        self.holes = Holes::new(self.settings.hole_expiry);
        self.reads = plan(map.wanted, &[]);
        self.link.shapes.share(&mut self.reads);
        self.asked = vec![Asked::default(); self.reads.len()];
        let into = Duration::from_millis(self.link.clock.now().ms().unsigned_abs() % BEAT.as_millis() as u64);
        let (timeout, longest) = (self.settings.timeout, self.settings.retry_max);
        self.schedule = Schedule::new(&self.reads, now, shift, now + BEAT - into, timeout, longest);
        for unit in self.devices.down() {
            self.schedule.mark_down(unit, now);
        }
        self.devices = Devices::new(map.assets);
        self.devices.count(&self.link.status);
        self.epoch = self.epoch.wrapping_add(1);
        self.replan = false;
        self.show_holes();
    }

    /// The same reads around what the devices will not read; all keep their turns.
    pub(super) fn plan_anew(&mut self) {
        let now = self.start.elapsed();
        let map = Map::new(&self.site, self.connection, self.settings);
        let mut reads = plan(map.wanted, &self.holes.barriers());
        self.link.shapes.share(&mut reads);
        self.holes.settle(&reads);
        let mut before: HashMap<PointId, usize> = HashMap::new();
        for (i, read) in self.reads.iter().enumerate() {
            before.extend(read.points().map(|p| (p, i)));
        }
        let holes = &self.holes;
        self.schedule.replace(
            &reads,
            now,
            |read| read.points().filter_map(|p| before.get(&p)).copied().collect(),
            |read| holes.is_urgent(read),
        );
        self.asked = vec![Asked::default(); reads.len()];
        self.reads = reads;
        self.epoch = self.epoch.wrapping_add(1);
        self.replan = false;
        self.show_holes();
    }

    /// Takes over a new site. False: this link has other settings there, or is gone.
    pub(crate) async fn adopt(&mut self) -> Result<bool, FeedError> {
        let (site, present) = self.link.settings();
        let connection = match present {
            Some((connection, Protocol::Modbus(settings))) if settings == *self.settings => connection,
            _ => return Ok(false),
        };
        (self.site, self.connection) = (site, connection);
        self.first_plan();
        if let Some(up) = self.link.told.take() {
            self.link.tell(&self.site, connection, up, "").await?;
        }
        for unit in self.devices.units() {
            if self.schedule.is_down(unit) {
                self.tell_devices(unit, false).await?;
            }
        }
        Ok(true)
    }

    fn show_holes(&self) {
        let now = self.link.clock.now().ms();
        let passed = self.start.elapsed();
        let holes = self.holes.known().iter().take(SHOWN).map(|h| wire::Hole {
            unit: h.barrier.unit,
            table: h.barrier.table.word().to_owned(),
            first: h.barrier.first,
            end: h.barrier.end,
            refused: h.barrier.refused,
            until_ms: now.saturating_add(i64::try_from(h.until.saturating_sub(passed).as_millis()).unwrap_or(i64::MAX)),
        });
        self.link.status.holes(holes.collect());
        metrics::gauge!("linepack_modbus_holes", "connection" => self.link.name.to_string())
            .set(self.holes.known().len() as f64);
    }
}
