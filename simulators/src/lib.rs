//! A simulated city for Linepack: stations, network, crews, faults, over real sockets.

pub mod error;
pub mod modbus;
pub mod plant;
pub mod proxy;
mod tasks;

pub use error::SimError;
pub use plant::{Api, Plant};
