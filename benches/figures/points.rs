//! The workload everything is built for: 250,000 points, each with two limits and a new value every second, in messages
//! of ten; history, alarms and a screen that is shown every value.

use std::time::Duration;

use crate::Extent;
use crate::load::Shape;
use crate::mqtt::{Case, alone, beside};

pub(crate) async fn run(extent: Extent) {
    let s = Duration::from_secs;
    let case = Case {
        name: "main",
        shape: Shape::Asset,
        assets: extent.pick(5_000, 25_000, 25_000),
        points: 10,
        rate: extent.pick(5_000, 25_000, 25_000),
        embedded: false,
        warm: s(extent.pick(2, 5, 10)),
        run: s(extent.pick(6, 20, 600)),
    };
    beside(case, 1).await;
    if extent != Extent::Smoke {
        alone(Case { embedded: true, ..case }).await;
    }
}
