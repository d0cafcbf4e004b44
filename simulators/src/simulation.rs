//! The simulators running.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use linepack_core::LonLat;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::crew::job::Habits;
use crate::error::SimError;
use crate::modbus::{Bank, ModbusServer};
use crate::physics::World;
use crate::plant::{Api, Link, Plant};
use crate::roads::RoadGraph;
use crate::scenario::{self, ScenarioInfo};
use crate::tasks::Tasks;
use crate::{crew, device, edge, modbus};

/// How often the instruments move.
const TICK: Duration = Duration::from_millis(500);
/// Faults this near to an incident without an asset are repaired with it, m.
const REPAIR_WITHIN_M: f64 = 400.0;

/// How the simulators run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Makes signals, patrols and answers repeatable.
    pub seed: u64,
    /// The time, UTC milliseconds.
    pub now: fn() -> i64,
    /// Site's local time less UTC, s; for demand and weather.
    pub utc_offset_s: i32,
    /// Crews under way drive so many times faster than the roads allow; 1 is real, the demo takes 6.
    pub time_factor: f64,
    /// How long a crew stays after gas is back.
    pub hold: Duration,
    /// Crews that people play: they never answer by themselves, but their vehicle drives once they have accepted.
    pub human_crews: Vec<String>,
}

/// A crew as the scenarios see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CrewNow {
    pub(crate) position: LonLat,
    pub(crate) busy: bool,
    /// Does not answer its next page.
    pub(crate) silent: bool,
}

/// Running simulators; clones are handles to the same ones.
#[derive(Clone)]
pub struct Simulation {
    shared: Arc<Shared>,
}

/// What the parts of a simulation share.
pub(crate) struct Shared {
    pub(crate) plant: Plant,
    pub(crate) options: Options,
    pub(crate) roads: RoadGraph,
    pub(crate) tasks: Tasks,
    pub(crate) servers: Vec<ModbusServer>,
    pub(crate) habits: Habits,
    world: Mutex<World>,
    crews: Mutex<Vec<CrewNow>>,
    api: OnceLock<Api>,
}

impl Simulation {
    /// Binds the Modbus servers and sets the plant in motion. MQTT devices and crews wait for [`connect`](Self::connect).
    pub async fn start(plant: Plant, options: Options, stop: CancellationToken) -> Result<Self, SimError> {
        Self::start_with(plant, options, Habits::default(), stop).await
    }

    async fn start_with(
        plant: Plant,
        options: Options,
        habits: Habits,
        stop: CancellationToken,
    ) -> Result<Self, SimError> {
        let tasks = Tasks::new(stop);
        let mut world = World::new(&plant, options.seed, options.utc_offset_s);
        world.step((options.now)());
        let mut servers = Vec::new();
        for (server, units) in plant.servers.iter().zip(banks(&plant)?) {
            servers.push(ModbusServer::start_in(*server, units, &tasks).await?);
        }
        let crew = |c: &crate::plant::Crew| CrewNow { position: c.base, busy: false, silent: false };
        let shared = Arc::new(Shared {
            roads: RoadGraph::new(&plant.roads),
            crews: Mutex::new(plant.crews.iter().map(crew).collect()),
            world: Mutex::new(world),
            api: OnceLock::new(),
            servers,
            habits,
            tasks: tasks.clone(),
            options,
            plant,
        });
        shared.measure();
        tasks.spawn(shared.clone().run());
        Ok(Self { shared })
    }

    /// Where the Modbus servers listen, in the order of [`Plant::servers`].
    pub fn modbus_addresses(&self) -> Vec<SocketAddr> {
        self.shared.servers.iter().map(ModbusServer::address).collect()
    }

    /// Starts MQTT devices and crews on the broker `mqtt://host:port`, and lets crews answer through `api`. Once only.
    pub fn connect(&self, mqtt_url: &str, api: Option<Api>) -> Result<(), SimError> {
        if self.shared.api.set(api.unwrap_or_default()).is_err() {
            return Err(SimError::Plant("the simulation is connected already".into()));
        }
        device::start(&self.shared, mqtt_url)?;
        edge::start(&self.shared, mqtt_url)?;
        crew::phone::start(&self.shared, mqtt_url)
    }

    /// What can be made to happen.
    pub fn scenarios() -> &'static [ScenarioInfo] {
        scenario::ALL
    }

    /// Makes it happen; says where and what to watch. Every scenario ends by itself.
    pub async fn run_scenario(&self, name: &str) -> Result<String, SimError> {
        scenario::run(&self.shared, name).await
    }

    /// Waits until everything has ended after the stop token was cancelled.
    pub async fn ended(&self) {
        self.shared.tasks.ended().await;
    }
}

impl Shared {
    /// The instruments; never held across an await. A step is whole or repeated, so a poisoned lock does no harm.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The crews; never held across an await.
    pub(crate) fn crews(&self) -> MutexGuard<'_, Vec<CrewNow>> {
        self.crews.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Address and token with which a crew answers.
    pub(crate) fn crew_api(&self, crew: &str) -> Option<(String, String)> {
        let api = self.api.get()?;
        Some((api.base.clone(), api.crews.get(crew)?.clone()))
    }

    /// Address and token with which the hotline opens incidents.
    pub(crate) fn hotline_api(&self) -> Option<(String, String)> {
        let api = self.api.get()?;
        Some((api.base.clone(), api.dispatcher.clone()?))
    }

    /// Ends the faults of an asset, or of the assets near a place.
    pub(crate) fn repair(&self, asset: Option<&str>, place: Option<LonLat>) {
        let now_ms = (self.options.now)();
        let mut world = self.world();
        for (number, this) in self.plant.assets.iter().enumerate() {
            let meant = match asset {
                Some(id) => this.id == id,
                None => place.is_some_and(|p| p.distance_m(this.position) < REPAIR_WITHIN_M),
            };
            if meant && world.repair(number, now_ms) > 0 {
                tracing::info!(asset = this.id, "simulated fault repaired");
            }
        }
    }

    async fn run(self: Arc<Self>) {
        let mut clock = tokio::time::interval(TICK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            clock.tick().await;
            self.obey();
            self.world().step((self.options.now)());
            self.measure();
        }
    }

    /// Takes over what masters wrote into the registers of commands.
    fn obey(&self) {
        let mut world = self.world();
        let units: Vec<_> = self.servers.iter().map(ModbusServer::units).collect();
        for (number, asset) in self.plant.assets.iter().enumerate() {
            let Link::Modbus { server, unit } = asset.link else { continue };
            let Some(bank) = units.get(server).and_then(|u| u.get(&unit)) else { continue };
            for (slot, point) in asset.points.iter().enumerate() {
                if let Some(register) = point.register.as_ref().filter(|_| world.is_commanded(number, slot))
                    && let Some(value) = modbus::read(bank, register)
                {
                    world.command(number, slot, value);
                }
            }
        }
    }

    /// Puts the values into the registers.
    fn measure(&self) {
        let world = self.world();
        let mut units: Vec<_> = self.servers.iter().map(ModbusServer::units).collect();
        for (number, asset) in self.plant.assets.iter().enumerate() {
            let Link::Modbus { server, unit } = asset.link else { continue };
            let Some(bank) = units.get_mut(server).and_then(|u| u.get_mut(&unit)) else { continue };
            for (point, value) in asset.points.iter().zip(world.values(number)) {
                if let Some(register) = &point.register {
                    bank.measure(register, *value);
                }
            }
        }
    }
}

/// The units behind every server, with room for their points.
fn banks(plant: &Plant) -> Result<Vec<HashMap<u8, Bank>>, SimError> {
    let mut banks = vec![HashMap::<u8, Bank>::new(); plant.servers.len()];
    for asset in &plant.assets {
        let Link::Modbus { server, unit } = asset.link else { continue };
        let Some(units) = banks.get_mut(server) else {
            return Err(SimError::Plant(format!("{}: there is no Modbus server number {server}", asset.id)));
        };
        let bank = units.entry(unit).or_default();
        asset.points.iter().filter_map(|p| p.register.as_ref()).for_each(|r| bank.map(r));
    }
    Ok(banks)
}
