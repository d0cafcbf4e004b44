//! The works that build a city, stage by stage.

use linepack_core::registry::NodeKind;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::catalogue::Style;
use super::mains::{HIGH, LOW, Mains};
use super::people::{self, CrewSheet, Customer};
use super::plane::{Xy, distance, lon_lat, middle, offset};
use super::streets::{Street, Streets};
use super::terrain::{HALF, Region, Terrain};
use super::{City, CityOptions, EDGE, GATEWAYS, RADIO, Sheet, catalogue};
use crate::plant::{Asset, Crew, Direction, Link, MqttStyle, Plant, Road, Server};

/// Units a gateway takes.
const UNITS: u8 = 240;
const CREWS: usize = 12;
const GATES: usize = 3;
const FEEDERS: usize = 5;

/// The city while it is built.
pub(super) struct Works {
    plant: Plant,
    sheets: Vec<Sheet>,
    mains: Mains,
    customers: Vec<Customer>,
    /// Units in use behind each gateway.
    units: [u8; GATEWAYS.len()],
    terrain: Terrain,
    streets: Streets,
    rng: StdRng,
}

impl Works {
    /// Everything built.
    pub(super) fn new(options: &CityOptions) -> Self {
        let mut rng = StdRng::seed_from_u64(options.seed);
        let terrain = Terrain::new();
        let streets = Streets::build(&terrain, &mut rng);
        let mut works = Self {
            plant: Plant::default(),
            sheets: Vec::new(),
            mains: Mains::default(),
            customers: Vec::new(),
            units: [0; GATEWAYS.len()],
            terrain,
            streets,
            rng,
        };
        works.build(options.regulators);
        works
    }

    /// Hands the city over.
    pub(super) fn finish(mut self) -> City {
        let crews = self.crews();
        let mut plant = self.plant;
        plant.network = self.mains.network;
        plant.servers = GATEWAYS
            .iter()
            .map(|(_, framing)| Server { address: ([127, 0, 0, 1], 0).into(), framing: *framing })
            .collect();
        plant.crews = crews.iter().map(|c| Crew { id: c.id.clone(), skills: c.skills.clone(), base: c.base }).collect();
        let streets = self.streets.named();
        let crossings = self.streets.crossings;
        let road = |s: &Street| Road {
            path: s.crossings.iter().map(|c| lon_lat(crossings[*c])).collect(),
            speed_kmh: s.class.highway().1,
            direction: Direction::Both,
        };
        plant.roads = streets.iter().map(road).collect();
        City { plant, sheets: self.sheets, crews, customers: self.customers, streets, crossings, terrain: self.terrain }
    }

    fn build(&mut self, regulators: usize) {
        let ring: Vec<Xy> = (0..12)
            .map(|i| {
                let angle = (f64::from(i) + self.rng.random_range(-0.2..0.2)) / 12.0 * std::f64::consts::TAU;
                [0.86 * HALF[0] * angle.cos(), 0.86 * HALF[1] * angle.sin()]
            })
            .collect();
        // the feeders stand where the ring comes nearest to streets, spread around it
        let feeders: Vec<usize> = (0..FEEDERS)
            .map(|f| ring[f * 12 / FEEDERS])
            .map(|p| self.streets.nearest([p[0] * 0.8, p[1] * 0.8]))
            .collect();
        let takers = self.spread(regulators + 4 + 8 + 6);
        let crossings = takers.clone();
        let Self { mains, streets, rng, .. } = self;
        mains.lay(streets, &feeders, &takers, rng);
        self.ring(&ring, &feeders);
        let (stations, others) = crossings.split_at(regulators);
        for (number, &crossing) in stations.iter().enumerate() {
            self.regulator(number + 1, crossing);
        }
        for (number, &crossing) in others.iter().enumerate() {
            match number {
                0..4 => self.taker("cng", number + 1, "cng-station", "cng", crossing),
                4..12 => self.taker("hs", number - 3, "heat-substation", "boiler", crossing),
                _ => self.taker("cm", number - 11, "customer-meter", "industrial", crossing),
            }
        }
        self.line_valves();
        self.rooms();
    }

    /// So many crossings, denser towards the centre, none near another while there is room.
    fn spread(&mut self, count: usize) -> Vec<usize> {
        let n = self.streets.crossings.len();
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < count {
            let candidates: Vec<usize> = (0..12).map(|_| self.rng.random_range(0..n)).collect();
            let room = |c: &usize| {
                let p = self.streets.crossings[*c];
                let free = chosen.iter().map(|o| distance(self.streets.crossings[*o], p)).fold(20_000.0, f64::min);
                free / (1_500.0 + 0.25 * distance(p, [0.0, 1_000.0]))
            };
            let best = candidates.iter().max_by(|a, b| room(a).total_cmp(&room(b)));
            chosen.extend(best.copied());
        }
        chosen
    }

    /// The high-pressure ring with its gates and the stations that feed the city from it.
    fn ring(&mut self, ring: &[Xy], feeders: &[usize]) {
        let joints: Vec<usize> = ring.iter().map(|p| self.mains.joint(*p)).collect();
        let mut valves = 0;
        for (i, &from) in joints.iter().enumerate() {
            let to = joints[(i + 1) % joints.len()];
            if i % 2 == 0 {
                let at = middle(ring[i], ring[(i + 1) % ring.len()]);
                let valve = self.mains.valve(at);
                self.mains.pipe(from, valve, &[], HIGH);
                self.mains.pipe(valve, to, &[], HIGH);
                valves += 1;
                let asset = self.asset(format!("lv-{valves:02}"), "Line valve 管线阀室", at, "line-valve-high");
                self.mains.measured_by(valve, asset);
            } else {
                self.mains.pipe(from, to, &[], HIGH);
            }
        }
        for gate in 0..GATES {
            let joint = gate * 4 + 2;
            let at = [ring[joint][0] * 1.07, ring[joint][1] * 1.07];
            let node = self.mains.node(format!("n-gs-{:02}", gate + 1), NodeKind::Source, at);
            self.mains.pipe(node, joints[joint], &[], HIGH);
            let asset = self.asset(format!("gs-{:02}", gate + 1), "gate station 门站", at, "gate-station");
            self.mains.measured_by(node, asset);
        }
        for (f, &crossing) in feeders.iter().enumerate() {
            let id = format!("hm-{:02}", f + 1);
            let Some(node) = self.mains.feeder(format!("n-{id}"), crossing) else { continue };
            let at = self.mains.place(node);
            self.mains.pipe(joints[f * 12 / FEEDERS], node, &[], HIGH);
            let asset = self.asset(id, "high-pressure station 高中压调压站", at, "pressure-station");
            self.mains.measured_by(node, asset);
        }
    }

    /// A district regulator and the low network behind it.
    fn regulator(&mut self, number: usize, crossing: usize) {
        let id = format!("rs-{number:04}");
        let Self { mains, rng, .. } = self;
        let Some(node) = mains.station(format!("n-{id}"), NodeKind::Regulator, crossing, rng) else { return };
        let at = self.mains.place(node);
        let template = match (number % 4, number % 12) {
            (_, 5) => "district-regulator-radio",
            (_, 11) => "district-regulator-edge",
            (0, _) => "district-regulator",
            (2, _) => "district-regulator-b",
            _ => "district-regulator-mqtt",
        };
        let asset = self.asset(id, "", at, template);
        self.mains.measured_by(node, asset);
        let tries: [f64; 12] = std::array::from_fn(|_| self.rng.random_range(0.0..std::f64::consts::TAU));
        let dry = |away: &&f64| self.terrain.region(offset(at, 400.0, **away)).is_some();
        let away = tries.iter().find(dry).copied().unwrap_or(tries[0]);
        let joint = self.mains.joint(offset(at, 110.0, away));
        self.mains.pipe(node, joint, &[], LOW);
        let area = self.terrain.district(at);
        for k in 0..3 {
            let direction = away + (f64::from(k) - 1.0) * 1.1;
            let metres = self.rng.random_range(130.0..280.0);
            let place = offset(self.mains.place(joint), metres, direction);
            if k != 1 && self.terrain.region(place).is_none() {
                continue;
            }
            let end = self.mains.node(format!("n-cu-{number:04}-{}", k + 1), NodeKind::Customer, place);
            let bend = offset(self.mains.place(joint), metres * 0.6, direction + 0.25);
            let pipe = self.mains.pipe(joint, end, &[bend], LOW);
            let (kind, name, priority) = match (k, number % 12) {
                (0, 3) => ("hospital", format!("{} Hospital {}医院", area.name, area.name_zh), 1),
                (0, 1 | 6) => ("school", format!("{} School {number} {}{number}中学", area.name, area.name_zh), 1),
                (1, 0 | 5) => ("commercial", format!("{} Market {number} {}商场", area.name, area.name_zh), 2),
                _ => (
                    "residential",
                    format!("{} Estate {number}-{} {}小区{number}-{}", area.name, k + 1, area.name_zh, k + 1),
                    3,
                ),
            };
            self.customer(kind, name, place, pipe, priority);
        }
    }

    /// Someone who takes gas from the medium-pressure main and is measured.
    fn taker(&mut self, prefix: &str, number: usize, template: &'static str, kind: &'static str, crossing: usize) {
        let id = format!("{prefix}-{number:02}");
        let Self { mains, rng, .. } = self;
        let Some(node) = mains.station(format!("n-{id}"), NodeKind::Customer, crossing, rng) else { return };
        let pipe = self.mains.network.pipes.len() - 1;
        let at = self.mains.place(node);
        let what = match prefix {
            "cng" => "CNG station 加气站",
            "hs" => "heat substation 换热站",
            _ => "works 工厂",
        };
        let asset = self.asset(id, what, at, template);
        self.mains.measured_by(node, asset);
        let name = self.plant.assets[asset].name.clone();
        self.customer(kind, name, at, pipe, 2);
    }

    /// Some valves of the mains report.
    fn line_valves(&mut self) {
        let mains: Vec<usize> =
            self.mains.valves.iter().copied().filter(|v| self.mains.network.nodes[*v].asset.is_none()).collect();
        for (number, valve) in mains.iter().step_by(mains.len().div_ceil(8).max(1)).enumerate() {
            let at = self.mains.place(*valve);
            let asset = self.asset(format!("lv-{:02}", number + 11), "line valve 管线阀", at, "line-valve");
            self.mains.measured_by(*valve, asset);
        }
    }

    /// Room thermometers at some estates.
    fn rooms(&mut self) {
        let nodes = &self.mains.network.nodes;
        let is_home = |n: &usize| nodes[*n].kind == NodeKind::Customer && nodes[*n].asset.is_none();
        let homes: Vec<usize> = (0..nodes.len()).filter(is_home).collect();
        for (number, home) in homes.iter().step_by(homes.len().div_ceil(8).max(1)).enumerate() {
            let at = self.mains.place(*home);
            self.asset(format!("rm-{:02}", number + 1), "room 室温", at, "room-sensor");
        }
    }

    fn customer(&mut self, kind: &'static str, name: String, at: Xy, pipe: usize, priority: u8) {
        let number = self.customers.len() + 1;
        self.customers.push(Customer {
            id: format!("cu-{number:05}"),
            name,
            kind,
            position: lon_lat(at),
            pipe: self.mains.network.pipes[pipe].id.to_string(),
            phone: people::phone(1_000 + number),
            priority,
        });
    }

    /// A new asset with the link its template wants; its index.
    fn asset(&mut self, id: String, what: &str, at: Xy, template: &str) -> usize {
        let mut template = catalogue::template(template);
        let area = self.terrain.district(at);
        let gateway = self.terrain.region(at).map_or(0, |r| Region::ALL.iter().position(|a| *a == r).unwrap_or(0));
        let gateway = if template.radio { RADIO } else { gateway };
        let full = self.units[gateway] >= UNITS;
        let link = match template.mqtt {
            Some(Style::Sparkplug(_)) => Link::Sparkplug { group: EDGE.0.to_owned(), node: EDGE.1.to_owned() },
            None if full => {
                template = catalogue::template(template.instead);
                Link::Mqtt(MqttStyle::Linepack)
            }
            None => {
                self.units[gateway] += 1;
                Link::Modbus { server: gateway, unit: self.units[gateway] }
            }
            Some(Style::Json(topic, pointers)) => Link::Mqtt(template.json(topic, pointers)),
            Some(Style::Linepack) => Link::Mqtt(MqttStyle::Linepack),
        };
        let over_modbus = matches!(link, Link::Modbus { .. });
        let between = if what.is_empty() { "" } else { " " };
        self.plant.assets.push(Asset {
            name: format!("{} {}{between}{what} {}", area.name, area.name_zh, id.to_uppercase()),
            kind: template.kind.to_owned(),
            position: lon_lat(at),
            points: template.plant_points(over_modbus),
            link,
            id,
        });
        self.sheets.push(Sheet { template, area: area.name });
        self.plant.assets.len() - 1
    }

    /// Crews with their bases at crossings; the person's one beside a regulator and apart from the others.
    fn crews(&mut self) -> Vec<CrewSheet> {
        let mut bases = self.spread(CREWS);
        bases.sort_unstable();
        (1..=CREWS)
            .map(|number| {
                let at = self.streets.crossings[bases[number - 1]];
                let area = self.terrain.district(at);
                CrewSheet {
                    id: format!("c-{number:02}"),
                    name: format!("{} crew {number} {}抢修{number}班", area.name, area.name_zh),
                    phone: people::phone(number),
                    skills: people::skills(number),
                    base: lon_lat(at),
                    shift: "24h",
                    area: area.name.to_owned(),
                }
            })
            .collect()
    }
}
