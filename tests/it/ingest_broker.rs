//! The embedded broker, with real clients.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use linepack::ingest::broker::{BrokerError, start};
use linepack::lifecycle::Tasks;
use linepack::site::Broker;
use linepack_core::Input;

use crate::ingest::{Folder, Rig};
use crate::mosquitto::Client;

fn settings(listen: &str, users: Option<&str>) -> Broker {
    Broker { listen: listen.parse().expect("an address"), users: users.map(PathBuf::from) }
}

async fn broker(tasks: &Tasks) -> SocketAddr {
    start(&settings("127.0.0.1:0", None), Path::new("/"), tasks).await.expect("starts")
}

#[tokio::test]
async fn it_keeps_and_clears_retained_messages() {
    let tasks = Tasks::new();
    let address = broker(&tasks).await;
    let mut device = Client::connect(address.port(), "device", None).await.expect("connected");
    device.retain("linepack/v1/alarms/a/1", "raised").await;
    device.retain("linepack/v1/alarms/b/2", "raised").await;
    device.retain("linepack/v1/alarms/a/1", "").await;
    device.retain("linepack/v1/alarms/c/3", "raised").await;
    let mut late = Client::connect(address.port(), "late", None).await.expect("connected");
    late.subscribe("linepack/v1/alarms/+/+").await;
    let mut topics = vec![late.message().await, late.message().await];
    topics.sort();
    let retained = |topic: &str| (topic.to_owned(), "raised".to_owned(), true);
    assert_eq!(topics, [retained("linepack/v1/alarms/b/2"), retained("linepack/v1/alarms/c/3")]);
    device.publish("linepack/v1/alarms/d/4", "live").await;
    assert_eq!(late.message().await, ("linepack/v1/alarms/d/4".to_owned(), "live".to_owned(), false));
    tasks.finish(Duration::from_secs(5)).await.expect("stopped in good order");
}

#[tokio::test]
async fn the_hubs_own_link_finds_it_by_port_0() {
    let tasks = Tasks::new();
    let address = broker(&tasks).await;
    let hub = r#"
        [[connection]]
        name = "field"
        protocol = "mqtt"
        address = "mqtt://127.0.0.1:0"
        subscribe = [{ topic = "linepack/v1/telemetry/#", format = "linepack" }]
        [[template]]
        name = "t"
        [[template.point]]
        name = "flow"
    "#;
    let folder = Folder::new(hub, "rs-1,t,field,,");
    let mut rig = Rig::start(&folder.load(), Some(address));
    rig.link("field", true).await;
    let mut device = Client::connect(address.port(), "device", None).await.expect("connected");
    let flow = rig.site.registry.find_point("rs-1/flow").expect("a point");
    let mut came = false;
    for n in 0..100 {
        device.publish("linepack/v1/telemetry/rs-1/flow", &n.to_string()).await;
        let inputs = rig.during(Duration::from_millis(50)).await;
        came |= inputs.iter().any(|i| matches!(i, Input::Samples(s) if s.iter().any(|s| s.point == flow)));
        if came {
            break;
        }
    }
    assert!(came, "nothing came through");
    rig.stop().await;
    tasks.finish(Duration::from_secs(5)).await.expect("stopped in good order");
}

#[tokio::test]
async fn only_its_users_come_in() {
    let tasks = Tasks::new();
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("mqtt-users.toml"), "plc = \"right\"\n").expect("written");
    let address = start(&settings("127.0.0.1:0", Some("mqtt-users.toml")), dir.path(), &tasks).await.expect("starts");
    let connect = |user| Client::connect(address.port(), "device", user);
    assert!(connect(Some(("plc", "wrong"))).await.is_err());
    assert!(connect(Some(("other", "right"))).await.is_err());
    assert!(connect(None).await.is_err());
    assert!(connect(Some(("plc", "right"))).await.is_ok());
    tasks.finish(Duration::from_secs(5)).await.expect("stopped in good order");
}

#[tokio::test]
async fn it_says_why_it_does_not_listen() {
    let tasks = Tasks::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound");
    let refused = start(&settings(&address.to_string(), None), Path::new("/"), &tasks).await;
    let text = refused.expect_err("the port is taken").to_string();
    assert!(text.starts_with(&format!("the embedded broker cannot listen on {address}: ")), "{text}");
    let open = start(&settings("0.0.0.0:0", None), Path::new("/"), &tasks).await;
    assert!(matches!(open, Err(BrokerError::Open(_))), "{open:?}");
    let users = start(&settings("0.0.0.0:0", Some("none.toml")), Path::new("/nowhere"), &tasks).await;
    assert!(matches!(users, Err(BrokerError::Users(_))), "{users:?}");
}
