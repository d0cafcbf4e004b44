//! A real Mosquitto of one's own, on a free port.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long anything in these tests may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The broker; ends when dropped.
pub(crate) struct Mosquitto {
    pub(crate) port: u16,
    pub(crate) dir: TempDir,
    more: String,
    child: Option<Child>,
}

impl Mosquitto {
    /// One that forgets everything when it stops.
    pub(crate) async fn start() -> Self {
        Self::with(|_| "persistence false\n".to_owned()).await
    }

    /// One that keeps sessions and messages over a restart in good order.
    pub(crate) async fn start_persistent() -> Self {
        Self::with(|dir| format!("persistence true\npersistence_location {}/\n", dir.display())).await
    }

    /// One with more lines in its configuration; they are made with its folder in view.
    pub(crate) async fn with(more: impl FnOnce(&Path) -> String) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let more = more(dir.path());
        let mut this = Self { port: free_port(), dir, more, child: None };
        this.resume().await;
        this
    }

    /// Ends it in good order.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let told = Command::new("kill").arg(child.id().to_string()).status().expect("kill runs");
            assert!(told.success());
            child.wait().expect("ended");
        }
    }

    pub(crate) fn address(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("killed");
            child.wait().expect("ended");
        }
    }

    /// Starts it again on the same port.
    pub(crate) async fn resume(&mut self) {
        let config = self.dir.path().join("mosquitto.conf");
        let text =
            format!("user root\nallow_anonymous true\nlog_dest none\nlistener {} 127.0.0.1\n{}", self.port, self.more);
        fs::write(&config, text).expect("written");
        let child = Command::new("/usr/sbin/mosquitto").arg("-c").arg(&config).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("mosquitto starts"));
        let port = self.port;
        until("mosquitto listens", || TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    }

    /// A client that is connected.
    pub(crate) async fn client(&self, id: &str) -> Client {
        Client::connect(self.port, id, None).await.expect("connected")
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A device, phone or other program on a broker.
pub(crate) struct Client {
    client: AsyncClient,
    messages: tokio::sync::mpsc::Receiver<rumqttc::Publish>,
    acked: tokio::sync::mpsc::Receiver<()>,
    _task: JoinSet<()>,
}

impl Client {
    /// Connects, or tells why not.
    pub(crate) async fn connect(port: u16, id: &str, user: Option<(&str, &str)>) -> Result<Self, String> {
        let mut options = MqttOptions::new(id, "127.0.0.1", port);
        options.set_inflight(1000);
        if let Some((name, password)) = user {
            options.set_credentials(name, password);
        }
        let (client, mut events) = AsyncClient::new(options, 10_000);
        match timeout(PATIENCE, events.poll()).await {
            Ok(Ok(Event::Incoming(Packet::ConnAck(_)))) => {}
            other => return Err(format!("{other:?}")),
        }
        let (message_end, messages) = tokio::sync::mpsc::channel(10_000);
        let (acked_end, acked) = tokio::sync::mpsc::channel(10_000);
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Ok(event) = events.poll().await {
                match event {
                    Event::Incoming(Packet::Publish(p)) => drop(message_end.send(p).await),
                    Event::Incoming(Packet::PubAck(_) | Packet::SubAck(_)) => drop(acked_end.send(()).await),
                    _ => {}
                }
            }
        });
        Ok(Self { client, messages, acked, _task: task })
    }

    /// Publishes at QoS 1 and waits until the broker has it.
    pub(crate) async fn publish(&mut self, topic: &str, payload: &str) {
        self.send(topic, payload, false).await;
    }

    /// The same, retained.
    pub(crate) async fn retain(&mut self, topic: &str, payload: &str) {
        self.send(topic, payload, true).await;
    }

    /// The same at QoS 0, of bytes.
    pub(crate) async fn send_bytes(&mut self, topic: &str, payload: Vec<u8>) {
        self.client.publish(topic, QoS::AtMostOnce, false, payload).await.expect("taken");
    }

    async fn send(&mut self, topic: &str, payload: &str, retain: bool) {
        self.client.publish(topic, QoS::AtLeastOnce, retain, payload).await.expect("taken");
        self.wait_ack().await;
    }

    /// Publishes at QoS 0 and waits for nothing.
    pub(crate) async fn spray(&mut self, topic: &str, payload: &str) {
        self.client.publish(topic, QoS::AtMostOnce, false, payload).await.expect("taken");
    }

    pub(crate) async fn subscribe(&mut self, filter: &str) {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.expect("taken");
        self.wait_ack().await;
    }

    async fn wait_ack(&mut self) {
        timeout(PATIENCE, self.acked.recv()).await.expect("in time").expect("acknowledged");
    }

    /// The next message: topic, payload, retained.
    pub(crate) async fn message(&mut self) -> (String, String, bool) {
        let p = timeout(PATIENCE, self.messages.recv()).await.expect("a message in time").expect("connected");
        (p.topic, String::from_utf8_lossy(&p.payload).into_owned(), p.retain)
    }
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !holds() {
            sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain: {what}");
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}
