//! What the instruments see: quasi-steady gas flow where the network is known, plausible signals elsewhere.

pub mod demand;
pub mod grid;
pub mod signal;
pub mod world;
mod zone;

pub use world::World;
