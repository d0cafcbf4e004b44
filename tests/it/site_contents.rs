//! What a right site folder turns into.

use std::fs;
use std::time::Duration;

use linepack::site::{JsonMapping, MqttFormat, PointAddress, Protocol, RegisterOrder, RegisterType, Table, ValueAt};
use linepack_core::Millis;
use linepack_core::registry::{AlarmKind, AlarmSource, DispatchPolicy, NodeKind, Priority, Shift, Sla};

use crate::site::{NOW, errors, folder, site, warnings};

#[test]
fn what_is_left_out_has_a_default() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let toml = r#"
        [[connection]]
        name = "m"
        protocol = "modbus-tcp"
        address = "rtu.example:502"
        [[connection]]
        name = "q"
        protocol = "mqtt"
        address = "mqtt://broker.example"
        [[template]]
        name = "t"
        every = "2s"
        [[template.point]]
        name = "p"
        modbus = { table = "holding", address = 7, type = "u16" }
        [[template.point.alarm]]
        kind = "high"
        limit = 1
        priority = "low"
        [[template.point]]
        name = "slow"
        every = "1min"
        [[template]]
        name = "silent"
        [[template.point]]
        name = "p"
    "#;
    fs::write(dir.path().join("hub.toml"), toml).expect("written");
    fs::write(dir.path().join("assets.csv"), "id,template,lon,lat\na,t,106.5,29.5\n").expect("written");
    fs::write(dir.path().join("crews.csv"), "id,base_lon,base_lat\nc,106.5,29.5\n").expect("written");
    let s = site(&dir);

    assert_eq!((s.hub.name.as_str(), s.hub.timezone.as_str(), s.hub.language.as_str()), ("Linepack", "UTC", "en"));
    assert_eq!(s.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((s.store.url.as_str(), s.store.spool_mib), ("sqlite://data/hub.db", 1024));
    assert_eq!(s.store.retain_raw, Duration::from_secs(90 * 86_400));
    assert!(s.broker.is_none() && s.backdrop.is_none() && s.customers == 0);
    let r = &s.registry;
    assert_eq!((r.dispatch, r.sla, r.late_after), (DispatchPolicy::default(), Sla::default(), Millis::secs(60)));

    let Protocol::Modbus(m) = &s.connections[0].protocol else { panic!("a Modbus connection") };
    assert_eq!((m.timeout, m.retry_max), (Duration::from_millis(800), Duration::from_secs(30)));
    assert_eq!((m.limits.max_gap, m.in_flight), (8, 1));
    let Protocol::Mqtt(q) = &s.connections[1].protocol else { panic!("an MQTT connection") };
    assert_eq!((q.address.as_str(), q.client_id.as_str()), ("mqtt://broker.example:1883", "Linepack-q"));
    assert_eq!((q.qos, q.publish, q.subscribe.len()), (1, true, 0));

    let [p, slow] = r.templates[0].points.as_slice() else { panic!("two points") };
    assert_eq!((p.stale_after, slow.stale_after), (Some(Millis::secs(6)), Some(Millis::mins(3))));
    assert_eq!((p.deadband, p.range, &*p.unit), (0.0, None, ""));
    assert_eq!(r.templates[1].points[0].stale_after, None, "nothing tells how often a value comes");
    let rule = &r.rules[p.rules[0] as usize];
    assert_eq!((rule.deadband, rule.on_delay, rule.off_delay), (0.0, Millis(0), Millis(0)));
    assert!(rule.dispatch.is_none() && !rule.latching);
    let address = s.addresses[0][0].modbus.as_ref().expect("a register");
    assert_eq!((address.order, address.scale, address.offset), (RegisterOrder::Abcd, 1.0, 0.0));
    assert_eq!((&*r.assets[0].name, &*r.assets[0].kind, r.assets[0].connection), ("a", "t", None));
    assert_eq!((&*r.crews[0].name, r.crews[0].shift), ("c", Shift::Always));
}

#[test]
fn a_connection_may_think_otherwise_of_times() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let toml = r#"
        [ingest]
        clock_tolerance = "30s"
        ancient_after = "30d"
        [[connection]]
        name = "plain"
        protocol = "mqtt"
        address = "mqtt://broker.example"
        [[connection]]
        name = "strict"
        protocol = "mqtt"
        address = "mqtt://broker.example"
        client_id = "other"
        time = { future = "refuse", ancient = "refuse", clock_tolerance = "5s" }
        [[template]]
        name = "t"
        [[template.point]]
        name = "p"
    "#;
    fs::write(dir.path().join("hub.toml"), toml).expect("written");
    let assets = "id,template,connection,lon,lat\na,t,plain,106.5,29.5\nb,t,strict,106.5,29.5\nc,t,,106.5,29.5\n";
    fs::write(dir.path().join("assets.csv"), assets).expect("written");
    fs::write(dir.path().join("crews.csv"), "id,base_lon,base_lat\n").expect("written");
    let s = site(&dir);
    let r = &s.registry;
    let of = |asset: &str| r.clock_of(r.find_point(&format!("{asset}/p")).expect("a point"));
    assert_eq!((of("a").refuse_future, of("a").refuse_before), (false, None));
    assert_eq!((of("b").refuse_future, of("b").refuse_before), (true, Some(Millis::mins(30 * 24 * 60))));
    assert_eq!(of("c"), of("a"));
    let limit = |asset: &str| r.rule(r.find_alarm(&format!("{asset}:device:clock")).expect("an alarm")).limit;
    assert_eq!((limit("a"), limit("b"), limit("c")), (30.0, 5.0, 30.0));

    let wrong = toml.replace(
        "protocol = \"mqtt\"\n        address = \"mqtt://broker.example\"\n        client_id = \"other\"",
        "protocol = \"modbus-tcp\"\n        address = \"rtu.example:502\"",
    );
    fs::write(dir.path().join("hub.toml"), wrong).expect("written");
    let told = errors(dir.path());
    assert!(told.len() == 1 && told[0].contains("\"time\" belongs to mqtt connections"), "{told:?}");
}

#[test]
fn the_registry_is_laid_out_by_asset_point_and_rule() {
    let s = site(&folder(&[]));
    let r = &s.registry;
    let mut point = 0;
    for (i, asset) in r.assets.iter().enumerate() {
        assert_eq!(asset.points.start, point);
        point = asset.points.end;
        for n in asset.points.clone() {
            assert_eq!(r.points[n as usize].asset.index(), i);
            assert_eq!(u32::from(r.points[n as usize].slot), n - asset.points.start);
        }
    }
    assert_eq!(point as usize, r.points.len());
    for (i, alarm) in r.alarms.iter().enumerate() {
        let own = match alarm.source {
            AlarmSource::Point(p) => &r.points[p.index()].alarms,
            AlarmSource::Device(a) => &r.assets[a.index()].alarms,
            AlarmSource::Link(c) => &r.connections[c.index()].alarms,
            AlarmSource::Store => &r.store_alarms,
        };
        let id = linepack_core::AlarmId(u32::try_from(i).expect("few"));
        assert!(own.contains(&id.0));
        assert_eq!(r.find_alarm(&r.alarm_key(id)), Some(id));
    }

    let device = r.rule(r.find_alarm("rs-01:device:communication").expect("a Modbus station has one"));
    assert_eq!((device.kind, device.priority), (AlarmKind::Communication, Priority::Medium));
    assert_eq!(r.find_alarm("ld-01:device:communication"), None, "silence over MQTT is staleness");
    let link = r.rule(r.find_alarm("link:field-mqtt:communication").expect("every connection has one"));
    assert_eq!(link.priority, Priority::High);
    let store = r.rule(r.find_alarm("hub:store:spool").expect("every site has it"));
    assert_eq!((store.kind, store.priority), (AlarmKind::Spool, Priority::High));

    let valve = r.network.nodes.iter().find(|n| &*n.id == "v-01").expect("a valve");
    assert_eq!((valve.kind, valve.operable, valve.closed), (NodeKind::Valve, true, false));
    let pipe = &r.network.pipes[0];
    assert!((640.0..660.0).contains(&pipe.length_m), "as drawn: {}", pipe.length_m);
    assert_eq!(&*r.network.nodes[pipe.to as usize].id, "v-01");
    assert_eq!(r.local.minute_of_day(NOW), 8 * 60, "Asia/Shanghai is eight hours ahead");
    assert_eq!(s.units[1], (2, 0));
    assert_eq!(&*r.assets[0].attributes[0].1, "2014");
}

#[test]
fn every_variant_of_the_contract_is_read() {
    let json = r#"{ topic = "meters/{asset}/state", format = "json", ts = "/time", values = { flow = "/q/std" } },"#;
    let dir = folder(&[
        (
            "hub.toml",
            "subscribe = [",
            &format!(
                "user = \"hub\"\npassword_file = \"mqtt.password\"\nclient_id = \"x\"\npublish = false\nsubscribe = [\n{json}"
            ),
        ),
        ("mqtt.password", "", "secret"),
        ("hub.crt", "", "-"),
        ("hub.key", "", "-"),
        (
            "hub.toml",
            "[store]",
            "tls = { cert = \"hub.crt\", key = \"hub.key\" }\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\nmetrics_token = \"geheim\"\n[store]\nlate_after = \"2min\"",
        ),
        (
            "hub.toml",
            "address = 4, type = \"f32\", order = \"ABCD\"",
            "address = 4, type = \"u64\", order = \"GHEFCDAB\", offset = -4",
        ),
        (
            "hub.toml",
            "modbus = { table = \"discrete\", address = 0, type = \"bit\" }",
            "sparkplug = \"Door/Open\"\nmodbus = { table = \"holding\", address = 9, type = \"bit\", bit = 15 }",
        ),
        (
            "hub.toml",
            "hold = \"30min\"",
            "hold = \"45min\"\ncomplaint = \"3wd\"\n[alarms]\nshelve_max = { low = \"7d\" }\nchatter = { count = 3, within = \"60s\" }\nflood = { start = 10, end = 5, within = \"10min\" }",
        ),
        (
            "hub.toml",
            "kind = \"low\"\nlimit = 15.0",
            "kind = \"high\"\nlimit = 99.0\npriority = \"low\"\n[[template.point.alarm]]\nkind = \"high\"\nlimit = 15.0",
        ),
        ("assets.csv", "rs-02,Hongqihegou regulator", "rs-02,\"Hongqihegou, 红旗河沟\""),
        ("customers.csv", "", "id,name,kind,lon,lat,pipe,phone,priority\nk-1,人民医院,hospital,106.5,29.5,p-01,,\n"),
        ("holidays.csv", "", "date,kind,name\n2026-10-01,holiday,国庆节\n2026-10-10,workday,\n"),
    ]);
    let s = site(&dir);
    let Protocol::Mqtt(q) = &s.connections[1].protocol else { panic!("an MQTT connection") };
    assert_eq!((q.client_id.as_str(), q.publish, q.user.as_deref()), ("x", false, Some("hub")));
    assert_eq!(q.password_file, Some(dir.path().join("mqtt.password")));
    let flow = ValueAt { at: "/q/std".to_owned(), scale: 1.0, offset: 0.0 };
    let values = vec![("flow".to_owned(), flow)];
    let mapping = JsonMapping { ts: Some("/time".into()), values, ..JsonMapping::default() };
    assert_eq!(q.subscribe[0].format, MqttFormat::Json(mapping));
    assert_eq!(s.server.trusted_proxies.iter().map(|(_, bits)| *bits).collect::<Vec<_>>(), [8, 128]);
    assert!(!format!("{s:?}").contains("geheim"), "secrets are not shown");
    assert_eq!((s.registry.late_after, s.registry.sla.hold), (Millis::mins(2), Millis::mins(45)));
    let modbus = |slot: usize| s.addresses[0][slot].modbus.as_ref().expect("a register");
    let flow = modbus(2);
    assert_eq!((flow.ty, flow.order, flow.offset), (RegisterType::U64, RegisterOrder::Cdab, -4.0));
    assert_eq!((modbus(4).table, modbus(4).ty), (Table::Holding, RegisterType::Bit(15)));
    assert_eq!(s.addresses[0][3].every, Some(Duration::from_secs(10)));
    assert_eq!(s.addresses[1][0], PointAddress::default());
    assert!(s.registry.find_alarm("ld-01:battery:high-2").is_some(), "a second rule of one kind has its own key");
    assert_eq!(&*s.registry.assets[1].name, "Hongqihegou, 红旗河沟");
    assert_eq!(s.customers, 1);
    assert_eq!(warnings(dir.path()), ["hub.toml:259:13: complaint has no effect in this version",]);
}

#[test]
fn what_is_allowed_and_odd_is_a_warning() {
    let dir = folder(&[
        ("hub.toml", "skill = \"leak\", auto = true", "skill = \"diving\", auto = true"),
        ("hub.toml", "limit = 20.0", "limit = 100.0"),
        (
            "hub.toml",
            "subscribe = [",
            "subscribe = [{ topic = \"m/{asset}\", format = \"json\", values = { flwo = \"/q\" } },",
        ),
    ]);
    assert_eq!(
        warnings(dir.path()),
        [
            "hub.toml:34:65: no template has a point \"flwo\"; did you mean \"flow\"?",
            "hub.toml:161:9: limit: 100 is the end of the range; beyond it the quality is bad and the alarm cannot raise",
            "hub.toml:165:22: skill: no crew of crews.csv has the skill \"diving\"",
        ]
    );
}

/// The code blocks of a language in `docs/SITE.md`.
fn examples(language: &str) -> Vec<&'static str> {
    let text = include_str!("../../docs/SITE.md");
    let open = format!("```{language}\n");
    text.split(open.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_documented_examples_are_right() {
    let (toml, csv, json) = (examples("toml"), examples("csv"), examples("json"));
    let detector = "[[template]]\nname = \"leak-detector\"\n";
    let dir = folder(&[
        ("hub.toml", "", &format!("{}{detector}", toml[0])),
        ("assets.csv", "", csv[0]),
        ("crews.csv", "", csv[1]),
        ("network.geojson", "", json[0]),
    ]);
    let s = site(&dir);
    assert_eq!((s.registry.assets.len(), s.registry.crews.len(), s.registry.network.pipes.len()), (2, 2, 1));
    let no_effect = ["reinspection", "repair_visit", "repair", "complaint", "serious_complaint"];
    assert_eq!(warnings(dir.path()).len(), no_effect.len());
}

#[test]
fn the_simulated_city_is_a_valid_site() {
    use linepack_sim::city::{City, CityOptions, SiteOptions};
    let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    for (seed, regulators, language) in [(1, 60, "en"), (7, 200, "zh-CN")] {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let options = SiteOptions {
            modbus: vec![any; 4],
            mqtt: any,
            listen: any,
            language: language.into(),
            store_url: "sqlite://data/hub.db".into(),
        };
        for (file, content) in City::generate(&CityOptions { seed, regulators }).site_files(&options) {
            fs::write(dir.path().join(file), content).expect("written");
        }
        let s = site(&dir);
        assert!(s.registry.assets.len() >= regulators && s.registry.network.pipes.len() > 50);
        assert!(s.customers > 0 && s.backdrop.is_some());
    }
}
