//! Keys of alarms that learn: what is given, what is left out, and the calendar they go by.

use linepack_core::Millis;
use linepack_core::detect::{DetectorKind, DetectorSpec, SignalKind};
use linepack_core::registry::{DetectorRule, OtherPoint, Season};

use crate::site::{folder, site};

/// The detectors of a template with two pressures, in the order of the file.
fn detectors(alarms: &str) -> Vec<DetectorRule> {
    let extra = format!(
        "[[template]]\nname = \"t\"\n[[template.point]]\nname = \"q\"\nunit = \"m3/h\"\n\
         [[template.point]]\nname = \"p\"\nunit = \"kPa\"\n{alarms}\n\n[dispatch]"
    );
    let s = site(&folder(&[("hub.toml", "[dispatch]", &extra)]));
    let template = s.registry.templates.iter().find(|t| &*t.name == "t").expect("the template");
    let rules = template.points.iter().flat_map(|p| &p.rules).map(|&r| &s.registry.rules[r as usize]);
    rules.filter_map(|r| r.detector.as_deref().cloned()).collect()
}

fn alarm(kind: &str, keys: &str) -> String {
    format!("[[template.point.alarm]]\nkind = \"{kind}\"\npriority = \"low\"\n{keys}\n")
}

#[test]
fn what_is_left_out_is_the_default_of_kind_and_unit() {
    let kinds = [
        ("stuck", DetectorKind::Stuck),
        ("statistical", DetectorKind::Statistical),
        ("seasonal", DetectorKind::Seasonal),
        ("no-report", DetectorKind::NoReport),
        ("counter-reset", DetectorKind::Counter),
        ("spike", DetectorKind::Spike),
        ("heat-imbalance", DetectorKind::Substation),
        ("cng-hours", DetectorKind::Cng),
        ("gas-step", DetectorKind::GasStep),
        ("night-flow", DetectorKind::NightFlow),
    ];
    let found = detectors(&kinds.map(|(kind, _)| alarm(kind, "")).concat());
    for ((name, kind), rule) in kinds.into_iter().zip(&found) {
        assert_eq!(*rule.spec, DetectorSpec::of(kind, SignalKind::Pressure), "{name}");
        assert!(rule.with.is_empty() && rule.season.is_none(), "{name}");
    }
    assert_eq!(found.len(), kinds.len());
}

#[test]
fn a_gas_detector_head_may_wander_by_one_lel() {
    let extra = "[[template]]\nname = \"t\"\n[[template.point]]\nname = \"q\"\nunit = \"%LEL\"\n";
    for (keys, least) in [("", 1.0), ("least = 0.2", 0.2)] {
        let extra = format!("{extra}{}\n[dispatch]", alarm("gas-step", keys));
        let s = site(&folder(&[("hub.toml", "[dispatch]", &extra)]));
        let rule = s.registry.rules.iter().find_map(|r| r.detector.as_deref()).expect("a detector");
        assert_eq!((rule.spec.signal, rule.spec.least), (SignalKind::Gas, least));
    }
}

#[test]
fn what_is_given_counts() {
    let other =
        |asset: Option<&str>, point: &str| Some(OtherPoint { asset: asset.map(Into::into), point: point.into() });
    let keys = "signal = \"temperature\"\nsensitivity = 2\nleast = 0.5\nwindow = \"2min\"\nwarm_up = \"3d\"\n\
                memory = \"30d\"\nseason = \"10-15..04-15\"\nwith = \"q\"";
    let usual = DetectorSpec::of(DetectorKind::Deviation, SignalKind::Temperature);
    let [deviation] = <[_; 1]>::try_from(detectors(&alarm("deviation", keys))).expect("one");
    let spec = DetectorSpec {
        sigmas: usual.sigmas / 2.0,
        least: 0.5,
        window: Millis::mins(2),
        warm_up: Millis::mins(3 * 1440),
        memory: Millis::mins(30 * 1440),
        ..usual
    };
    assert_eq!(*deviation.spec, spec);
    assert_eq!(deviation.season, Some(Season { from: (10, 15), to: (4, 15) }));
    assert_eq!(deviation.with, [other(None, "q")]);

    let more = [
        alarm("joint", "with = [\"q\", \"rs-01/outlet_pressure\"]"),
        alarm("cold-room", "with = \"q\""),
        alarm("heat-imbalance", "with = { primary_return = \"q\" }"),
        alarm("night-flow", "hours = \"23:00-04:30\"\nlimit = 12.5"),
        alarm("no-report", "after = \"5min\""),
        alarm("rate-of-rise", "limit = 1.5\nwindow = \"30s\""),
    ];
    let [joint, room, heat, night, silent, rate] = <[_; 6]>::try_from(detectors(&more.concat())).expect("six");
    assert_eq!((joint.spec.inputs, joint.with.len()), (3, 2));
    assert_eq!(joint.with[1], other(Some("rs-01"), "outlet_pressure"));
    assert_eq!(room.with[4..], [other(None, "p"), other(None, "q")], "the room is the point itself");
    assert_eq!(heat.with, [None, other(None, "q")]);
    assert_eq!((night.spec.hours, night.spec.limit), (Some((23 * 60, 4 * 60 + 30)), Some(12.5)));
    assert_eq!((silent.spec.limit, silent.spec.warm_up), (Some(300.0), Millis(0)));
    assert_eq!((rate.spec.kind, rate.spec.limit, rate.spec.window), (DetectorKind::Rate, Some(1.5), Millis::secs(30)));
    assert!(detectors(&alarm("rate-of-rise", "limit = 1.5")).is_empty(), "a plain rate compares two samples");
}

#[test]
fn holidays_and_make_up_days_are_known_by_their_day() {
    let csv = "date,kind,name\n2026-10-01,holiday,国庆节\n2026-10-10,workday,\n";
    let s = site(&folder(&[("holidays.csv", "", csv)]));
    let calendar = &s.registry.calendar;
    assert_eq!([20_727, 20_736, 20_728].map(|day| calendar.exception(day)), [Some(false), Some(true), None]);
}
