//! Sparkplug for the fuzzer: a whole conversation with edge nodes.

use std::sync::OnceLock;
use std::time::Duration;

use linepack_core::{Input, Ts};

use super::Probe;
use crate::site::Site;

const NOW: i64 = 1_795_305_600_000;
const HUB: &str = "[[connection]]\nname = \"field\"\nprotocol = \"mqtt\"\naddress = \"mqtt://127.0.0.1:1883\"\n\
    subscribe = [{ topic = \"spBv1.0/#\", format = \"sparkplug-b\" }]\n\
    [[template]]\nname = \"t\"\n[[template.point]]\nname = \"a\"\n[[template.point]]\nname = \"b.c\"\n";
const TOPICS: [&str; 7] = [
    "spBv1.0/g/NBIRTH/n",
    "spBv1.0/g/NDATA/n",
    "spBv1.0/g/NDEATH/n",
    "spBv1.0/g/DBIRTH/n/d",
    "spBv1.0/g/DDATA/n/d",
    "spBv1.0/g/DDEATH/n/d",
    "spBv1.0/g/DBIRTH/m/d",
];

fn site() -> Option<&'static Site> {
    static SITE: OnceLock<Option<Site>> = OnceLock::new();
    let load = || {
        let dir = tempfile::tempdir().ok()?;
        let files = [
            ("hub.toml", HUB),
            ("assets.csv", "id,template,connection,lon,lat\nn,t,field,106.5,29.5\nd,t,field,106.5,29.5\n"),
            ("crews.csv", "id,base_lon,base_lat\n"),
        ];
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).ok()?;
        }
        Some(Site::load(dir.path(), Ts(NOW)).ok()?.0)
    };
    SITE.get_or_init(load).as_ref()
}

/// Messages one after the other: a byte for topic and time, two for the length, the payload.
pub(crate) fn conversation(data: &[u8]) {
    let Some(site) = site() else { return };
    let Some(mut probe) = Probe::new(site, Duration::from_secs(1)) else { return };
    let (mut rest, mut now) = (data, NOW);
    while let [head, low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (payload, behind) = after.split_at(length);
        rest = behind;
        now += i64::from(head >> 3) * 100;
        let inputs = match TOPICS.get(usize::from(head & 7)) {
            Some(topic) => probe.message(Ts(now), topic, payload),
            None => probe.tick(Ts(now)).0,
        };
        for input in inputs {
            if let Input::Samples(samples) = input {
                let known = |s: &linepack_core::Sample| s.point.index() < site.registry.points.len();
                assert!(samples.iter().all(known), "only points of the site");
                assert!(samples.iter().all(|s| !s.value.is_nan() || !s.quality.is_good()), "NaN is not good");
            }
        }
    }
}
