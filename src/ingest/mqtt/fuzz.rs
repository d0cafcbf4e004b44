//! What fuzzing sees of the parsers.

use std::sync::LazyLock;
use std::time::Duration;

use linepack_core::{CrewId, Quality, Reason, Registry, Ts};

use super::batch::{Batch, Receipt};
use super::json::{self, Named};
use super::{linepack, owntracks, specimen};
use crate::site::{JsonMapping, QualityAt, ValueAt};

static REGISTRY: LazyLock<Registry> = LazyLock::new(specimen::registry);
const RECEIPT: Receipt = Receipt { at: Ts(1_795_305_600_000), retained: false };

/// A batch holds finite values, except where the quality says that there is none.
fn check(batch: &Batch) {
    for s in &batch.samples {
        assert!(s.point.index() < REGISTRY.points.len(), "a point of the site");
        assert!(!s.value.is_nan() || matches!(s.quality, Quality::Bad(Reason::Unspecified)), "no value, yet not bad");
    }
    assert!(batch.refused.len() <= 21, "reasons are bounded");
}

/// Generic JSON; the first byte picks one of the mappings.
pub(crate) fn json_mapping(data: &[u8]) {
    let Some((choice, payload)) = data.split_first() else { return };
    let at = |pointer: &str| ValueAt { at: pointer.to_owned(), scale: 0.5, offset: -1.0 };
    let text = |bit: u8, pointer: &str| (choice & bit != 0).then(|| pointer.to_owned());
    let one = choice & 1 != 0;
    let mapping = JsonMapping {
        each: text(2, "/s"),
        asset: Some("/a".to_owned()),
        point: one.then(|| "/n".to_owned()),
        ts: text(4, "/t"),
        step: (choice & 8 != 0).then_some(Duration::from_millis(100)),
        quality: (choice & 16 != 0)
            .then(|| QualityAt { at: "/q".to_owned(), words: vec![("192".to_owned(), Quality::Good)] }),
        values: if one { vec![] } else { vec![("flow".to_owned(), at("/v")), ("open".to_owned(), at("/0/v"))] },
        value: one.then(|| at("/v")),
    };
    let mut batch = Batch::default();
    json::read(&REGISTRY, &json::Plan::new(mapping), Named::default(), &[], payload, RECEIPT, &mut batch);
    for s in &batch.samples {
        assert!(s.point.index() < REGISTRY.points.len(), "a point of the site");
    }
    assert!(batch.refused.len() <= 21, "reasons are bounded");
}

/// The hub's own format: an asset's topic, a point's topic, a crew's status.
pub(crate) fn linepack_json(data: &[u8]) {
    let mut batch = Batch::default();
    linepack::asset(&REGISTRY, linepack_core::AssetId(0), data, RECEIPT, &mut batch);
    check(&batch);
    let mut batch = Batch::default();
    linepack::point(linepack_core::PointId(0), data, RECEIPT, &mut batch);
    check(&batch);
    let _ = linepack::crew(data);
}

/// OwnTracks positions.
pub(crate) fn owntracks(data: &[u8]) {
    if let Ok(Some(fix)) = owntracks::read(CrewId(0), data, RECEIPT.at) {
        let at = fix.position;
        assert!((-180.0..=180.0).contains(&at.lon) && (-90.0..=90.0).contains(&at.lat), "a place on earth");
        assert!(fix.accuracy_m.is_none_or(|m| m >= 0.0), "a radius");
    }
}
