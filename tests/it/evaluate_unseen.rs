//! Streams that no setting was chosen by: made here, of every base with every fault, judged like the public ones.

use std::collections::BTreeMap;
use std::fmt::Write;

use linepack::evaluate;

/// Rows a day, and days.
const DAY: usize = 288;
const DAYS: usize = 28;

/// The same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    /// Even between 0 and 1.
    fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About standard normal.
    fn gauss(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }
}

/// Hour of the day of a row.
fn hour(row: usize) -> f64 {
    (row % DAY) as f64 * 24.0 / DAY as f64
}

fn peak(hour: f64, at: f64, wide: f64) -> f64 {
    (-(hour - at) * (hour - at) / wide).exp()
}

/// A usual stream, and how large a fault of it is.
fn base(name: &str, numbers: &mut Numbers) -> (Vec<f64>, f64) {
    let mut x = 0.0;
    let rows = 0..DAY * DAYS;
    match name {
        "weekly" => {
            let of = |r: usize| {
                let work = if r / DAY % 7 < 5 { 1.0 } else { 0.4 };
                50.0 + work * (40.0 * peak(hour(r), 9.0, 6.0) + 60.0 * peak(hour(r), 18.0, 5.0)) + 4.0 * numbers.gauss()
            };
            (rows.map(of).collect(), 50.0)
        }
        "coarse" => {
            let of = |_| {
                x += 0.05 * numbers.gauss() - 0.01 * x;
                40.0 + (2.0 * x).round() / 2.0
            };
            (rows.map(of).collect(), 6.0)
        }
        "wandering" => {
            let of = |_| {
                x += -x / DAY as f64 + 0.5 * numbers.gauss();
                85.0 + x + 0.8 * numbers.gauss()
            };
            (rows.map(of).collect(), 35.0)
        }
        _ => (
            rows.map(|r| (6.0 + 5.0 * (hour(r) / 3.82).sin() + 2.4 * numbers.gauss()).round().max(0.0)).collect(),
            15.0,
        ),
    }
}

/// Puts a fault in; answers how many rows it takes.
fn spoil(values: &mut [f64], kind: &str, size: f64) -> usize {
    let rows = match kind {
        "spike" => 2,
        "step" => DAY / 2,
        "drop" => DAY / 4,
        "zero" => DAY / 8,
        "flat" => DAY,
        _ => 0,
    };
    let stands = values[0];
    for value in &mut values[..rows] {
        match kind {
            "spike" => *value += 1.5 * size,
            "step" => *value += size,
            "drop" => *value -= size,
            "zero" => *value = 0.0,
            _ => *value = stands,
        }
    }
    rows
}

fn moment(row: usize) -> String {
    jiff::Timestamp::from_second(1_391_212_800 + row as i64 * 300).unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[test]
fn faults_of_streams_nobody_tuned_by_are_found_and_quiet_ones_stay_quiet() {
    let dir = tempfile::tempdir().unwrap();
    let mut windows = BTreeMap::new();
    let mut numbers = Numbers(2024);
    for name in ["weekly", "coarse", "wandering", "counts"] {
        for kind in ["spike", "step", "drop", "zero", "flat", "none"] {
            let (mut values, size) = base(name, &mut numbers);
            let mut spans = vec![];
            for share in [0.55, 0.85].into_iter().filter(|_| kind != "none") {
                let at = (values.len() as f64 * share) as usize + (numbers.even() * DAY as f64) as usize;
                let rows = spoil(&mut values[at..], kind, size);
                spans.push([moment(at - 12), moment(at + rows + 60)]);
            }
            let mut text = "timestamp,value\n".to_owned();
            for (row, value) in values.iter().enumerate() {
                let _ = writeln!(text, "{},{value:.4}", moment(row));
            }
            let file = format!("{name}/{kind}.csv");
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
            std::fs::write(dir.path().join(&file), text).unwrap();
            windows.insert(file, spans);
        }
    }
    std::fs::write(dir.path().join("windows.json"), serde_json::to_string(&windows).unwrap()).unwrap();
    let outcomes = evaluate::detect(dir.path()).unwrap().outcomes;
    let all = |by: &str| outcomes.iter().find(|o| o.by == by && o.file == "all").unwrap();
    let (ours, three) = (all("linepack"), all("3-sigma"));
    let f1 = |o: &evaluate::Outcome| o.f1.unwrap();
    assert!(ours.recall.unwrap() >= 0.75 && f1(ours) > 2.0 * f1(three), "{}", evaluate::text(&outcomes));
    assert!(ours.false_alarms_per_day.unwrap() <= 0.05, "{}", evaluate::text(&outcomes));
}
