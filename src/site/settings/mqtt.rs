//! MQTT connections of `hub.toml`, validated.

use std::path::PathBuf;
use std::time::Duration;

use linepack_core::Quality;

/// An MQTT broker as seen by its client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MqttSettings {
    /// `mqtt://host:port` or `mqtts://host:port`.
    pub address: String,
    /// Which protocol is spoken.
    pub version: MqttVersion,
    /// With `mqtts://`.
    pub tls: Option<MqttTls>,
    /// Client id.
    pub client_id: String,
    /// How long the broker keeps the session of a hub that is away; version 5 only.
    pub session_expiry: Duration,
    /// Hubs that share their subscriptions under this name: each message goes to one of them.
    pub shared: Option<String>,
    /// Quality of service of subscriptions, 0 or 1.
    pub qos: u8,
    /// User name.
    pub user: Option<String>,
    /// File that holds the user name.
    pub user_file: Option<PathBuf>,
    /// File that holds the password.
    pub password_file: Option<PathBuf>,
    /// Hub messages (alarms, assignments, status) go out here.
    pub publish: bool,
    /// What to listen to.
    pub subscribe: Vec<Subscription>,
    /// The hub as a Sparkplug host application, where a subscription says so.
    pub sparkplug: SparkplugSettings,
    /// Topics that tell whether a device lives.
    pub offline: Vec<OfflineTopic>,
    /// What one asset or crew may send.
    pub max_rate: Rate,
    /// Back-off ceiling.
    pub retry_max: Duration,
}

/// Protocol versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MqttVersion {
    /// 3.1.1.
    #[default]
    V3,
    /// 5.0.
    V5,
}

/// TLS to a broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MqttTls {
    /// Certificates of the authorities that are trusted, PEM; none: the system's.
    pub ca: Option<PathBuf>,
    /// The hub's own certificate and its key, PEM.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Name the broker's certificate must have; none: the host's.
    pub server_name: Option<String>,
}

/// How many messages a source may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Messages a second in the long run.
    pub rate: u32,
    /// Messages at once after a quiet time.
    pub burst: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { rate: 1000, burst: 5000 }
    }
}

/// A topic that tells whether a device lives, usually its last will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineTopic {
    /// MQTT filter with one level `{asset}`.
    pub topic: String,
    /// Says that the device is gone; anything else says that it is there.
    pub payload: String,
}

/// The hub as a Sparkplug host application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SparkplugSettings {
    /// Name of the host application in its STATE topic.
    pub host_id: String,
    /// Publishes STATE, so that edge nodes can wait for this host.
    pub primary_host: bool,
    /// How long messages of an edge node may be out of order before a rebirth is asked for.
    pub reorder_timeout: Duration,
}

/// One entry of `subscribe`.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// MQTT filter; in `json` format levels may be `{asset}` and `{point}`, which are subscribed as `+`.
    pub topic: String,
    /// How to read it.
    pub format: MqttFormat,
}

/// How messages of a subscription are read.
#[derive(Clone, Debug, PartialEq)]
pub enum MqttFormat {
    /// The contract's own.
    Linepack,
    /// Any JSON, by JSON pointers.
    Json(JsonMapping),
    /// OwnTracks positions.
    Owntracks,
    /// Sparkplug B.
    Sparkplug {
        /// Id of the asset, with `{group}`, `{node}` and `{device}`; none: the device's id, else the edge node's.
        asset: Option<String>,
    },
}

/// Where things stand in a JSON message. All pointers but `each` are looked up in the element, where there are elements;
/// `asset`, `point`, `ts` and `quality` then in the whole message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonMapping {
    /// Pointer to a list whose elements are read one by one.
    pub each: Option<String>,
    /// Pointer to the asset's id, where the topic does not name it.
    pub asset: Option<String>,
    /// Pointer to the point's name; then `value` is its value.
    pub point: Option<String>,
    /// Pointer to the time; none: time of arrival.
    pub ts: Option<String>,
    /// Between the numbers of a list of values.
    pub step: Option<Duration>,
    /// Where the quality stands; none: good.
    pub quality: Option<QualityAt>,
    /// Point name → where its value stands.
    pub values: Vec<(String, ValueAt)>,
    /// Where the value of the one point stands that topic or `point` name.
    pub value: Option<ValueAt>,
}

/// Where a value stands and how it is scaled.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueAt {
    /// JSON pointer.
    pub at: String,
    /// value = number × scale + offset.
    pub scale: f64,
    /// value = number × scale + offset.
    pub offset: f64,
}

/// Where the quality stands and what its words mean.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityAt {
    /// JSON pointer.
    pub at: String,
    /// Words of this sender beside the usual ones.
    pub words: Vec<(String, Quality)>,
}
