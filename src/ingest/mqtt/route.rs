//! From a topic to what its messages mean. Looked up once a topic, then remembered until the next reload.

use std::collections::HashMap;
use std::sync::Arc;

use linepack_core::input::Actor;
use linepack_core::{AssetId, CrewId, Input, PointId, Registry};

use super::batch::{Batch, Receipt};
use super::json::Pointers;
use super::{linepack, owntracks};
use crate::site::{MqttFormat, Subscription};

/// Topics remembered; a site has fewer, a sender of random topics must not eat the memory.
const REMEMBERED: usize = 500_000;

/// What messages of a topic mean.
#[derive(Clone, Debug, PartialEq)]
enum Route {
    Asset(AssetId),
    Point(PointId),
    Status(CrewId),
    Owntracks(CrewId),
    Json(Arc<Pointers>),
    /// Covered by a subscription, but not for us: the hub's own messages, OwnTracks events.
    Ignore,
    /// Why nothing can be made of it.
    Refuse(Arc<str>),
}

/// Reads messages of one connection.
#[derive(Debug)]
pub(crate) struct Reader {
    registry: Arc<Registry>,
    subscriptions: Vec<Subscription>,
    routes: HashMap<String, Route>,
    /// Retained statuses already taken: the broker sends them again after each reconnect, and a crew may have got
    /// another status meanwhile.
    statuses: HashMap<CrewId, Vec<u8>>,
}

impl Reader {
    /// With nothing remembered.
    pub(crate) fn new(registry: Arc<Registry>, subscriptions: Vec<Subscription>) -> Self {
        Self { registry, subscriptions, routes: HashMap::new(), statuses: HashMap::new() }
    }

    /// What to subscribe to: `{asset}` becomes `+`. Sparkplug has a session of its own.
    pub(crate) fn filters(&self) -> Vec<String> {
        let own = self.subscriptions.iter().filter(|s| !matches!(s.format, MqttFormat::Sparkplug { .. }));
        own.map(|s| s.topic.replace("{asset}", "+")).collect()
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
            Route::Json(pointers) => pointers.read(payload, receipt, batch),
            Route::Ignore => {}
            Route::Refuse(reason) => batch.refused.push(reason.to_string()),
            Route::Owntracks(crew) => match owntracks::read(*crew, payload, receipt.at) {
                Ok(fix) => batch.others.extend(fix.map(Input::Position)),
                Err(reason) => batch.refused.push(reason),
            },
            Route::Status(crew) => match linepack::crew(payload) {
                Ok(_) if receipt.retained && self.statuses.get(crew).is_some_and(|p| p == payload) => {}
                Ok(status) => {
                    self.statuses.insert(*crew, payload.to_vec());
                    let name = format!("crew:{}", self.registry.crews[crew.index()].id);
                    let actor = Actor { name: name.into(), address: "".into() };
                    batch.others.push(Input::Status { crew: *crew, status, actor });
                }
                Err(reason) => batch.refused.push(reason),
            },
        }
    }

    fn learn(&mut self, topic: &str) -> Route {
        if self.routes.len() >= REMEMBERED {
            self.routes.clear();
        }
        let route = self.find(topic);
        self.routes.insert(topic.to_owned(), route.clone());
        route
    }

    /// The first subscription that covers the topic decides.
    fn find(&self, topic: &str) -> Route {
        let covering = self.subscriptions.iter().find_map(|s| Some((s, matches(&s.topic, topic)?)));
        let Some((subscription, asset)) = covering else {
            return Route::Refuse("no subscription covers this topic".into());
        };
        let found = match &subscription.format {
            MqttFormat::Linepack => self.linepack(topic),
            MqttFormat::Owntracks => self.owntracks(topic),
            MqttFormat::Sparkplug { .. } => Ok(Route::Ignore),
            MqttFormat::Json { ts, values } => asset
                .ok_or_else(|| "the topic names no asset".to_owned())
                .and_then(|name| Ok((name, self.asset(name)?)))
                .and_then(|(name, asset)| {
                    Pointers::new(&self.registry, asset, ts.as_ref(), values)
                        .ok_or_else(|| format!("asset {name} has none of the points of this subscription"))
                })
                .map(|pointers| Route::Json(Arc::new(pointers))),
        };
        found.unwrap_or_else(|reason| Route::Refuse(reason.into()))
    }

    fn linepack(&self, topic: &str) -> Result<Route, String> {
        let levels: Vec<_> = topic.split('/').collect();
        match levels[..] {
            ["linepack", "v1", "telemetry", asset] => self.asset(asset).map(Route::Asset),
            ["linepack", "v1", "telemetry", asset, point] => {
                let id = self.asset(asset)?;
                let point = self.registry.find_point_of(id, point);
                point.map(Route::Point).ok_or_else(|| format!("asset {asset} has no point {:?}", levels[4]))
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

/// Whether a filter (with `+`, `#` and `{asset}`) covers a topic, and then the asset it names.
fn matches<'t>(filter: &str, topic: &'t str) -> Option<Option<&'t str>> {
    let mut asset = None;
    let mut levels = topic.split('/');
    for want in filter.split('/') {
        if want == "#" {
            return Some(asset);
        }
        let level = levels.next()?;
        match want {
            "+" => {}
            "{asset}" => asset = Some(level),
            _ if want == level => {}
            _ => return None,
        }
    }
    levels.next().is_none().then_some(asset)
}

#[cfg(test)]
mod tests {
    use linepack_core::Ts;
    use linepack_core::dispatch::CrewStatus;

    use super::*;
    use crate::ingest::mqtt::testing::registry;

    fn reader() -> Reader {
        let sub = |topic: &str, format| Subscription { topic: topic.to_owned(), format };
        let values = vec![("flow".to_owned(), "/q".to_owned())];
        Reader::new(
            registry().into(),
            vec![
                sub("linepack/v1/#", MqttFormat::Linepack),
                sub("owntracks/#", MqttFormat::Owntracks),
                sub("meters/{asset}/state", MqttFormat::Json { ts: None, values }),
            ],
        )
    }

    fn read(reader: &mut Reader, topic: &str, payload: &str, retained: bool) -> (Vec<Input>, Vec<String>) {
        let mut batch = Batch::default();
        reader.read(topic, payload.as_bytes(), Receipt { at: Ts(9000), retained }, &mut batch);
        (batch.take(), batch.refused)
    }

    #[test]
    fn filters_cover_topics_as_mqtt_says() {
        for (filter, topic, expect) in [
            ("a/+/c", "a/b/c", Some(None)),
            ("a/+", "a/b/c", None),
            ("a/#", "a/b/c", Some(None)),
            ("a/#", "a", Some(None)),
            ("#", "x/y", Some(None)),
            ("a/b", "a/b/c", None),
            ("a/b/c", "a/b", None),
            ("m/{asset}/s", "m/x/s", Some(Some("x"))),
        ] {
            assert_eq!(matches(filter, topic), expect, "{filter} {topic}");
        }
        assert_eq!(reader().filters(), ["linepack/v1/#", "owntracks/#", "meters/+/state"]);
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
    fn unknown_names_are_refused_by_name_and_own_messages_ignored() {
        let r = &mut reader();
        for (topic, reason) in [
            ("linepack/v1/telemetry/rs-9", r#"there is no asset "rs-9""#),
            ("linepack/v1/telemetry/rs-1/flew", r#"asset rs-1 has no point "flew""#),
            ("linepack/v1/crews/c-9/status", r#"there is no crew "c-9""#),
            ("linepack/v1/telemetry", "not a topic of the linepack format"),
            ("owntracks/c-9/phone", r#"there is no crew "c-9""#),
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
