//! An hour of a small town, recorded: the same inputs give the same events to the bit.
//!
//! `BLESS=1` writes the expected events anew; read the difference before it is committed.

use std::path::Path;
use std::sync::Arc;

use linepack_core::registry::{AlarmKind, Priority, Registry, Rule};
use linepack_core::{Millis, Saved};

use crate::play::Player;
use crate::site::{PointSpec, crew, point, rule, sends, site};

fn town() -> Registry {
    let stale_after = Some(Millis::secs(30));
    let pressure = PointSpec {
        stale_after,
        deadband: 0.5,
        range: Some((0.0, 600.0)),
        ..point(
            "outlet_pressure",
            vec![
                Rule {
                    priority: Priority::Critical,
                    dispatch: sends("regulator"),
                    on_delay: Millis::secs(10),
                    off_delay: Millis::secs(20),
                    ..rule(AlarmKind::HighHigh, 150.0)
                },
                Rule { deadband: 2.0, off_delay: Millis::secs(10), ..rule(AlarmKind::High, 120.0) },
                Rule { deadband: 2.0, ..rule(AlarmKind::Low, 80.0) },
                Rule { deadband: 2.0, dispatch: sends("regulator"), ..rule(AlarmKind::LowLow, 60.0) },
                Rule { deadband: 0.5, ..rule(AlarmKind::RateOfFall, 2.0) },
                Rule { priority: Priority::Medium, ..rule(AlarmKind::Stale, 0.0) },
                Rule { priority: Priority::Low, ..rule(AlarmKind::BadQuality, 0.0) },
            ],
        )
    };
    let gas = PointSpec {
        unit: "%LEL",
        stale_after,
        ..point("gas", vec![Rule { priority: Priority::Critical, dispatch: sends(""), ..rule(AlarmKind::High, 20.0) }])
    };
    let crews = vec![
        crew("c-1", &["regulator"], 106.49, 29.5),
        crew("c-2", &["welding"], 106.48, 29.51),
        crew("c-3", &["regulator", "welding"], 106.55, 29.5),
    ];
    let assets = [("rs-1", Some("north")), ("rs-2", Some("north")), ("rs-3", Some("south")), ("mq-1", None)];
    site(vec![pressure, gas], &assets, crews)
}

#[test]
fn a_recorded_hour_replays_to_the_bit() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let script = std::fs::read_to_string(folder.join("hour.input")).expect("the recording");
    let mut player = Player::new(Arc::new(town()), Saved::default());
    player.run(&script);
    let expected = folder.join("hour.events");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&expected, &player.text).expect("a writable folder");
    }
    let expected = std::fs::read_to_string(expected).expect("the expected events");
    for (n, (ours, line)) in player.text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(ours, line, "line {}", n + 1);
    }
    assert_eq!(player.text.lines().count(), expected.lines().count());
}
