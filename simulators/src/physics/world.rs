//! All instruments of the plant at one moment.

use linepack_core::registry::{Network, NodeKind};

use super::demand;
use super::grid::Grid;
use super::signal::{Signal, mix, ripple, unit};
use crate::plant::{Asset, Plant, Point};

/// How often the grid is solved, ms; values move more often than that.
const SOLVE_EVERY_MS: i64 = 1_000;
/// How long a repaired fault takes to fade, ms.
const FADE_MS: i64 = 5_000;
/// The grid is loaded so that the lowest pressure at the winter peak is this share of what its zone is made for.
const PEAK_WORST: (f64, f64) = (0.82, 0.87);

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A regulator holds this much more than it should, kPa.
    Excess(f64),
    /// Gas escapes at the asset, m³/h.
    Leak(f64),
    /// An instrument shows this, in its unit, reached in so many steps (0: smoothly).
    Shows {
        /// Index of the point.
        point: usize,
        /// Value in the end.
        value: f64,
        /// Steps on the way.
        steps: u32,
    },
}

/// A fault at an asset.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Index of the asset.
    pub asset: usize,
    /// What goes wrong.
    pub effect: Effect,
    /// When it begins, UTC ms.
    pub from_ms: i64,
    /// How long it takes to be fully there, ms.
    pub growth_ms: i64,
    /// When it is repaired, UTC ms.
    pub until_ms: i64,
}

impl Fault {
    /// How much of it is there, 0 to 1.
    fn share(&self, now_ms: i64) -> f64 {
        let part = |ms: i64, of: i64| (ms as f64 / of.max(1) as f64).clamp(0.0, 1.0);
        let grown = part(now_ms.min(self.until_ms) - self.from_ms, self.growth_ms);
        let grown = match self.effect {
            Effect::Shows { steps, .. } if steps > 0 => (grown * f64::from(steps)).floor() / f64::from(steps),
            _ => grown,
        };
        grown * (1.0 - part(now_ms - self.until_ms, FADE_MS))
    }
}

/// Where a point's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Pressure,
    OutletPressure,
    /// What a regulator is told to hold; moved by whoever commands it.
    Setpoint,
    /// 1: a regulator's valve is open, 0: closed; moved by whoever commands it.
    Valve,
    Flow,
    Signal,
}

impl Source {
    const fn is_commanded(self) -> bool {
        matches!(self, Self::Setpoint | Self::Valve)
    }
}

#[derive(Clone, Debug)]
struct Channel {
    source: Source,
    signal: Signal,
    /// kPa or m³/h of one unit of the point.
    per_unit: f64,
    range: Option<(f64, f64)>,
    salt: u64,
}

#[derive(Clone, Debug)]
struct Device {
    node: Option<usize>,
    channels: Vec<Channel>,
}

#[derive(Clone, Debug)]
struct Consumer {
    node: usize,
    /// Mean use, m³/h.
    base: f64,
    heats: bool,
    salt: u64,
}

/// The plant in motion. The same plant, seed and times give the same values.
#[derive(Clone, Debug)]
pub struct World {
    devices: Vec<Device>,
    consumers: Vec<Consumer>,
    grid: Grid,
    faults: Vec<Fault>,
    /// Site's local time less UTC, ms.
    offset_ms: i64,
    solved_ms: Option<i64>,
    values: Vec<Vec<f64>>,
}

impl World {
    /// At rest; `offset_s` is the site's local time less UTC.
    pub fn new(plant: &Plant, seed: u64, offset_s: i32) -> Self {
        let mut node_of = vec![None; plant.assets.len()];
        for (node, this) in plant.network.nodes.iter().enumerate() {
            if let Some(slot) = this.asset.and_then(|a| node_of.get_mut(a.index())) {
                *slot = Some(node);
            }
        }
        let salt = |asset: usize, point: usize| mix(seed ^ mix((asset as u64) << 16 | point as u64));
        let devices = plant.assets.iter().enumerate().map(|(a, asset)| Device {
            node: node_of[a],
            channels: asset
                .points
                .iter()
                .enumerate()
                .map(|(p, point)| channel(point, node_of[a].map(|n| plant.network.nodes[n].kind), salt(a, p)))
                .collect(),
        });
        let mut world = Self {
            devices: devices.collect(),
            consumers: consumers(&plant.network, &plant.assets, seed),
            grid: Grid::new(&plant.network),
            faults: Vec::new(),
            offset_ms: i64::from(offset_s) * 1_000,
            solved_ms: None,
            values: plant.assets.iter().map(|a| vec![0.0; a.points.len()]).collect(),
        };
        world.load();
        world.keep_physics_inside(&plant.assets);
        world
    }

    /// Moves on to `now_ms` (UTC).
    pub fn step(&mut self, now_ms: i64) {
        self.faults.retain(|f| now_ms < f.until_ms + FADE_MS);
        let local = now_ms + self.offset_ms;
        if self.solved_ms.is_none_or(|t| now_ms - t >= SOLVE_EVERY_MS || now_ms < t) {
            self.demands(local);
            self.disturb(now_ms);
            self.grid.step(if self.solved_ms.is_none() { 30 } else { 2 });
            self.solved_ms = Some(now_ms);
        }
        for (device, values) in self.devices.iter().zip(&mut self.values) {
            for (channel, value) in device.channels.iter().zip(values) {
                *value = channel.read(&self.grid, device.node, local);
            }
        }
        for fault in &self.faults {
            if let Effect::Shows { point, value, .. } = fault.effect {
                let share = fault.share(now_ms);
                if let Some(shown) = self.values.get_mut(fault.asset).and_then(|v| v.get_mut(point)) {
                    *shown += (value - *shown) * share;
                }
            }
        }
    }

    /// Values of an asset's points, in their order.
    pub fn values(&self, asset: usize) -> &[f64] {
        self.values.get(asset).map_or(&[], Vec::as_slice)
    }

    /// A regulator failure that ends at `target` on a point: physical where the physics knows it, else only shown.
    pub fn climb_to(&self, asset: usize, point: usize, target: f64) -> Effect {
        let channel = self.devices.get(asset).and_then(|d| d.channels.get(point));
        let now = self.values(asset).get(point).copied().unwrap_or(target);
        match channel {
            Some(c) if c.source == Source::OutletPressure => Effect::Excess((target - now) * c.per_unit),
            _ => Effect::Shows { point, value: target, steps: 0 },
        }
    }

    /// Whether a point is a command to the plant and no measurement.
    pub fn is_commanded(&self, asset: usize, point: usize) -> bool {
        self.channel(asset, point).is_some_and(|c| c.source.is_commanded())
    }

    /// Somebody commands a point, in its unit; what is no command or no sense is left alone.
    pub fn command(&mut self, asset: usize, point: usize, value: f64) {
        let Some(channel) = self.channel(asset, point).filter(|_| value.is_finite()) else { return };
        let kpa = channel.range.map_or(value, |(low, high)| value.clamp(low, high)) * channel.per_unit;
        match (channel.source, self.devices[asset].node) {
            (Source::Setpoint, Some(node)) => self.grid.set_setpoint(node, kpa),
            (Source::Valve, Some(node)) => self.grid.set_open(node, value >= 0.5),
            _ => {}
        }
    }

    fn channel(&self, asset: usize, point: usize) -> Option<&Channel> {
        self.devices.get(asset)?.channels.get(point)
    }

    /// Lets something go wrong.
    pub fn begin(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Repairs all faults of an asset; how many there were.
    pub fn repair(&mut self, asset: usize, now_ms: i64) -> usize {
        let open = self.faults.iter_mut().filter(|f| f.asset == asset && f.until_ms > now_ms);
        open.map(|f| f.until_ms = now_ms).count()
    }

    /// Whether an asset has a fault.
    pub fn is_faulty(&self, asset: usize) -> bool {
        self.faults.iter().any(|f| f.asset == asset)
    }

    /// Whether the pipe physics stands behind a point, so that a leak or an excess moves it.
    pub fn is_physical(&self, asset: usize, point: usize) -> bool {
        self.devices
            .get(asset)
            .and_then(|d| d.channels.get(point))
            .is_some_and(|c| c.source != Source::Signal && !c.source.is_commanded())
    }

    fn demands(&mut self, local: i64) {
        let (cooking, heating) = (demand::cooking(local), demand::heating(local));
        for c in &self.consumers {
            let load = if c.heats { 0.1 + 0.9 * heating } else { cooking };
            self.grid.set_demand(c.node, c.base * load * (1.0 + 0.03 * ripple(local, c.salt)));
        }
    }

    fn disturb(&mut self, now_ms: i64) {
        for device in &self.devices {
            if let Some(node) = device.node {
                self.grid.set_excess(node, 0.0);
                self.grid.set_leak(node, 0.0);
            }
        }
        for fault in &self.faults {
            let Some(node) = self.devices.get(fault.asset).and_then(|d| d.node) else { continue };
            match fault.effect {
                Effect::Excess(kpa) => self.grid.set_excess(node, kpa * fault.share(now_ms)),
                Effect::Leak(m3_h) => self.grid.set_leak(node, m3_h * fault.share(now_ms)),
                Effect::Shows { .. } => {}
            }
        }
    }

    /// Solves for the coldest evening.
    fn solve_peak(&mut self) -> f64 {
        for c in &self.consumers {
            self.grid.set_demand(c.node, c.base * if c.heats { 1.0 } else { 1.7 });
        }
        // inlets follow the zones above them from step to step
        for _ in 0..3 {
            self.grid.step(30);
        }
        self.grid.worst()
    }

    /// Scales all consumers so that the network is loaded as a network is at its peak.
    fn load(&mut self) {
        let (least, most) = PEAK_WORST;
        for _ in 0..40 {
            let worst = self.solve_peak();
            let factor = if worst < least {
                0.85
            } else if worst > most {
                1.12
            } else {
                break;
            };
            for c in &mut self.consumers {
                c.base *= factor;
            }
        }
    }

    /// A point whose physical value would stand in alarm gets a signal instead: the site's pressures are not ours.
    fn keep_physics_inside(&mut self, assets: &[Asset]) {
        let inside = |world: &Self, asset: usize, point: usize, local: i64| {
            let value = world.devices[asset].channels[point].read(&world.grid, world.devices[asset].node, local);
            let spec = &assets[asset].points[point];
            spec.limits.low.or(spec.limits.low_low).is_none_or(|l| value > l)
                && spec.limits.high.or(spec.limits.high_high).is_none_or(|h| value < h)
                && spec.range.is_none_or(|(a, b)| a < value && value < b)
        };
        let mut outside = Vec::new();
        self.solve_peak();
        for quiet in [false, true] {
            if quiet {
                for c in &self.consumers {
                    self.grid.set_demand(c.node, c.base * 0.2);
                }
                self.grid.step(30);
            }
            for (asset, spec) in assets.iter().enumerate() {
                for point in 0..spec.points.len() {
                    if self.is_physical(asset, point) && !inside(self, asset, point, 0) {
                        outside.push((asset, point));
                    }
                }
            }
        }
        for (asset, point) in outside {
            self.devices[asset].channels[point].source = Source::Signal;
        }
    }
}

impl Channel {
    fn read(&self, grid: &Grid, node: Option<usize>, local_ms: i64) -> f64 {
        let physical = node.and_then(|node| match self.source {
            Source::Pressure => grid.pressure(node),
            Source::OutletPressure => grid.outlet_pressure(node),
            Source::Setpoint => grid.setpoint(node),
            Source::Valve => grid.is_open(node).map(|open| f64::from(u8::from(open))),
            Source::Flow => grid.flow(node),
            Source::Signal => None,
        });
        let value = match physical {
            // nobody measures it
            Some(value) if self.source == Source::Setpoint => value / self.per_unit,
            Some(value) if self.source == Source::Valve => value,
            // every set-point a little different, every transmitter a little restless
            Some(value) => {
                let own = if self.source == Source::OutletPressure { 0.03 * (unit(self.salt) - 0.5) } else { 0.0 };
                value / self.per_unit * (1.0 + own + 0.004 * ripple(local_ms, self.salt))
            }
            None => self.signal.at(local_ms, self.salt),
        };
        self.range.map_or(value, |(low, high)| value.clamp(low, high))
    }
}

fn channel(point: &Point, node: Option<NodeKind>, salt: u64) -> Channel {
    let (is_pressure, per_unit): (bool, f64) = match point.unit.as_str() {
        "kPa" => (true, 1.0),
        "MPa" => (true, 1_000.0),
        "bar" => (true, 100.0),
        "mbar" => (true, 0.1),
        "m³/h" | "m3/h" | "Nm³/h" | "Nm3/h" => (false, 1.0),
        _ => (false, 0.0),
    };
    let source = match (node, point.name.as_str()) {
        (Some(NodeKind::Regulator), "inlet_pressure") if is_pressure => Source::Pressure,
        (Some(NodeKind::Regulator), "outlet_pressure") if is_pressure => Source::OutletPressure,
        (Some(NodeKind::Regulator), "outlet_setpoint") if is_pressure => Source::Setpoint,
        (Some(NodeKind::Regulator), "valve_open") => Source::Valve,
        (Some(NodeKind::Source), "outlet_pressure" | "pressure") if is_pressure => Source::Pressure,
        (Some(NodeKind::Source | NodeKind::Regulator), _) if is_pressure => Source::Signal,
        (Some(_), "pressure" | "inlet_pressure") if is_pressure => Source::Pressure,
        (Some(NodeKind::Source | NodeKind::Regulator | NodeKind::Customer), "flow" | "gas_flow")
            if !is_pressure && per_unit > 0.0 =>
        {
            Source::Flow
        }
        _ => Source::Signal,
    };
    Channel { source, signal: Signal::of(point), per_unit: per_unit.max(0.1), range: point.range, salt }
}

fn consumers(network: &Network, assets: &[Asset], seed: u64) -> Vec<Consumer> {
    let customers = network.nodes.iter().enumerate().filter(|(_, n)| n.kind == NodeKind::Customer);
    customers
        .map(|(node, this)| {
            let salt = mix(seed ^ 0xc0ff ^ mix(node as u64));
            let kind = this.asset.and_then(|a| assets.get(a.index())).map_or("", |a| a.kind.as_str());
            let heats = kind.contains("heat");
            let base = match kind {
                _ if heats => 900.0,
                k if k.contains("cng") => 500.0,
                _ => 60.0 + 120.0 * unit(salt),
            };
            Consumer { node, base, heats, salt }
        })
        .collect()
}
