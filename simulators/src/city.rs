//! A city made up from a number: terrain, streets, gas network, stations, crews, customers.

mod backdrop;
mod catalogue;
mod mains;
pub mod people;
mod plane;
mod site;
mod streets;
mod terrain;
#[cfg(test)]
mod tests;
mod works;

use crate::plant::{Framing, Plant};
use catalogue::Template;
pub use people::{CrewSheet, Customer};
use plane::{Xy, lon_lat};
pub use site::SiteOptions;
use streets::Street;
use terrain::{HALF, Terrain};
use works::Works;

/// What the city shall be like.
#[derive(Clone, Copy, Debug)]
pub struct CityOptions {
    /// The same number makes the same city.
    pub seed: u64,
    /// District regulators.
    pub regulators: usize,
}

impl Default for CityOptions {
    fn default() -> Self {
        Self { seed: 1, regulators: 60 }
    }
}

/// Gateways with units behind them, one a side of the rivers, and a line behind a radio.
const GATEWAYS: [(&str, Framing); 4] =
    [("rtu-north", Framing::Tcp), ("rtu-west", Framing::Tcp), ("rtu-south", Framing::Tcp), ("rtu-radio", Framing::Rtu)];
/// The radio's place among them.
const RADIO: usize = 3;
/// Group and name of the edge node that speaks Sparkplug.
const EDGE: (&str, &str) = ("city", "edge-01");

/// The city.
#[derive(Debug)]
pub struct City {
    plant: Plant,
    /// Of each of the plant's assets.
    sheets: Vec<Sheet>,
    crews: Vec<CrewSheet>,
    customers: Vec<Customer>,
    streets: Vec<Street>,
    crossings: Vec<Xy>,
    terrain: Terrain,
}

/// What the site folder says about an asset beyond what it is to the simulators.
#[derive(Clone, Debug)]
struct Sheet {
    template: &'static Template,
    area: &'static str,
}

impl City {
    /// Makes the city.
    pub fn generate(options: &CityOptions) -> Self {
        Works::new(options).finish()
    }

    /// What the simulators need; Modbus servers on free loopback ports.
    pub fn plant(&self) -> Plant {
        self.plant.clone()
    }

    /// All crews.
    pub fn crews(&self) -> &[CrewSheet] {
        &self.crews
    }

    /// All customers.
    pub fn customers(&self) -> &[Customer] {
        &self.customers
    }

    /// The crew that a person plays in the demo.
    pub fn human_crew(&self) -> &'static str {
        people::HUMAN
    }

    /// West, south, east, north of all that the city has, degrees.
    pub fn bounds(&self) -> [f64; 4] {
        let (low, high) =
            (lon_lat([-HALF[0] - 2_000.0, -HALF[1] - 2_000.0]), lon_lat([HALF[0] + 2_000.0, HALF[1] + 2_000.0]));
        [low.lon, low.lat, high.lon, high.lat]
    }

    /// A complete site folder: file name and content.
    pub fn site_files(&self, options: &SiteOptions) -> Vec<(String, String)> {
        site::files(self, options)
    }
}
