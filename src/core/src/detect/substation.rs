//! Heat substation. The value is the secondary supply temperature; beside it stand the other temperatures (°C). Each
//! check works with what is there:
//!
//! - the secondary supply does not follow its set point (or the primary supply, where no set point is known), or stands
//!   above it: a valve that does not close;
//! - the primary return stands further above the secondary return than it ever does: fouled exchanger, bypass;
//! - a return is warmer than its supply: swapped sensors, reversed flow;
//! - rooms stay below their set point.

use super::look::{Finding, Look};
use super::model::Model;
use super::noise::Bucket;
use super::norm::Norm;
use super::spec::DetectorSpec;
use super::state::{Learning, Watch};

const PRIMARY_SUPPLY: usize = 0;
const PRIMARY_RETURN: usize = 1;
const SECONDARY_RETURN: usize = 2;
const SET_POINT: usize = 3;
const ROOM: usize = 4;
const ROOM_SET_POINT: usize = 5;

/// A primary supply below it does not heat, °C: nothing is judged.
const HEATING: f64 = 40.0;
/// A return may read this much above its supply, K.
const REVERSED: f64 = 3.0;
/// The secondary may miss its set point, and the returns part, by this much, K, whatever is learned.
const MISSED: f64 = 5.0;
/// Rooms may be this much below, K.
const COLD: f64 = 2.0;

/// State of the kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Substation {
    /// Means over the window: set point missed by, returns apart by, reversed by, room short by.
    buckets: [Bucket; 4],
    follow: Norm,
    approach: Norm,
    score: f64,
    which: u8,
}

const WHY: [&str; 5] = [
    "secondary does not follow",
    "returns part",
    "return warmer than supply",
    "room below set point",
    "secondary above set point",
];

impl Watch for Substation {
    fn observe(&mut self, spec: &DetectorSpec, look: &Look<'_>, learning: &Learning) -> Finding {
        let supply = look.beside(PRIMARY_SUPPLY);
        let (primary_return, secondary_return) = (look.beside(PRIMARY_RETURN), look.beside(SECONDARY_RETURN));
        let heats = supply.is_none_or(|t| t >= HEATING);
        if !heats {
            self.buckets = [Bucket::default(); 4];
            (self.score, self.which) = (0.0, 0);
            return Finding { degraded: Some("not heating"), ..learning.finding() };
        }
        let target = look.beside(SET_POINT).or(supply);
        let apart = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
        let reversed = [apart(primary_return, supply), apart(secondary_return, Some(look.value))];
        let signs = [
            apart(target, Some(look.value)),
            apart(primary_return, secondary_return),
            reversed.into_iter().flatten().reduce(f64::max),
            apart(look.beside(ROOM_SET_POINT), look.beside(ROOM)),
        ];
        let length = spec.window.0.max(1);
        let ts = look.ts.0;
        let mut closed = false;
        let mut found = [0.0; 4];
        for (place, ((bucket, sign), score)) in self.buckets.iter_mut().zip(signs).zip(&mut found).enumerate() {
            let Some((mean, age)) = sign.and_then(|sign| bucket.add(ts, sign, length)) else { continue };
            closed = true;
            let norm = match place {
                0 => Some(&mut self.follow),
                1 => Some(&mut self.approach),
                _ => None,
            };
            *score = match norm {
                None if place == 2 => mean / REVERSED,
                None => mean / spec.limit.map_or(COLD, f64::abs),
                Some(norm) => {
                    let reach = norm.reach(spec, 0.0).max(MISSED);
                    let score = if norm.is_known() { (mean - norm.level.mean) / reach } else { 0.0 };
                    if learning.on && (!learning.warm || score.abs() <= 1.0) {
                        norm.learn(spec, 0.0, mean, age as f64);
                    }
                    if learning.warm { score } else { 0.0 }
                }
            };
        }
        if closed {
            (self.score, self.which) = (0.0, 0);
            let [missed, ..] = found;
            // without a set point nothing says how warm it should be
            let above = if look.beside(SET_POINT).is_some() { -missed } else { 0.0 };
            for (place, score) in (0u8..).zip(found.into_iter().chain([above])) {
                if score > self.score {
                    (self.score, self.which) = (score, place);
                }
            }
        }
        let met = self.score > 1.0;
        // who watches a room needs nothing else
        let room = look.beside(ROOM).is_some();
        let missing = match room {
            true => look.beside(ROOM_SET_POINT).is_none(),
            false => [supply, primary_return, secondary_return, look.beside(SET_POINT)].contains(&None),
        };
        if signs.iter().all(Option::is_none) {
            let degraded = Some(if room { "no room set point" } else { "all temperatures beside it are missing" });
            return Finding { degraded, warm: true, confidence: 0.0, ..learning.finding() };
        }
        let expected = apart(target, Some(self.follow.level.mean)).filter(|_| self.follow.is_known());
        let reach = self.follow.reach(spec, 0.0).max(MISSED);
        Finding {
            met: Some(met),
            why: if met { WHY.get(usize::from(self.which)).copied().unwrap_or("") } else { "" },
            expected,
            low: expected.map(|t| t - reach),
            high: None,
            score: self.score,
            window: spec.window,
            degraded: missing.then_some(if room { "no room set point" } else { "a temperature is missing" }),
            ..learning.finding()
        }
    }

    fn save(&self, model: &mut Model) {
        for (bucket, name) in self.buckets.iter().zip(NAMES) {
            bucket.save(name, model);
        }
        self.follow.save("follow", model);
        self.approach.save("approach", model);
        model.put("score", self.score);
        model.put("which", f64::from(self.which));
    }

    fn load(_: &DetectorSpec, model: &Model) -> Self {
        Self {
            buckets: NAMES.map(|name| Bucket::load(name, model)),
            follow: Norm::load("follow", model),
            approach: Norm::load("approach", model),
            score: model.or("score", 0.0),
            which: model.or("which", 0.0) as u8,
        }
    }
}

/// Of the four signs, in the model.
const NAMES: [&str; 4] = ["missed", "apart", "reversed", "short"];
