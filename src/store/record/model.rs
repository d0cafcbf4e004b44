//! What detectors have learned.

use std::collections::BTreeMap;

use linepack_core::detect::Model;
use linepack_core::hub::{Frozen, ModelState, SavedModel};
use linepack_core::{Registry, Ts};
use serde::{Deserialize, Serialize};

use super::{finite, text};

/// [`ModelState`] by name, without what can be worked out again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    pub(in crate::store) alarm: String,
    /// Of the rule it was learned for.
    pub(in crate::store) signature: String,
    pub(in crate::store) version: u16,
    pub(in crate::store) kind: String,
    pub(in crate::store) from_ms: Option<i64>,
    pub(in crate::store) to_ms: Option<i64>,
    pub(in crate::store) samples: u64,
    pub(in crate::store) frozen: Option<FrozenRecord>,
    pub(in crate::store) numbers: BTreeMap<String, f64>,
    /// None for NaN.
    pub(in crate::store) profiles: BTreeMap<String, Vec<Option<f64>>>,
}

/// Who froze a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrozenRecord {
    pub(in crate::store) by: String,
    pub(in crate::store) reason: String,
    pub(in crate::store) since_ms: i64,
}

pub(super) fn model_record(registry: &Registry, m: &ModelState) -> ModelRecord {
    let rule = &registry.rule(m.alarm).detector;
    let numbers = m.model.numbers.iter().filter_map(|(name, v)| Some((name.clone(), finite(*v)?)));
    let row = |row: &Vec<f64>| row.iter().map(|v| finite(*v)).collect();
    ModelRecord {
        alarm: registry.alarm_key(m.alarm),
        signature: rule.as_ref().map(|r| r.signature()).unwrap_or_default(),
        version: m.model.version,
        kind: m.model.kind.clone(),
        from_ms: m.model.learned_from.map(Ts::ms),
        to_ms: m.model.learned_to.map(Ts::ms),
        samples: m.model.samples,
        frozen: m.frozen.as_ref().map(|f| FrozenRecord {
            by: text(&f.by),
            reason: text(&f.reason),
            since_ms: f.since.ms(),
        }),
        numbers: numbers.collect(),
        profiles: m.model.profiles.iter().map(|(name, values)| (name.clone(), row(values))).collect(),
    }
}

impl ModelRecord {
    /// None where the site has no such alarm any more.
    pub(in crate::store) fn restore(self, registry: &Registry) -> Option<SavedModel> {
        let alarm = registry.find_alarm(&self.alarm)?;
        let row = |row: Vec<Option<f64>>| row.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect();
        let frozen = self.frozen.map(|f| Frozen {
            by: f.by.as_str().into(),
            reason: f.reason.as_str().into(),
            since: Ts(f.since_ms),
        });
        let model = Model {
            version: self.version,
            kind: self.kind,
            learned_from: self.from_ms.map(Ts),
            learned_to: self.to_ms.map(Ts),
            samples: self.samples,
            frozen: frozen.is_some(),
            numbers: self.numbers,
            profiles: self.profiles.into_iter().map(|(name, values)| (name, row(values))).collect(),
        };
        Some(SavedModel { alarm, model, frozen, signature: self.signature })
    }
}
