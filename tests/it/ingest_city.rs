//! The simulated city's devices against the links, without an engine: each way of speaking is read, and set points arrive.

use std::fs;
use std::time::Duration;

use linepack::ingest::Write;
use linepack::plant::plant;
use linepack::site::Site;
use linepack_core::{Quality, Ts};
use linepack_sim::city::{City, CityOptions, SiteOptions};
use linepack_sim::{Options, Simulation};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::ingest::Rig;
use crate::mosquitto::{Mosquitto, PATIENCE, free_port};

fn now() -> i64 {
    linepack::clock::Clock::System.now().ms()
}

#[tokio::test]
async fn each_kind_of_device_is_read_and_obeys() {
    let broker = Mosquitto::start().await;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let local = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let options = SiteOptions {
        modbus: (0..4).map(|_| local(free_port())).collect(),
        mqtt: local(broker.port),
        ..SiteOptions::default()
    };
    for (file, content) in City::generate(&CityOptions { seed: 7, regulators: 24 }).site_files(&options) {
        fs::write(dir.path().join(file), content).expect("written");
    }
    let (site, _) = Site::load(dir.path(), Ts(now())).unwrap_or_else(|e| panic!("{e:#?}"));
    let site = std::sync::Arc::new(site);
    let stop = CancellationToken::new();
    let options = Options {
        seed: 7,
        now,
        utc_offset_s: 28_800,
        time_factor: 1.0,
        hold: Duration::from_secs(1),
        human_crews: vec![],
    };
    let simulation = Simulation::start(plant(&site).expect("a plant"), options, stop.clone()).await.expect("it runs");
    let mut rig = Rig::start(&site, None);
    simulation.connect(&broker.address(), None).expect("connected");
    // over Modbus TCP, over RTU behind a radio, behind a Sparkplug edge node, in JSON
    for asset in ["rs-0002", "rs-0005", "rs-0011", "rs-0001"] {
        let sample = rig.sample(&format!("{asset}/outlet_pressure")).await;
        assert_eq!(sample.quality, Quality::Good, "{asset}");
        assert!((60.0..150.0).contains(&sample.value), "{asset}: {}", sample.value);
    }
    for asset in ["rs-0002", "rs-0005", "rs-0011"] {
        let point = rig.site.registry.find_point(&format!("{asset}/outlet_setpoint")).expect("a point");
        let (answer, told) = oneshot::channel();
        let generation = rig.site.registry.generation;
        let expires = Instant::now() + PATIENCE;
        rig.links.write(Write { generation, point, value: 104.0, expires, verify_within: PATIENCE, answer });
        assert_eq!(timeout(PATIENCE, told).await.expect("in time").expect("an answer"), Ok(()), "{asset}");
        rig.sample_where(asset, |s| s.point == point && (s.value - 104.0).abs() < 0.01).await;
    }
    // a hub that starts later asks the edge node for its births
    rig.stop().await;
    let mut again = Rig::start(&site, None);
    assert_eq!(again.sample("rs-0011/outlet_setpoint").await.quality, Quality::Good);
    again.stop().await;
    stop.cancel();
    timeout(PATIENCE, simulation.ended()).await.expect("ended");
}
