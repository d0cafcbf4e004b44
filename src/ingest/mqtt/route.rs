//! From a topic to what its messages mean. Looked up once a topic, then remembered until the next reload.

use std::collections::HashMap;
use std::sync::Arc;

use linepack_core::input::Actor;
use linepack_core::{AssetId, CrewId, Input, PointId, Registry};

use super::batch::{Batch, Receipt};
use super::json::{self, Named, Plan};
use super::{linepack, owntracks};
use crate::ingest::hash::FastMap;
use crate::site::{JsonMapping, MqttFormat, MqttSettings, OfflineTopic, Subscription};

/// Topics remembered; a site has fewer, a sender of random topics must not eat the memory.
const REMEMBERED: usize = 500_000;

/// What messages of a topic mean.
#[derive(Clone, Debug, PartialEq)]
enum Route {
    Asset(AssetId),
    Point(PointId),
    Status(CrewId),
    Owntracks(CrewId),
    Json(Arc<JsonTopic>),
    /// Whether a device lives.
    Life(AssetId, Arc<str>),
    /// Covered by a subscription, but not for us: the hub's own messages, OwnTracks events.
    Ignore,
    /// Why nothing can be made of it.
    Refuse(Arc<str>),
}

/// How messages of a topic are read by pointers.
#[derive(Debug, PartialEq)]
struct JsonTopic {
    plan: Arc<Plan>,
    named: Named,
    points: Arc<[Option<PointId>]>,
}

fn plan(subscription: &Subscription) -> Option<Arc<Plan>> {
    match &subscription.format {
        MqttFormat::Json(mapping) => Some(Arc::new(Plan::new(mapping.clone()))),
        _ => None,
    }
}

/// Reads messages of one connection.
#[derive(Debug)]
pub(crate) struct Reader {
    registry: Arc<Registry>,
    subscriptions: Vec<Subscription>,
    /// Of the subscriptions with pointers.
    plans: Vec<Option<Arc<Plan>>>,
    offline: Vec<OfflineTopic>,
    shared: Option<String>,
    routes: FastMap<Box<str>, Route>,
    /// Retained statuses already taken: the broker sends them again after each reconnect, and a crew may have got
    /// another status meanwhile.
    statuses: HashMap<CrewId, Vec<u8>>,
}

impl Reader {
    /// With nothing remembered.
    pub(crate) fn new(registry: Arc<Registry>, settings: &MqttSettings) -> Self {
        Self {
            registry,
            plans: settings.subscribe.iter().map(plan).collect(),
            subscriptions: settings.subscribe.clone(),
            offline: settings.offline.clone(),
            shared: settings.shared.clone(),
            routes: FastMap::default(),
            statuses: HashMap::new(),
        }
    }

    /// What to subscribe to; Sparkplug has a session of its own. Whether a device lives is told to every hub, also to those that share the rest.
    pub(crate) fn filters(&self) -> Vec<String> {
        let plain = |topic: &str| topic.replace("{asset}", "+").replace("{point}", "+");
        let ours = self.subscriptions.iter().filter(|s| !matches!(s.format, MqttFormat::Sparkplug { .. }));
        let ours = ours.map(|s| match &self.shared {
            Some(group) => format!("$share/{group}/{}", plain(&s.topic)),
            None => plain(&s.topic),
        });
        ours.chain(self.offline.iter().map(|o| plain(&o.topic))).collect()
    }

    /// Reads one message into the batch; what cannot be read is in `batch.refused`.
    pub(crate) fn read(&mut self, topic: &str, payload: &[u8], receipt: Receipt, batch: &mut Batch) {
        let route = match self.routes.get(topic) {
            Some(route) => route.clone(),
            None => self.learn(topic),
        };
        match &route {
            Route::Asset(a) => linepack::asset(&self.registry, *a, payload, receipt, batch),
            Route::Point(p) => linepack::point(*p, payload, receipt, batch),
            Route::Json(t) => json::read(&self.registry, &t.plan, t.named, &t.points, payload, receipt, batch),
            Route::Life(asset, offline) => {
                let up = payload.trim_ascii() != offline.as_bytes();
                batch.others.push(Input::Device { asset: *asset, up });
            }
            Route::Ignore => {}
            Route::Refuse(reason) => batch.refuse(reason.to_string()),
            Route::Owntracks(crew) => match owntracks::read(*crew, payload, receipt.at) {
                Ok(fix) => batch.others.extend(fix.map(Input::Position)),
                Err(reason) => batch.refuse(reason),
            },
            Route::Status(crew) => match linepack::crew(payload) {
                Ok(_) if receipt.retained && self.statuses.get(crew).is_some_and(|p| p == payload) => {}
                Ok(status) => {
                    self.statuses.insert(*crew, payload.to_vec());
                    let name = format!("crew:{}", self.registry.crews[crew.index()].id);
                    let actor = Actor { name: name.into(), address: "".into() };
                    batch.others.push(Input::Status { crew: *crew, status, actor });
                }
                Err(reason) => batch.refuse(reason),
            },
        }
    }

    fn learn(&mut self, topic: &str) -> Route {
        if self.routes.len() >= REMEMBERED {
            self.routes.clear();
        }
        let route = self.find(topic);
        self.routes.insert(topic.into(), route.clone());
        route
    }

    /// The first entry that covers the topic decides.
    fn find(&self, topic: &str) -> Route {
        let found = match self.offline.iter().find_map(|o| Some((o, matches(&o.topic, topic)?))) {
            Some((offline, names)) => self.life(offline, names),
            None => {
                match self.subscriptions.iter().enumerate().find_map(|(n, s)| Some((n, s, matches(&s.topic, topic)?))) {
                    None => Err("no subscription covers this topic".to_owned()),
                    Some((n, subscription, names)) => match &subscription.format {
                        MqttFormat::Linepack => self.linepack(topic),
                        MqttFormat::Owntracks => self.owntracks(topic),
                        MqttFormat::Sparkplug { .. } => Ok(Route::Ignore),
                        MqttFormat::Json(mapping) => self.json(mapping, self.plans[n].clone(), names),
                    },
                }
            }
        };
        found.unwrap_or_else(|reason| Route::Refuse(reason.into()))
    }

    fn life(&self, offline: &OfflineTopic, names: Names<'_>) -> Result<Route, String> {
        let asset = self.asset(names.asset.unwrap_or_default())?;
        Ok(Route::Life(asset, offline.payload.as_str().into()))
    }

    fn json(&self, mapping: &JsonMapping, plan: Option<Arc<Plan>>, names: Names<'_>) -> Result<Route, String> {
        let asset = names.asset.map(|id| self.asset(id)).transpose()?;
        let point = match (asset, names.point) {
            (Some(asset), Some(name)) => {
                let unknown = || format!("asset {} has no point {name:?}", self.registry.assets[asset.index()].id);
                Some(self.fed(name, self.registry.find_point_of(asset, name).ok_or_else(unknown)?)?)
            }
            _ => None,
        };
        let plan = match (asset, names.point, plan) {
            (None, Some(point), _) => {
                // the asset is known only when the message is read: the point is looked up by its name then
                let mut mapping = mapping.clone();
                mapping.values = mapping.value.take().map(|at| (point.to_owned(), at)).into_iter().collect();
                Arc::new(Plan::new(mapping))
            }
            (_, _, Some(plan)) => plan,
            (_, _, None) => Arc::new(Plan::new(mapping.clone())),
        };
        let points = asset.map(|asset| plan.points(&self.registry, asset)).unwrap_or_default();
        Ok(Route::Json(Arc::new(JsonTopic { plan, named: Named { asset, point }, points })))
    }

    /// What the hub or its people speak for takes no values.
    fn fed(&self, name: &str, point: PointId) -> Result<PointId, String> {
        self.registry.fed(point).map_err(|voice| format!("{name}: {voice}"))
    }

    fn linepack(&self, topic: &str) -> Result<Route, String> {
        let levels: Vec<_> = topic.split('/').collect();
        match levels[..] {
            ["linepack", "v1", "telemetry", asset] => self.asset(asset).map(Route::Asset),
            ["linepack", "v1", "telemetry", asset, point] => {
                let id = self.asset(asset)?;
                let found = self.registry.find_point_of(id, point);
                let found = found.ok_or_else(|| format!("asset {asset} has no point {point:?}"))?;
                self.fed(point, found).map(Route::Point)
            }
            ["linepack", "v1", "crews", crew, "status"] => self.crew(crew).map(Route::Status),
            ["linepack", "v1", "crews", _, "assignment"]
            | ["linepack", "v1", "alarms", _, _]
            | ["linepack", "v1", "hub", "status"] => Ok(Route::Ignore),
            _ => Err("not a topic of the linepack format".to_owned()),
        }
    }

    fn owntracks(&self, topic: &str) -> Result<Route, String> {
        let levels: Vec<_> = topic.split('/').collect();
        match levels[..] {
            ["owntracks", crew, _] => self.crew(crew).map(Route::Owntracks),
            ["owntracks", _, _, ..] => Ok(Route::Ignore),
            _ => Err("not owntracks/{crew}/{device}".to_owned()),
        }
    }

    fn asset(&self, id: &str) -> Result<AssetId, String> {
        self.registry.find_asset(id).ok_or_else(|| format!("there is no asset {id:?}"))
    }

    fn crew(&self, id: &str) -> Result<CrewId, String> {
        self.registry.find_crew(id).ok_or_else(|| format!("there is no crew {id:?}"))
    }
}

/// What a topic names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Names<'t> {
    asset: Option<&'t str>,
    point: Option<&'t str>,
}

/// Whether a filter (with `+`, `#`, `{asset}`, `{point}`) covers a topic, and then what it names.
fn matches<'t>(filter: &str, topic: &'t str) -> Option<Names<'t>> {
    let mut names = Names::default();
    // wildcards at the beginning do not cover the broker's own topics
    if topic.starts_with('$') && filter.starts_with(['+', '#', '{']) {
        return None;
    }
    let mut levels = topic.split('/');
    for want in filter.split('/') {
        if want == "#" {
            return Some(names);
        }
        let level = levels.next()?;
        match want {
            "+" => {}
            "{asset}" => names.asset = Some(level),
            "{point}" => names.point = Some(level),
            _ if want == level => {}
            _ => return None,
        }
    }
    levels.next().is_none().then_some(names)
}

#[cfg(test)]
mod tests {
    use linepack_core::Ts;
    use linepack_core::dispatch::CrewStatus;

    use super::*;
    use crate::ingest::mqtt::specimen::registry;
    use crate::site::ValueAt;

    fn reader() -> Reader {
        let sub = |topic: &str, format| Subscription { topic: topic.to_owned(), format };
        let at = |pointer: &str| ValueAt { at: pointer.to_owned(), scale: 1.0, offset: 0.0 };
        let state = JsonMapping { values: vec![("flow".to_owned(), at("/q"))], ..JsonMapping::default() };
        let one = JsonMapping { value: Some(at("/v")), ..JsonMapping::default() };
        let by_id = JsonMapping { asset: Some("/id".into()), ..one.clone() };
        let settings = MqttSettings {
            subscribe: vec![
                sub("linepack/v1/#", MqttFormat::Linepack),
                sub("owntracks/#", MqttFormat::Owntracks),
                sub("meters/{asset}/state", MqttFormat::Json(state)),
                sub("meters/{asset}/p/{point}", MqttFormat::Json(one)),
                sub("gateways/+/{point}", MqttFormat::Json(by_id)),
            ],
            offline: vec![OfflineTopic { topic: "devices/{asset}/status".into(), payload: "offline".into() }],
            ..MqttSettings::default()
        };
        Reader::new(registry().into(), &settings)
    }

    fn read(reader: &mut Reader, topic: &str, payload: &str, retained: bool) -> (Vec<Input>, Vec<String>) {
        let mut batch = Batch::default();
        reader.read(topic, payload.as_bytes(), Receipt { at: Ts(9000), retained }, &mut batch);
        (batch.take(), batch.refused)
    }

    #[test]
    fn filters_cover_topics_as_mqtt_says() {
        for (filter, topic, expect) in [
            ("a/+/c", "a/b/c", Some([None, None])),
            ("a/+", "a/b/c", None),
            ("a/#", "a/b/c", Some([None, None])),
            ("a/#", "a", Some([None, None])),
            ("#", "x/y", Some([None, None])),
            ("#", "$SYS/x", None),
            ("+/x", "$SYS/x", None),
            ("a/b", "a/b/c", None),
            ("a/b/c", "a/b", None),
            ("m/{asset}/s", "m/x/s", Some([Some("x"), None])),
            ("{asset}/{point}/#", "x/y/z/1", Some([Some("x"), Some("y")])),
        ] {
            assert_eq!(matches(filter, topic).map(|n| [n.asset, n.point]), expect, "{filter} {topic}");
        }
        let mut reader = reader();
        let plain =
            ["linepack/v1/#", "owntracks/#", "meters/+/state", "meters/+/p/+", "gateways/+/+", "devices/+/status"];
        assert_eq!(reader.filters(), plain);
        reader.shared = Some("g".into());
        assert_eq!(reader.filters()[2], "$share/g/meters/+/state");
        assert_eq!(reader.filters()[5], "devices/+/status");
    }

    #[test]
    fn every_kind_of_topic_finds_its_reader() {
        let r = &mut reader();
        let one = |(inputs, refused): (Vec<Input>, Vec<String>)| {
            assert!(refused.is_empty(), "{refused:?}");
            assert_eq!(inputs.len(), 1);
            inputs.into_iter().next().unwrap()
        };
        for (topic, payload) in [
            ("linepack/v1/telemetry/rs-1", r#"{"values":{"flow":3}}"#),
            ("linepack/v1/telemetry/rs-1/flow", "3"),
            ("meters/rs-1/state", r#"{"q":3}"#),
            ("meters/rs-1/p/flow", r#"{"v":3}"#),
            ("gateways/g-1/flow", r#"{"id":"rs-1","v":3}"#),
        ] {
            match one(read(r, topic, payload, false)) {
                Input::Samples(s) => assert_eq!((s[0].point, s[0].value), (PointId(1), 3.0), "{topic}"),
                other => panic!("{topic}: {other:?}"),
            }
        }
        match one(read(r, "owntracks/c-07/phone", r#"{"_type":"location","lat":1,"lon":2}"#, false)) {
            Input::Position(fix) => assert_eq!(fix.crew, CrewId(0)),
            other => panic!("{other:?}"),
        }
        match one(read(r, "linepack/v1/crews/c-07/status", r#"{"status":"busy"}"#, false)) {
            Input::Status { crew, status, actor } => {
                assert_eq!((crew, status, &*actor.name), (CrewId(0), CrewStatus::Busy, "crew:c-07"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_last_will_tells_that_a_device_is_gone() {
        let r = &mut reader();
        for (payload, alive) in [("offline", false), (" offline\n", false), ("online", true), ("", true)] {
            match &read(r, "devices/rs-1/status", payload, true).0[..] {
                [Input::Device { asset: AssetId(0), up }] => assert_eq!(*up, alive, "{payload}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn unknown_names_are_refused_by_name_and_own_messages_ignored() {
        let r = &mut reader();
        for (topic, reason) in [
            ("linepack/v1/telemetry/rs-9", r#"there is no asset "rs-9""#),
            ("linepack/v1/telemetry/rs-1/flew", r#"asset rs-1 has no point "flew""#),
            ("linepack/v1/crews/c-9/status", r#"there is no crew "c-9""#),
            ("linepack/v1/telemetry", "not a topic of the linepack format"),
            ("owntracks/c-9/phone", r#"there is no crew "c-9""#),
            ("devices/rs-9/status", r#"there is no asset "rs-9""#),
            ("meters/rs-1/p/flew", r#"asset rs-1 has no point "flew""#),
            ("meters/v-1/state", "asset v-1 has none of the points of this subscription"),
            ("elsewhere", "no subscription covers this topic"),
        ] {
            assert_eq!(read(r, topic, "1", false).1, [reason], "{topic}");
        }
        for topic in ["linepack/v1/alarms/rs-1/x", "linepack/v1/hub/status", "owntracks/c-07/phone/event"] {
            let (inputs, refused) = read(r, topic, "{}", false);
            assert!(inputs.is_empty() && refused.is_empty(), "{topic}");
        }
    }

    #[test]
    fn a_retained_status_counts_once() {
        let r = &mut reader();
        let mut say = |payload, retained| read(r, "linepack/v1/crews/c-07/status", payload, retained).0.len();
        assert_eq!(say(r#"{"status":"busy"}"#, true), 1);
        assert_eq!(say(r#"{"status":"busy"}"#, true), 0);
        assert_eq!(say(r#"{"status":"available"}"#, true), 1);
        assert_eq!(say(r#"{"status":"available"}"#, false), 1);
    }
}
