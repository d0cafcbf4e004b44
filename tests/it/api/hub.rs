//! A hub on a small site of its own, with a token for every role.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use linepack::app::{self, Extras};
use linepack::clock::Clock;
use linepack::lifecycle::Tasks;
use linepack::site::Site;
use linepack::store::{NewUser, Role};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

const HUB: &str = r#"
[hub]
name = "North Grid"
timezone = "Asia/Shanghai"

[server]
listen = "127.0.0.1:0"

[store]
url = "sqlite://data/hub.db"

[[template]]
name = "regulator"

[[template.point]]
name = "outlet_pressure"
unit = "kPa"
range = [0.0, 600.0]

[[template.point.alarm]]
kind = "high-high"
limit = 140.0
priority = "critical"
dispatch = { skill = "regulator", auto = true }

[[template.point.alarm]]
kind = "high"
limit = 120.0
deadband = 2.0
operator_may = { limit = [100, 130] }
priority = "medium"

[[template.point]]
name = "flow"
unit = "m3/h"
"#;

const ASSETS: &str = "\
id,name,kind,template,connection,unit_id,address_offset,lon,lat,area,maker
rs-0001,Regulator One,district-regulator,regulator,,,,106.50,29.50,north,Acme
rs-0002,Regulator Two,district-regulator,regulator,,,,106.60,29.60,south,Acme
rs-0003,Regulator Three,gate-station,regulator,,,,106.70,29.70,south,
";

const CREWS: &str = "\
id,name,phone,skills,base_lon,base_lat,shift,area
c-01,Crew One,+86 1,regulator,106.51,29.50,24h,north
c-02,Crew Two,+86 2,regulator;leak,106.60,29.60,24h,south
c-03,Crew Three,+86 3,leak,106.50,29.50,24h,north
";

const NETWORK: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","geometry":{"type":"Point","coordinates":[106.5,29.5]},"properties":{"id":"n-1","kind":"regulator","asset":"rs-0001"}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[106.6,29.6]},"properties":{"id":"n-2","kind":"valve","state":"closed","operable":true}},
{"type":"Feature","geometry":{"type":"LineString","coordinates":[[106.5,29.5],[106.6,29.6]]},"properties":{"id":"p-1","from":"n-1","to":"n-2","diameter_mm":200,"pressure_class":"medium","material":"PE100"}}
]}"#;

/// A running hub and its site folder.
pub(crate) struct TestHub {
    pub(crate) url: String,
    pub(crate) http: Client,
    pub(crate) dir: tempfile::TempDir,
    tokens: HashMap<&'static str, String>,
    tasks: Tasks,
}

impl TestHub {
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// The same with more in `hub.toml`; what it begins with belongs to the point `flow`.
    pub(crate) async fn start_with(more: &str) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let text = format!("{HUB}{more}");
        for (name, text) in
            [("hub.toml", &*text), ("assets.csv", ASSETS), ("crews.csv", CREWS), ("network.geojson", NETWORK)]
        {
            std::fs::write(dir.path().join(name), text).expect("folder is writable");
        }
        let clock = Clock::System;
        let (site, _) = Site::load(dir.path(), clock.now()).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        let tasks = Tasks::new();
        let hub = app::start(Arc::new(site), clock.clone(), Extras::default(), &tasks).await.expect("hub starts");
        let mut tokens = HashMap::new();
        for (name, role, crew) in [
            ("ingest", Role::Ingest, None),
            ("viewer", Role::Viewer, None),
            ("crew", Role::Crew, Some("c-01")),
            ("crew-2", Role::Crew, Some("c-02")),
            ("operator", Role::Operator, None),
            ("dispatcher", Role::Dispatcher, None),
            ("engineer", Role::Engineer, None),
            ("admin", Role::Admin, None),
        ] {
            let token = hub.store.create_token(name, role, crew, clock.now()).await.expect("token is made");
            tokens.insert(name, token.0);
        }
        let user = NewUser { name: "wang", role: Role::Operator, crew: None, password: "right horse" };
        hub.store.add_user(user, clock.now()).await.expect("user is made");
        Self { url: hub.url.clone(), http: Client::new(), dir, tokens, tasks }
    }

    /// A request as somebody; nobody: without a token.
    pub(crate) fn request(&self, who: &str, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match self.tokens.get(who) {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Somebody's token.
    pub(crate) fn token(&self, who: &str) -> &str {
        &self.tokens[who]
    }

    /// `GET` under the prefix: status and JSON.
    pub(crate) async fn get(&self, who: &str, path: &str) -> (StatusCode, Value) {
        answer(self.request(who, Method::GET, &format!("/api/v1{path}"))).await
    }

    /// `POST` under the prefix: status and JSON.
    pub(crate) async fn post(&self, who: &str, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.request(who, Method::POST, &format!("/api/v1{path}")).json(&body)).await
    }

    /// A `GET` that must be answered, again and again until `wanted`; at most ten seconds.
    pub(crate) async fn until(&self, who: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        loop {
            let (status, body) = self.get(who, path).await;
            assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
            if wanted(&body) {
                return body;
            }
            assert!(tokio::time::Instant::now() < deadline, "GET {path} never became so: {body}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends one value now.
    pub(crate) async fn sample(&self, point: &str, value: f64) {
        let (status, body) =
            self.post("ingest", "/samples", serde_json::json!([{"point": point, "value": value}])).await;
        assert_eq!((status, &body["accepted"]), (StatusCode::OK, &Value::from(1)), "{body}");
    }

    /// The site folder.
    pub(crate) fn site(&self) -> &Path {
        self.dir.path()
    }

    /// Stops it; everything must end in time and well.
    pub(crate) async fn stop(self) {
        self.tasks.finish(Duration::from_secs(10)).await.expect("hub stops well");
    }
}

/// Status and JSON of an answer; null where it has no body.
pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("hub answers");
    let status = response.status();
    let text = response.text().await.expect("answer is text");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}
