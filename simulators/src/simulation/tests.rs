//! The simulators against a real broker, a real Modbus client and a hub's place-holder.

use std::process::{Child, Command, Stdio};

use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_modbus::prelude::*;

use super::*;
use crate::city::{City, CityOptions};
use crate::plant::{Framing, Table};

const DEADLINE: Duration = Duration::from_secs(60);

/// Mosquitto on a free loopback port; ends with the test.
struct Broker {
    process: Child,
    port: u16,
}

impl Broker {
    async fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("/usr/sbin/mosquitto");
        let process = command.args(["-p", &port.to_string()]).stderr(Stdio::null()).spawn().unwrap();
        let broker = Self { process, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(begun.elapsed() < DEADLINE, "mosquitto does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        broker
    }

    fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a hub would see, and a client to page crews with.
struct Ear {
    client: AsyncClient,
    heard: mpsc::Receiver<(String, Value)>,
}

impl Ear {
    async fn listen(broker: &Broker, tasks: &Tasks) -> Self {
        let (client, mut events) = AsyncClient::new(MqttOptions::new("ear", "127.0.0.1", broker.port), 100);
        client.subscribe("#", QoS::AtLeastOnce).await.unwrap();
        let (told, heard) = mpsc::channel(1_000);
        tasks.spawn(async move {
            while let Ok(event) = events.poll().await {
                if let Event::Incoming(Packet::Publish(p)) = event {
                    let body = serde_json::from_slice(&p.payload).unwrap_or(Value::Null);
                    if told.send((p.topic, body)).await.is_err() {
                        return;
                    }
                }
            }
        });
        Self { client, heard }
    }

    async fn until(&mut self, wanted: impl Fn(&str, &Value) -> bool) -> (String, Value) {
        let found = async {
            loop {
                let (topic, body) = self.heard.recv().await.unwrap();
                if wanted(&topic, &body) {
                    return (topic, body);
                }
            }
        };
        timeout(DEADLINE, found).await.expect("heard in time")
    }
}

/// Answers every request with 200 and tells who asked for what.
async fn hub(tasks: &Tasks) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (told, asked) = mpsc::channel(100);
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4_096];
            let n = stream.read(&mut request).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..n]).into_owned();
            let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
            let token = text.lines().find_map(|l| l.strip_prefix("Authorization: Bearer ")).unwrap_or_default();
            let _ = told.send(format!("{token} {path}")).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
        }
    });
    (base, asked)
}

/// Runs ten times as fast as the machine's clock, from a fixed moment, so that faults grow quickly.
fn quick_now() -> i64 {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    1_760_000_000_000 + BEGUN.get_or_init(Instant::now).elapsed().as_millis() as i64 * 10
}

async fn simulation(human: &[&str], stop: &CancellationToken) -> (Simulation, Plant) {
    let plant = City::generate(&CityOptions { seed: 7, regulators: 20 }).plant();
    let options = Options {
        seed: 7,
        now: quick_now,
        utc_offset_s: 28_800,
        time_factor: 2_000.0,
        hold: Duration::from_millis(100),
        human_crews: human.iter().map(|h| (*h).to_owned()).collect(),
    };
    let habits = Habits { answer: 0.1..0.2, work: 0.1..0.2 };
    (Simulation::start_with(plant.clone(), options, habits, stop.clone()).await.unwrap(), plant)
}

fn api(base: String, plant: &Plant) -> Api {
    let crews = plant.crews.iter().map(|c| (c.id.clone(), format!("token-of-{}", c.id))).collect();
    Api { base, crews, dispatcher: Some("dispatcher".into()) }
}

fn page(crew: &str, asset: &crate::plant::Asset, state: &str) -> (String, String) {
    let incident = json!({ "id": "i-000001", "lon": asset.position.lon, "lat": asset.position.lat, "asset": asset.id });
    let page =
        json!({ "id": "as-000001", "incident": "i-000001", "crew": crew, "state": state, "incident_detail": incident });
    (format!("linepack/v1/crews/{crew}/assignment"), page.to_string())
}

/// Outlet pressure of an asset, from the instruments.
fn outlet(simulation: &Simulation, plant: &Plant, asset: usize) -> f64 {
    let point = plant.assets[asset].points.iter().position(|p| p.name == "outlet_pressure").unwrap();
    simulation.shared.world().values(asset)[point]
}

async fn until(mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < DEADLINE, "in time");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_simulated_crew_answers_repairs_and_reports() {
    let (broker, stop) = (Broker::start().await, CancellationToken::new());
    let tasks = Tasks::new(stop.clone());
    let mut ear = Ear::listen(&broker, &tasks).await;
    let (base, mut asked) = hub(&tasks).await;
    let (simulation, plant) = simulation(&[], &stop).await;
    simulation.connect(&broker.url(), Some(api(base, &plant))).unwrap();
    ear.until(|t, body| t == "linepack/v1/crews/c-04/status" && body["status"] == "available").await;

    let detail = simulation.run_scenario("crew-answers").await.unwrap();
    let failed = plant.assets.iter().position(|a| detail.starts_with(&format!("{} ", a.id))).unwrap();
    until(|| outlet(&simulation, &plant, failed) > 140.0).await;

    let (topic, body) = page("c-04", &plant.assets[failed], "offered");
    ear.client.publish(topic, QoS::AtLeastOnce, false, body).await.unwrap();
    for step in ["accept", "en-route", "on-scene", "made-safe", "restored", "complete"] {
        let request = timeout(DEADLINE, asked.recv()).await.unwrap().unwrap();
        assert_eq!(request, format!("token-of-c-04 /api/v1/assignments/as-000001/{step}"));
    }
    until(|| outlet(&simulation, &plant, failed) < 120.0).await;
    ear.until(|t, body| {
        let at = LonLat { lon: body["lon"].as_f64().unwrap_or(0.0), lat: body["lat"].as_f64().unwrap_or(0.0) };
        t == "owntracks/c-04/phone" && at.distance_m(plant.assets[failed].position) < 100.0
    })
    .await;
    stop.cancel();
    timeout(DEADLINE, simulation.ended()).await.unwrap();
}

#[tokio::test]
async fn a_persons_crew_never_answers_but_drives_and_repairs_when_it_has() {
    let (broker, stop) = (Broker::start().await, CancellationToken::new());
    let tasks = Tasks::new(stop.clone());
    let mut ear = Ear::listen(&broker, &tasks).await;
    let (base, mut asked) = hub(&tasks).await;
    let (simulation, plant) = simulation(&["c-01"], &stop).await;
    simulation.connect(&broker.url(), Some(api(base, &plant))).unwrap();
    ear.until(|t, _| t == "linepack/v1/crews/c-01/status").await;

    let detail = simulation.run_scenario("regulator-failure").await.unwrap();
    assert!(detail.ends_with("nearest crew is c-01"), "{detail}");
    let failed = plant.assets.iter().position(|a| detail.starts_with(&format!("{} ", a.id))).unwrap();
    until(|| outlet(&simulation, &plant, failed) > 140.0).await;
    for state in ["offered", "accepted", "en-route"] {
        let (topic, body) = page("c-01", &plant.assets[failed], state);
        ear.client.publish(topic, QoS::AtLeastOnce, false, body).await.unwrap();
    }
    let arrived = |simulation: &Simulation| {
        simulation.shared.crews()[0].position.distance_m(plant.assets[failed].position) < 10.0
    };
    until(|| arrived(&simulation)).await;
    assert!(outlet(&simulation, &plant, failed) > 140.0, "arriving repairs nothing");
    let (topic, body) = page("c-01", &plant.assets[failed], "made-safe");
    ear.client.publish(topic, QoS::AtLeastOnce, false, body).await.unwrap();
    until(|| outlet(&simulation, &plant, failed) < 120.0).await;
    assert!(asked.try_recv().is_err(), "only the person answers");
    stop.cancel();
}

#[tokio::test]
async fn devices_speak_modbus_and_both_kinds_of_mqtt() {
    let (broker, stop) = (Broker::start().await, CancellationToken::new());
    let tasks = Tasks::new(stop.clone());
    let mut ear = Ear::listen(&broker, &tasks).await;
    let (simulation, plant) = simulation(&[], &stop).await;
    simulation.connect(&broker.url(), None).unwrap();
    assert!(simulation.connect(&broker.url(), None).is_err(), "once only");
    let (_, body) = ear.until(|t, _| t == "linepack/v1/telemetry/rs-0001").await;
    let outlet = body["values"]["outlet_pressure"].as_f64().unwrap();
    assert!((90.0..110.0).contains(&outlet) && body["ts_ms"].is_i64(), "{body}");
    let (_, body) = ear.until(|t, _| t == "meters/cm-01/state").await;
    assert!(body["q"]["std"].is_f64() && body["total"].is_f64() && body["time"].is_i64(), "{body}");

    let asset = plant.assets.iter().find(|a| a.id == "gs-01").unwrap();
    let Link::Modbus { server, unit } = asset.link else { panic!("gates speak Modbus") };
    let address = simulation.modbus_addresses()[server];
    let mut client = tcp::connect_slave(address, Slave(unit)).await.unwrap();
    let words = client.read_input_registers(0, 12).await.unwrap().unwrap();
    let outlet = f32::from_bits(u32::from(words[2]) << 16 | u32::from(words[3]));
    assert!((2_200.0..2_650.0).contains(&outlet), "{outlet}");
    stop.cancel();
}

#[tokio::test]
async fn every_scenario_runs_and_an_unknown_one_does_not() {
    let stop = CancellationToken::new();
    let tasks = Tasks::new(stop.clone());
    let (base, mut asked) = hub(&tasks).await;
    let (simulation, plant) = simulation(&["c-01"], &stop).await;
    let broker = Broker::start().await;
    simulation.connect(&broker.url(), Some(api(base, &plant))).unwrap();
    for scenario in Simulation::scenarios() {
        let detail = simulation.run_scenario(scenario.name).await;
        assert!(detail.is_ok_and(|d| !d.is_empty()), "{}", scenario.name);
    }
    assert_eq!(asked.recv().await.unwrap(), "dispatcher /api/v1/incidents");
    assert!(matches!(simulation.run_scenario("flood").await, Err(SimError::UnknownScenario(_))));
    stop.cancel();
}

#[tokio::test]
async fn a_regulator_closes_and_opens_the_valve_that_a_master_writes() {
    let stop = CancellationToken::new();
    let (simulation, plant) = simulation(&[], &stop).await;
    let slot = |asset: usize, name: &str| plant.assets[asset].points.iter().position(|p| p.name == name);
    let found = (0..plant.assets.len()).find_map(|a| {
        let (valve, flow) = (slot(a, "valve_open")?, slot(a, "flow")?);
        let register = plant.assets[a].points[valve].register.filter(|r| r.table == Table::Coil)?;
        let Link::Modbus { server, unit } = plant.assets[a].link else { return None };
        let world = simulation.shared.world();
        let tcp = plant.servers[server].framing == Framing::Tcp;
        (tcp && world.is_commanded(a, valve) && world.is_physical(a, flow))
            .then_some((a, server, unit, register, valve, flow))
    });
    let (asset, server, unit, register, valve, flow) = found.expect("a valve over Modbus TCP");
    let value = |slot: usize| simulation.shared.world().values(asset)[slot];
    assert_eq!(value(valve), 1.0);
    assert!(value(flow) > 0.0);
    let stream = TcpStream::connect(simulation.modbus_addresses()[server]).await.unwrap();
    let mut master = tokio_modbus::client::tcp::attach_slave(stream, Slave(unit));
    master.write_single_coil(register.address, false).await.unwrap().unwrap();
    until(|| value(valve) == 0.0 && value(flow) == 0.0).await;
    assert_eq!(master.read_coils(register.address, 1).await.unwrap().unwrap(), [false]);
    master.write_single_coil(register.address, true).await.unwrap().unwrap();
    until(|| value(valve) == 1.0 && value(flow) > 0.0).await;
    stop.cancel();
    timeout(DEADLINE, simulation.ended()).await.unwrap();
}

#[tokio::test]
async fn a_regulator_holds_what_a_master_writes_into_its_set_point() {
    let stop = CancellationToken::new();
    let (simulation, plant) = simulation(&[], &stop).await;
    let commanded = |asset: usize| {
        let world = simulation.shared.world();
        let slot = |name: &str| plant.assets[asset].points.iter().position(|p| p.name == name);
        let (set, outlet) = (slot("outlet_setpoint")?, slot("outlet_pressure")?);
        (world.is_commanded(asset, set) && world.is_physical(asset, outlet)).then_some(set)
    };
    let reachable = (0..plant.assets.len()).filter_map(|a| match (&plant.assets[a].link, commanded(a)) {
        (Link::Modbus { server, unit }, Some(set)) => Some((a, *server, *unit, set)),
        _ => None,
    });
    let all: Vec<_> = reachable.collect();
    let (asset, server, unit, set) = *all.first().expect("a regulator over Modbus whose pressure is physical");
    let before = outlet(&simulation, &plant, asset);
    let register = plant.assets[asset].points[set].register.expect("a register");
    let stream = TcpStream::connect(simulation.modbus_addresses()[server]).await.unwrap();
    let mut master = tokio_modbus::client::tcp::attach_slave(stream, Slave(unit));
    let words = crate::modbus::encode(112.0, &register);
    master.write_multiple_registers(register.address, &words).await.unwrap().unwrap();
    until(|| outlet(&simulation, &plant, asset) > before + 8.0).await;
    assert!((outlet(&simulation, &plant, asset) - 112.0).abs() < 4.0);
    assert_eq!(simulation.shared.world().values(asset)[set], 112.0);
    stop.cancel();
    timeout(DEADLINE, simulation.ended()).await.unwrap();
}
