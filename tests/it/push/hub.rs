//! A view and a feed that the test drives, a server, websocket clients.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use linepack::clock::Clock;
use linepack::lifecycle::Tasks;
use linepack::push::{Change, Feed, Limits, LiveQuery, Push, Upgrade};
use linepack::site::Site;
use linepack::view::{Board, BoardChange, Picture, Values, View};
use linepack::wire::ServerMessage;
use linepack_core::alarm::{Alarm, State as AlarmState};
use linepack_core::dispatch::{CrewState, CrewStatus};
use linepack_core::input::Fix;
use linepack_core::{AlarmId, CrewId, Current, LonLat, PointId, Quality, Ts};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream, UnixListener, UnixStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Nothing here takes this long unless it never comes.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

pub(super) struct Hub {
    pub(super) view: View,
    pub(super) feed: Feed,
    pub(super) address: SocketAddr,
    pub(super) logged_in: Arc<AtomicBool>,
    pub(super) push: Push,
    pub(super) tasks: Tasks,
    dir: tempfile::TempDir,
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
    upgrade: Upgrade,
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
    pub(super) async fn start(assets: u32, limits: Limits) -> Self {
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
        let values = Arc::new(Values::new(&registry));
        let mut board = Board::default();
        for n in 0..3 {
            board.crews.insert(CrewId(n), Arc::new(crew(n, 106.0)));
        }
        let view = View::new(Picture { site: Arc::new(site), registry, values, board: Arc::new(board) });

        let (feed, feed_end) = Feed::channel(1_024);
        let tasks = Tasks::new();
        let push = Push::new(view.clone(), Clock::System, &tasks).with_limits(limits);
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
        let (stop, unix_stop) = (tasks.stopping(), tasks.stopping());
        // to the hub a socket of another kind is what TLS is: only the session's task may write
        let unix = UnixListener::bind(dir.path().join("live")).unwrap();
        let serve = axum::serve(unix, router.clone()).with_graceful_shutdown(unix_stop.cancelled_owned());
        tasks.spawn("http beside", async move { Ok(serve.await?) });
        tasks.spawn("http", async move {
            let serve = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
            Ok(serve.await?)
        });
        Self { view, feed, address, logged_in, push, tasks, dir }
    }

    /// Over a socket that is not TCP.
    pub(super) async fn other_client(&self) -> Client<UnixStream> {
        let stream = UnixStream::connect(self.dir.path().join("live")).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async("ws://hub/api/v1/live?rate=now", stream).await.unwrap();
        Client { socket, seq: 0 }
    }

    pub(super) async fn client(&self, query: &str, crew: Option<&str>) -> Client {
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

    pub(super) fn publish(&self, edit: impl FnOnce(&mut Board, &mut BoardChange)) {
        let before = self.view.load();
        let mut board = Board::clone(&before.board);
        let mut change = BoardChange::default();
        edit(&mut board, &mut change);
        board.version += 1;
        let (site, registry, values) = (before.site.clone(), before.registry.clone(), before.values.clone());
        self.view.store(Picture { site, registry, values, board: Arc::new(board) });
        self.feed.send(Change::Board(change));
    }

    pub(super) fn alarm(&self, n: u32, state: AlarmState) {
        let alarm = Alarm { seq: 1, state, value: 130.0, raised: Some(Ts(1)), ..Alarm::at_rest(AlarmId(n)) };
        let registry = self.view.load().registry.clone();
        let event = linepack_core::Event::Alarm { alarm, transition: None };
        self.publish(|board, change| {
            board.apply(&registry, &event, change);
            change.alarms.push(AlarmId(n));
        });
    }

    pub(super) fn value(&self, points: std::ops::Range<u32>, value: f64) {
        let values = self.view.load().values.clone();
        let points: Vec<PointId> = points.map(PointId).collect();
        for &point in &points {
            values.set(point, Current { value, quality: Quality::Good, ts: Ts(5), received: Ts(6) });
        }
        self.feed.send(Change::Values(points));
    }

    pub(super) async fn until(&self, condition: impl Fn(&Push) -> bool) {
        let met = async {
            while !condition(&self.push) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(DEADLINE, met).await.expect("in time");
    }

    pub(super) async fn stop(self) {
        self.tasks.finish(Duration::from_secs(5)).await.unwrap();
    }
}

pub(super) fn crew(n: u32, lon: f64) -> CrewState {
    let fix = Fix { crew: CrewId(n), position: LonLat { lon, lat: 29.5 }, ts: Ts(1), accuracy_m: None };
    CrewState { id: CrewId(n), status: CrewStatus::Available, since: Ts(0), fix: Some(fix), assignment: None }
}

pub(super) struct Client<S = TcpStream> {
    pub(super) socket: WebSocketStream<S>,
    pub(super) seq: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(super) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next message of the hub; its `seq` must be the next number.
    pub(super) async fn next(&mut self) -> ServerMessage {
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

    /// The next text message, as it is.
    pub(super) async fn text(&mut self) -> serde_json::Value {
        loop {
            let next = tokio::time::timeout(DEADLINE, self.socket.next()).await.expect("a message in time");
            if let Message::Text(text) = next.expect("the socket is open").unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// The code the hub closes with.
    pub(super) async fn closed(&mut self) -> u16 {
        loop {
            let next = tokio::time::timeout(DEADLINE, self.socket.next()).await.expect("an end in time");
            if let Message::Close(frame) = next.expect("a close frame").unwrap() {
                return frame.expect("a close code").code.into();
            }
        }
    }
}

pub(super) const EVERYTHING: &str =
    r#"{"type":"subscribe","topics":["alarms","incidents","crews","assets"],"points":["*"]}"#;
