//! A simulated city for Linepack: stations, network, crews and faults, spoken to only through real sockets.
//!
//! Nothing here uses the hub's codecs, so that an encoding mistake cannot cancel itself out. Read in this order:
//! [`plant`] (what is simulated), [`physics`] (what the instruments see), [`simulation`] (the sockets), [`scenario`].

pub mod city;
mod crew;
mod device;
mod edge;
pub mod error;
mod http;
pub mod modbus;
mod mqtt;
pub mod physics;
pub mod plant;
pub mod proxy;
pub mod roads;
pub mod scenario;
pub mod simulation;
mod tasks;

pub use city::{City, CityOptions, SiteOptions};
pub use error::SimError;
pub use plant::{Api, Plant};
pub use scenario::ScenarioInfo;
pub use simulation::{Options, Simulation};
