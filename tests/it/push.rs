//! Live screens over real sockets: a view and a feed that the test drives, a server, websocket clients.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Query, State};
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use linepack::cli::watch::{WatchArgs, follow};
use linepack::clock::Clock;
use linepack::lifecycle::Tasks;
use linepack::push::{Change, Feed, Limits, LiveQuery, Push};
use linepack::site::Site;
use linepack::view::{Board, BoardChange, Picture, Values, View};
use linepack::wire::ServerMessage;
use linepack_core::alarm::{Alarm, State as AlarmState};
use linepack_core::dispatch::{CrewState, CrewStatus};
use linepack_core::input::Fix;
use linepack_core::{AlarmId, CrewId, Current, LonLat, PointId, Quality, Ts};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Nothing here takes this long unless it never comes.
const DEADLINE: Duration = Duration::from_secs(20);

struct Hub {
    view: View,
    feed: Feed,
    address: SocketAddr,
    logged_in: Arc<AtomicBool>,
    push: Push,
    tasks: Tasks,
    _dir: tempfile::TempDir,
}

#[derive(Clone)]
struct Door {
    push: Push,
    logged_in: Arc<AtomicBool>,
}

async fn open(
    State(door): State<Door>,
    Query(query): Query<LiveQuery>,
    headers: axum::http::HeaderMap,
    upgrade: WebSocketUpgrade,
) -> axum::response::Response {
    let crew = headers.get("x-crew").map(|c| c.to_str().unwrap().to_owned());
    let still = door.logged_in.clone();
    let still_in = Box::new(move || {
        let still = still.load(Ordering::Acquire);
        Box::pin(async move { still }) as futures_util::future::BoxFuture<'static, bool>
    });
    door.push.upgrade(upgrade, &query, crew, still_in)
}

impl Hub {
    async fn start(assets: u32, limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let template = "[hub]\nname = \"Test\"\ntimezone = \"UTC\"\n[[template]]\nname = \"regulator\"\n\
            [[template.point]]\nname = \"pressure\"\nunit = \"kPa\"\n[[template.point.alarm]]\nkind = \"high\"\n\
            limit = 120.0\npriority = \"high\"\n[[template.point]]\nname = \"flow\"\nunit = \"m3/h\"\n";
        std::fs::write(dir.path().join("hub.toml"), template).unwrap();
        let mut rows = String::from("id,name,kind,template,connection,unit_id,address_offset,lon,lat,area\n");
        let mut crews = String::from("id,name,phone,skills,base_lon,base_lat,shift,area\n");
        for n in 0..assets {
            writeln!(
                rows,
                "rs-{n},Regulator {n},district-regulator,regulator,,,,{},29.5,",
                106.0 + f64::from(n) * 0.01
            )
            .unwrap();
        }
        for n in 0..3 {
            writeln!(crews, "c-{n},Crew {n},1{n},regulator,106.0,29.5,24h,").unwrap();
        }
        std::fs::write(dir.path().join("assets.csv"), rows).unwrap();
        std::fs::write(dir.path().join("crews.csv"), crews).unwrap();
        let (site, _) = Site::load(dir.path(), Ts(1_795_305_600_000)).unwrap_or_else(|e| panic!("{e:#?}"));
        let registry = site.registry.clone();
        let values = Arc::new(Values::new(registry.points.len()));
        let mut board = Board::default();
        for n in 0..3 {
            board.crews.insert(CrewId(n), Arc::new(crew(n, 106.0)));
        }
        let view = View::new(Picture { site: Arc::new(site), registry, values, board: Arc::new(board) });

        let (feed, feed_end) = Feed::channel(1_024);
        let tasks = Tasks::new();
        let push = Push::new(view.clone(), Clock::System, tasks.stopping()).with_limits(limits);
        tasks.spawn("push", push.run(feed_end));
        let logged_in = Arc::new(AtomicBool::new(true));
        // small socket buffers, so that a client that does not read is felt soon
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(8 << 10).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let door = Door { push: push.clone(), logged_in: logged_in.clone() };
        let router = axum::Router::new().route("/api/v1/live", get(open)).with_state(door);
        let stop = tasks.stopping();
        tasks.spawn("http", async move {
            let serve = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
            Ok(serve.await?)
        });
        Self { view, feed, address, logged_in, push, tasks, _dir: dir }
    }

    async fn client(&self, query: &str, crew: Option<&str>) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(8 << 10).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        let mut request = tokio_tungstenite::tungstenite::client::ClientRequestBuilder::new(
            format!("ws://{}/api/v1/live{query}", self.address).parse().unwrap(),
        );
        if let Some(crew) = crew {
            request = request.with_header("x-crew", crew);
        }
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        Client { socket, seq: 0 }
    }

    fn publish(&self, edit: impl FnOnce(&mut Board, &mut BoardChange)) {
        let before = self.view.load();
        let mut board = Board::clone(&before.board);
        let mut change = BoardChange::default();
        edit(&mut board, &mut change);
        board.version += 1;
        let (site, registry, values) = (before.site.clone(), before.registry.clone(), before.values.clone());
        self.view.store(Picture { site, registry, values, board: Arc::new(board) });
        self.feed.send(Change::Board(change));
    }

    fn alarm(&self, n: u32, state: AlarmState) {
        let alarm = Alarm {
            id: AlarmId(n),
            seq: 1,
            state,
            value: 130.0,
            quality: Quality::Good,
            raised: Some(Ts(1)),
            acked: None,
            cleared: None,
            pending: None,
            incident: None,
        };
        let registry = self.view.load().registry.clone();
        let event = linepack_core::Event::Alarm { alarm, transition: None };
        self.publish(|board, change| {
            board.apply(&registry, &event, change);
            change.alarms.push(AlarmId(n));
        });
    }

    fn value(&self, points: std::ops::Range<u32>, value: f64) {
        let values = self.view.load().values.clone();
        let points: Vec<PointId> = points.map(PointId).collect();
        for &point in &points {
            values.set(point, Current { value, quality: Quality::Good, ts: Ts(5), received: Ts(6) });
        }
        self.feed.send(Change::Values(points));
    }

    async fn until(&self, condition: impl Fn(&Push) -> bool) {
        let met = async {
            while !condition(&self.push) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(DEADLINE, met).await.expect("in time");
    }

    async fn stop(self) {
        self.tasks.finish(Duration::from_secs(5)).await.unwrap();
    }
}

fn crew(n: u32, lon: f64) -> CrewState {
    let fix = Fix { crew: CrewId(n), position: LonLat { lon, lat: 29.5 }, ts: Ts(1), accuracy_m: None };
    CrewState { id: CrewId(n), status: CrewStatus::Available, since: Ts(0), fix: Some(fix), assignment: None }
}

struct Client {
    socket: WebSocketStream<TcpStream>,
    seq: u64,
}

impl Client {
    async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next message of the hub; its `seq` must be the next number.
    async fn next(&mut self) -> ServerMessage {
        let message = loop {
            let next = tokio::time::timeout(DEADLINE, self.socket.next()).await.expect("a message in time");
            match next.expect("the socket is open").unwrap() {
                Message::Text(text) => break serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}")),
                Message::Binary(bytes) => break rmp_serde::from_slice(&bytes).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        };
        let (ServerMessage::Snapshot { seq, .. } | ServerMessage::Delta { seq, .. } | ServerMessage::Error { seq, .. }) =
            &message;
        self.seq += 1;
        assert_eq!(*seq, self.seq);
        message
    }

    /// The code the hub closes with.
    async fn closed(&mut self) -> u16 {
        loop {
            let next = tokio::time::timeout(DEADLINE, self.socket.next()).await.expect("an end in time");
            if let Message::Close(frame) = next.expect("a close frame").unwrap() {
                return frame.expect("a close code").code.into();
            }
        }
    }
}

const EVERYTHING: &str = r#"{"type":"subscribe","topics":["alarms","incidents","crews","assets"],"points":["*"]}"#;

#[tokio::test]
async fn a_screen_gets_a_snapshot_then_deltas_and_may_change_its_mind() {
    let hub = Hub::start(5, Limits::default()).await;
    hub.value(0..1, 98.5);
    let mut client = hub.client("?rate=now", None).await;

    client.say("{").await;
    assert!(matches!(client.next().await, ServerMessage::Error { .. }));
    client.say(EVERYTHING).await;
    let ServerMessage::Snapshot { values, assets, crews, alarms, .. } = client.next().await else {
        panic!("a snapshot")
    };
    assert_eq!((values.len(), assets.len(), crews.len(), alarms.len()), (10, 5, 3, 0));
    assert_eq!((values[0].point.as_str(), values[0].value), ("rs-0/pressure", Some(98.5)));
    assert_eq!(values[1].quality, "bad");

    hub.value(2..3, 99.25);
    let ServerMessage::Delta { values, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(serde_json::to_value(&values).unwrap(), serde_json::json!([["rs-1/pressure", 99.25, "good", 5]]));

    hub.alarm(3, AlarmState::Unacknowledged);
    let ServerMessage::Delta { alarms, assets, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(alarms[0].id, "rs-3:pressure:high");
    assert_eq!(assets[0].worst.as_ref().unwrap().state, "unacknowledged");
    hub.alarm(3, AlarmState::Normal);
    let ServerMessage::Delta { removed, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(removed.unwrap().alarms, ["rs-3:pressure:high"]);

    client
        .say(r#"{"type":"subscribe","topics":["crews"],"viewport":[105.95,29.4,106.05,29.6],"points":["rs-4/*"]}"#)
        .await;
    let ServerMessage::Snapshot { values, assets, crews, .. } = client.next().await else { panic!("a snapshot") };
    assert_eq!((values.len(), assets.len(), crews.len()), (2, 0, 3));
    client.say(r#"{"type":"subscribe","topics":["weather"]}"#).await;
    let ServerMessage::Error { detail, .. } = client.next().await else { panic!("an error") };
    assert!(detail.contains("weather"), "{detail}");

    hub.publish(|board, change| {
        board.crews.insert(CrewId(1), Arc::new(crew(1, 107.0)));
        change.crews.push(CrewId(1));
    });
    let ServerMessage::Delta { removed, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(removed.unwrap().crews, ["c-1"]);
    hub.stop().await;
}

#[tokio::test]
async fn a_screen_that_does_not_read_slows_nobody_and_is_shown_the_present_afterwards() {
    let hub = Hub::start(200, Limits { write: DEADLINE * 3, ..Limits::default() }).await;
    let (mut fast, mut stuck) = (hub.client("?rate=now", None).await, hub.client("?rate=now", None).await);
    for client in [&mut fast, &mut stuck] {
        client.say(EVERYTHING).await;
        assert!(matches!(client.next().await, ServerMessage::Snapshot { .. }));
    }
    // 20 kB a frame: after a few the stuck one's socket is full, after 256 the ring has gone past it
    hub.alarm(7, AlarmState::Unacknowledged);
    for n in 1..=300 {
        hub.value(0..400, f64::from(n));
        // lock step: were the fast one held up by the other, this would not come before the other reads
        loop {
            match fast.next().await {
                ServerMessage::Delta { values, .. } if values.first().is_some_and(|v| v.1 == Some(f64::from(n))) => {
                    break;
                }
                ServerMessage::Delta { .. } => {}
                other => panic!("the fast screen is not behind: {other:?}"),
            }
        }
    }
    let mut snapshots = 0;
    loop {
        let (newest, alarms) = match stuck.next().await {
            ServerMessage::Snapshot { values, alarms, .. } => {
                snapshots += 1;
                (values[0].value, alarms.len())
            }
            ServerMessage::Delta { values, alarms, .. } => (values.first().and_then(|v| v.1), alarms.len()),
            other @ ServerMessage::Error { .. } => panic!("{other:?}"),
        };
        if newest == Some(300.0) {
            assert_eq!((snapshots, alarms), (1, 1), "the present comes with the snapshot, and the alarm in it");
            break;
        }
    }
    hub.stop().await;
}

#[tokio::test]
async fn message_pack_says_the_same() {
    let hub = Hub::start(5, Limits::default()).await;
    let mut client = hub.client("?rate=now&encoding=msgpack", None).await;
    let subscribe = serde_json::from_str::<serde_json::Value>(EVERYTHING).unwrap();
    client.socket.send(Message::binary(rmp_serde::to_vec_named(&subscribe).unwrap())).await.unwrap();
    let ServerMessage::Snapshot { values, .. } = client.next().await else { panic!("a snapshot") };
    assert_eq!(values.len(), 10);
    hub.value(0..2, 1.5);
    let ServerMessage::Delta { values, .. } = client.next().await else { panic!("a delta") };
    assert_eq!(values.len(), 2);
    assert_eq!(values[0].1, Some(1.5));
    hub.stop().await;
}

#[tokio::test]
async fn a_crew_sees_its_own_state_only() {
    let hub = Hub::start(5, Limits::default()).await;
    let mut client = hub.client("?rate=now", Some("c-1")).await;
    client.say(EVERYTHING).await;
    let ServerMessage::Snapshot { values, assets, crews, .. } = client.next().await else { panic!("a snapshot") };
    assert_eq!((values.len(), assets.len()), (0, 0));
    assert_eq!(crews.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["c-1"]);
    hub.alarm(0, AlarmState::Unacknowledged);
    hub.value(0..10, 1.0);
    hub.publish(|board, change| {
        board.crews.insert(CrewId(0), Arc::new(crew(0, 106.5)));
        board.crews.insert(CrewId(1), Arc::new(crew(1, 106.6)));
        change.crews.extend([CrewId(0), CrewId(1)]);
    });
    let ServerMessage::Delta { crews, alarms, values, .. } = client.next().await else { panic!("a delta") };
    assert_eq!((crews.len(), crews[0].lon, alarms.len(), values.len()), (1, 106.6, 0, 0));
    hub.stop().await;
}

#[tokio::test]
async fn a_reload_brings_a_new_snapshot() {
    let hub = Hub::start(5, Limits::default()).await;
    let mut client = hub.client("", None).await;
    client.say(EVERYTHING).await;
    client.next().await;
    let other = Hub::start(8, Limits::default()).await;
    let fresh = other.view.load();
    hub.view.store(Picture {
        site: fresh.site.clone(),
        registry: fresh.registry.clone(),
        values: fresh.values.clone(),
        board: fresh.board.clone(),
    });
    hub.feed.send(Change::Reloaded);
    let ServerMessage::Snapshot { assets, .. } = client.next().await else { panic!("a snapshot") };
    assert_eq!(assets.len(), 8);
    hub.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn what_the_engine_could_not_hand_over_comes_as_a_snapshot() {
    let hub = Hub::start(5, Limits::default()).await;
    let mut client = hub.client("", None).await;
    client.say(EVERYTHING).await;
    client.next().await;
    // the test holds the only thread, so the pusher reads none of these before the queue is full
    for n in 0..2_000 {
        hub.value(0..1, f64::from(n));
    }
    hub.alarm(1, AlarmState::Unacknowledged);
    loop {
        match client.next().await {
            ServerMessage::Snapshot { alarms, values, .. } => {
                assert_eq!((alarms.len(), values[0].value), (1, Some(1_999.0)));
                break;
            }
            ServerMessage::Delta { .. } => {}
            other @ ServerMessage::Error { .. } => panic!("{other:?}"),
        }
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_socket_ends_with_its_login_and_with_the_hub() {
    let hub = Hub::start(5, Limits { login: Duration::from_millis(20), ..Limits::default() }).await;
    let mut client = hub.client("", None).await;
    hub.logged_in.store(false, Ordering::Release);
    assert_eq!(client.closed().await, 1008);
    hub.logged_in.store(true, Ordering::Release);
    let mut client = hub.client("", None).await;
    hub.tasks.stop();
    assert_eq!(client.closed().await, 1001);
    hub.stop().await;
}

#[tokio::test]
async fn a_socket_that_is_silent_or_stuck_is_closed() {
    let short = Duration::from_millis(500);
    let hub = Hub::start(5, Limits { ping: short / 4, silence: short, ..Limits::default() }).await;
    // it answers pings only while it reads, and it does not
    let silent = hub.client("", None).await;
    hub.until(|push| push.sessions() == 1).await;
    hub.until(|push| push.sessions() == 0).await;
    drop(silent);
    hub.stop().await;

    let hub = Hub::start(500, Limits { write: short, ..Limits::default() }).await;
    let mut stuck = hub.client("", None).await;
    // the snapshot is larger than the buffers between the two
    hub.until(|push| push.sessions() == 1).await;
    stuck.say(EVERYTHING).await;
    hub.until(|push| push.sessions() == 0).await;
    drop(stuck);
    hub.stop().await;
}

#[tokio::test]
async fn wrong_queries_are_refused_before_the_upgrade() {
    let hub = Hub::start(5, Limits::default()).await;
    for query in ["?rate=0", "?rate=soon", "?encoding=xml"] {
        let stream = TcpStream::connect(hub.address).await.unwrap();
        let refused = tokio_tungstenite::client_async(format!("ws://{}/api/v1/live{query}", hub.address), stream).await;
        let Err(tokio_tungstenite::tungstenite::Error::Http(response)) = refused else { panic!("{query} is refused") };
        assert_eq!(response.status(), 422);
    }
    hub.stop().await;
}

/// What `linepack watch` prints.
#[derive(Clone, Default)]
struct Printed(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Printed {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn watch_prints_a_line_a_change_and_connects_again() {
    let hub = Hub::start(5, Limits { login: Duration::from_millis(50), ..Limits::default() }).await;
    let args = WatchArgs {
        what: vec!["alarms".into(), "rs-2/*".into()],
        url: format!("http://{}", hub.address).parse().unwrap(),
        token: None,
        user: None,
        password_stdin: false,
        rate: "now".into(),
        json: false,
    };
    let printed = Printed::default();
    let mut out = printed.clone();
    let drive = async {
        hub.until(|_| printed.text().contains("rs-2/flow")).await;
        hub.alarm(1, AlarmState::Unacknowledged);
        hub.value(4..5, 131.5);
        hub.until(|_| printed.text().contains("high unacknowledged  rs-1:pressure:high")).await;
        hub.until(|_| printed.text().contains("rs-2/pressure  131.5  kPa  good")).await;
        // the hub throws it out once; it comes back and hears what it missed
        hub.logged_in.store(false, Ordering::Release);
        hub.until(|push| push.sessions() == 0).await;
        hub.logged_in.store(true, Ordering::Release);
        hub.alarm(3, AlarmState::Unacknowledged);
        hub.until(|_| printed.text().contains("rs-3:pressure:high")).await;
    };
    tokio::select! {
        ended = follow(&args, false, &mut out) => panic!("it goes on: {ended:?}"),
        () = drive => {}
    }
    hub.stop().await;
}
