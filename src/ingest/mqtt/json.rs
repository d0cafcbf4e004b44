//! Any JSON, read by pointers: `{ format = "json", ts = "/time", values = { flow = "/q/std" } }`.

mod paths;

use std::sync::Arc;

use linepack_core::{AssetId, PointId, Quality, Reason, Registry, Ts};

use paths::Paths;

use super::batch::{Batch, Receipt, quality};
use super::scan::{Item, NotJson, Scan};
use crate::site::{JsonMapping, QualityAt, ValueAt};

/// A number below this is seconds, not milliseconds (it would be a day in 1973).
const SECONDS_BELOW: f64 = 1e11;
/// Values of one message at most; the rest is refused.
const MOST: usize = 100_000;

/// What the topic says already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) asset: Option<AssetId>,
    pub(crate) point: Option<PointId>,
}

/// A mapping with its pointers compiled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    mapping: JsonMapping,
    /// In an element, or in the whole message where there are no elements.
    element: Paths,
    slots: Slots,
    /// With elements: what the whole message says for all of them, in the same slots, and where the list is.
    whole: Option<(Paths, usize)>,
}

/// Where the walk puts what it finds.
#[derive(Clone, Debug, Default, PartialEq)]
struct Slots {
    asset: Option<usize>,
    point: Option<usize>,
    ts: Option<usize>,
    quality: Option<usize>,
    value: Option<usize>,
    values: Vec<usize>,
}

impl Plan {
    pub(crate) fn new(mapping: JsonMapping) -> Self {
        // the four of the context first, in both trees: their slots are the same
        let context = |paths: &mut Paths| {
            let mut add = |p: Option<&String>| p.map(|p| paths.add(p));
            let (asset, point, ts) =
                (add(mapping.asset.as_ref()), add(mapping.point.as_ref()), add(mapping.ts.as_ref()));
            Slots { asset, point, ts, quality: add(mapping.quality.as_ref().map(|q| &q.at)), ..Slots::default() }
        };
        let mut element = Paths::default();
        let mut slots = context(&mut element);
        slots.value = mapping.value.as_ref().map(|v| element.add(&v.at));
        slots.values = mapping.values.iter().map(|(_, v)| element.add(&v.at)).collect();
        let whole = mapping.each.as_ref().map(|each| {
            let mut paths = Paths::default();
            context(&mut paths);
            let list = paths.add(each);
            (paths, list)
        });
        Self { mapping, element, slots, whole }
    }

    /// The points of an asset that the values are of.
    pub(crate) fn points(&self, registry: &Registry, asset: AssetId) -> Arc<[Option<PointId>]> {
        self.mapping.values.iter().map(|(name, _)| fed(registry, asset, name)).collect()
    }
}

/// The point of a name in the mapping; none where the hub or its people speak for it.
fn fed(registry: &Registry, asset: AssetId, name: &str) -> Option<PointId> {
    registry.find_point_of(asset, name).and_then(|point| registry.fed(point).ok())
}

/// Reads one message. A pointer that leads nowhere is no fault as long as another leads to a value: many devices send
/// only what changed. Of a text that is not JSON nothing is used. `points`: [`Plan::points`] of the asset that is named.
pub(crate) fn read(
    registry: &Registry,
    plan: &Plan,
    named: Named,
    points: &[Option<PointId>],
    payload: &[u8],
    receipt: Receipt,
    batch: &mut Batch,
) {
    let before = batch.mark();
    let message = Message { registry, plan, mapping: &plan.mapping, named, points, receipt, batch, found: 0 };
    if let Err(e) = message.read(payload) {
        batch.rewind(before);
        batch.refuse(e.to_string());
    }
}

/// What the whole message says for all its elements.
#[derive(Default)]
struct Context<'a> {
    asset: Option<Item<'a>>,
    point: Option<Item<'a>>,
    ts: Option<Item<'a>>,
    quality: Option<Item<'a>>,
}

struct Message<'m> {
    registry: &'m Registry,
    plan: &'m Plan,
    mapping: &'m JsonMapping,
    named: Named,
    points: &'m [Option<PointId>],
    receipt: Receipt,
    batch: &'m mut Batch,
    found: usize,
}

impl Message<'_> {
    fn read(mut self, payload: &[u8]) -> Result<(), NotJson> {
        let mut scan = Scan::new(payload)?;
        let Some((whole, list)) = &self.plan.whole else {
            let mut found = slots(&self.plan.element);
            self.plan.element.walk(&mut scan, &mut found)?;
            scan.end()?;
            self.element(&found, &Context::default())?;
            return Ok(());
        };
        let mut found = slots(whole);
        whole.walk(&mut scan, &mut found)?;
        scan.end()?;
        // what stands beside the list is looked up once, not once an element
        let context = self.context(&found)?;
        let each = self.mapping.each.as_deref().unwrap_or_default();
        let Some(mut list) = found[*list] else {
            self.batch.refuse(format!("nothing at {each}"));
            return Ok(());
        };
        let item = list.item()?;
        if item != Item::Array {
            self.batch.refuse(format!("{each}: {} is not a list", item.kind()));
            return Ok(());
        }
        let (mut first, mut found) = (true, slots(&self.plan.element));
        while list.element(&mut first)? {
            self.plan.element.walk(&mut list, &mut found)?;
            if !self.element(&found, &context)? {
                break;
            }
        }
        Ok(())
    }

    fn context<'a>(&self, found: &[Option<Scan<'a>>]) -> Result<Context<'a>, NotJson> {
        let item = |slot: Option<usize>| slot.and_then(|s| found[s]).map(|mut s| s.item()).transpose();
        let Slots { asset, point, ts, quality, .. } = &self.plan.slots;
        Ok(Context { asset: item(*asset)?, point: item(*point)?, ts: item(*ts)?, quality: item(*quality)? })
    }

    /// One element, or the whole message. False: no more can be taken.
    fn element(&mut self, found: &[Option<Scan<'_>>], context: &Context<'_>) -> Result<bool, NotJson> {
        let own = self.context(found)?;
        let ts = match own.ts.as_ref().or(context.ts.as_ref()) {
            None => self.receipt.at,
            Some(item) => match moment(item) {
                Ok(ts) => ts,
                Err(reason) => return Ok(self.refuse(self.mapping.ts.as_deref(), &reason)),
            },
        };
        let trust = match (&self.mapping.quality, own.quality.as_ref().or(context.quality.as_ref())) {
            (Some(at), Some(item)) => match trust(at, item) {
                Ok(quality) => quality,
                Err(reason) => return Ok(self.refuse(Some(&at.at), &reason)),
            },
            _ => Quality::Good,
        };
        let asset = match self.named.asset {
            Some(asset) => asset,
            None => match self.asset(own.asset.as_ref().or(context.asset.as_ref())) {
                Ok(asset) => asset,
                Err(reason) => return Ok(self.refuse(self.mapping.asset.as_deref(), &reason)),
            },
        };
        if let (Some(at), Some(slot)) = (&self.mapping.value, self.plan.slots.value) {
            let point = match self.named.point {
                Some(point) => point,
                None => match self.point(asset, own.point.as_ref().or(context.point.as_ref())) {
                    Ok(point) => point,
                    Err(reason) => return Ok(self.refuse(self.mapping.point.as_deref(), &reason)),
                },
            };
            if !self.value(found[slot], point, at, ts, trust)? {
                self.batch.refuse(format!("nothing at {}", at.at));
            }
        } else {
            let (mut known, mut any) = (false, false);
            let plan = self.plan;
            for (n, ((name, at), slot)) in plan.mapping.values.iter().zip(&plan.slots.values).enumerate() {
                let point = match self.points.get(n) {
                    Some(point) => *point,
                    None => fed(self.registry, asset, name),
                };
                let Some(point) = point else { continue };
                known = true;
                any |= self.value(found[*slot], point, at, ts, trust)?;
            }
            if !any {
                self.batch.refuse(self.nothing(asset, known));
            }
        }
        Ok(self.found < MOST)
    }

    fn nothing(&self, asset: AssetId, known: bool) -> String {
        if !known {
            let id = &self.registry.assets[asset.index()].id;
            return format!("asset {id} has none of the points of this subscription");
        }
        let known = |(name, _): &&(String, ValueAt)| fed(self.registry, asset, name).is_some();
        let pointers: Vec<_> = self.mapping.values.iter().filter(known).map(|(_, v)| v.at.as_str()).collect();
        format!("nothing at {}", pointers.join(", "))
    }

    /// What stands at a pointer, into the batch. False: nothing does.
    fn value(
        &mut self,
        there: Option<Scan<'_>>,
        point: PointId,
        at: &ValueAt,
        ts: Ts,
        quality: Quality,
    ) -> Result<bool, NotJson> {
        let Some(mut scan) = there else { return Ok(false) };
        let item = scan.item()?;
        match (&item, self.mapping.step) {
            (Item::Array, Some(step)) => {
                let step = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
                let (mut first, mut ts) = (true, ts);
                while scan.element(&mut first)? {
                    let item = scan.item()?;
                    scan.finish(&item)?;
                    // a gap in a series is no fault
                    if item != Item::Null {
                        self.push(point, at, &item, ts, quality);
                    }
                    ts = Ts(ts.0.saturating_add(step));
                }
            }
            _ => self.push(point, at, &item, ts, quality),
        }
        Ok(true)
    }

    fn push(&mut self, point: PointId, at: &ValueAt, item: &Item<'_>, ts: Ts, quality: Quality) {
        if self.found == MOST {
            self.found += 1;
            self.batch.refuse(format!("more than {MOST} values in one message"));
        }
        if self.found > MOST {
            return;
        }
        match number(item) {
            Ok(value) => {
                self.found += 1;
                self.batch.push(point, ts, value * at.scale + at.offset, quality, self.receipt);
            }
            // a broken sensor has no value
            Err(_) if matches!(quality, Quality::Bad(_)) && matches!(item, Item::Null | Item::NotFinite) => {
                self.found += 1;
                self.batch.push(point, ts, f64::NAN, quality, self.receipt);
            }
            Err(reason) => self.batch.refuse(format!("{}: {reason}", at.at)),
        }
    }

    fn asset(&self, item: Option<&Item<'_>>) -> Result<AssetId, String> {
        let id = name(item)?;
        self.registry.find_asset(&id).ok_or_else(|| format!("there is no asset {:?}", short(&id)))
    }

    fn point(&self, asset: AssetId, item: Option<&Item<'_>>) -> Result<PointId, String> {
        let point = name(item)?;
        let found = self.registry.find_point_of(asset, &point).ok_or_else(|| {
            let asset = &self.registry.assets[asset.index()].id;
            format!("asset {asset} has no point {:?}", short(&point))
        })?;
        self.registry.fed(found).map_err(|voice| format!("{point}: {voice}"))
    }

    /// Notes why an element is of no use; the next may be.
    fn refuse(&mut self, pointer: Option<&str>, reason: &str) -> bool {
        self.batch.refuse(format!("{}: {reason}", pointer.unwrap_or_default()));
        true
    }
}

fn slots<'a>(paths: &Paths) -> Vec<Option<Scan<'a>>> {
    vec![None; paths.slots()]
}

/// An id or a name: text, or a whole number.
fn name(item: Option<&Item<'_>>) -> Result<String, String> {
    match item {
        Some(Item::Text(text)) => Ok(text.as_ref().to_owned()),
        Some(Item::Number(n)) if n.fract() == 0.0 && n.abs() < 9e15 => Ok(format!("{n:.0}")),
        Some(other) => Err(format!("{} is not a name", other.kind())),
        None => Err("there is nothing".to_owned()),
    }
}

fn short(text: &str) -> &str {
    text.get(..80).unwrap_or(text)
}

/// Numbers, numbers in strings, booleans as 0 and 1.
fn number(item: &Item<'_>) -> Result<f64, String> {
    match item {
        Item::Number(v) => Ok(*v),
        Item::Bool(b) => Ok(f64::from(u8::from(*b))),
        Item::Text(text) => match text.trim().parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            _ => Err(format!("{:?} is not a number", short(text))),
        },
        other => Err(format!("{} is not a number", other.kind())),
    }
}

/// The sender's own words first, then the usual ones; a number means nothing unless the site says what.
fn trust(at: &QualityAt, item: &Item<'_>) -> Result<Quality, String> {
    let word = match item {
        Item::Text(text) => text.trim().to_owned(),
        Item::Number(n) => n.to_string(),
        Item::Bool(b) => b.to_string(),
        other => return Err(format!("{} is not a quality", other.kind())),
    };
    if let Some((_, quality)) = at.words.iter().find(|(w, _)| *w == word) {
        return Ok(*quality);
    }
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "ok" | "valid" | "true" => Ok(Quality::Good),
        "questionable" | "suspect" => Ok(Quality::Uncertain(Reason::Unspecified)),
        "invalid" | "error" | "fault" | "false" => Ok(Quality::Bad(Reason::Unspecified)),
        _ => quality(&lower).ok_or_else(|| format!("{:?} is no known quality", short(&word))),
    }
}

/// Milliseconds or seconds since the epoch, also as text, or RFC 3339.
fn moment(item: &Item<'_>) -> Result<Ts, String> {
    match item {
        Item::Number(n) => since_epoch(*n),
        Item::Text(text) => match (text.trim().parse::<jiff::Timestamp>(), text.trim().parse::<f64>()) {
            (Ok(t), _) => Ok(Ts(t.as_millisecond())),
            (_, Ok(n)) => since_epoch(n),
            _ => Err(format!("{:?} is not a time as in RFC 3339", short(text))),
        },
        other => Err(format!("{} is not a time", other.kind())),
    }
}

fn since_epoch(n: f64) -> Result<Ts, String> {
    match n {
        n if (0.0..SECONDS_BELOW).contains(&n) => Ok(Ts((n * 1000.0).round() as i64)),
        n if (SECONDS_BELOW..9e15).contains(&n) => Ok(Ts(n as i64)),
        _ => Err("the time is out of range".to_owned()),
    }
}

#[cfg(test)]
mod tests;
