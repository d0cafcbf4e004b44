//! Calculated points and totals: marked while a batch of samples is taken, worked out once when it is done, in the order
//! in which they read each other. So nobody sees a result of half a batch.

mod order;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::calc::Formula;
use crate::point::{Record, flag};
use crate::registry::{PointSource, TotalBy};
use crate::total::Total;
use crate::{Delivery, PointId, Quality, Reason, Registry, Sample, Ts};

use super::Step;
use super::field::Field;

/// All derived points.
#[derive(Debug, Default)]
pub(super) struct Derived {
    /// Who comes later may read who came before.
    nodes: Vec<Node>,
    /// `(input, node)`, sorted.
    readers: Vec<(PointId, u32)>,
    /// Nodes to be worked out, in their order; whether a sample asked for it.
    marked: BTreeMap<u32, bool>,
}

#[derive(Debug)]
struct Node {
    point: PointId,
    inputs: Box<[PointId]>,
    what: What,
}

#[derive(Debug)]
enum What {
    Calc(Arc<Formula>),
    Total(TotalBy, Total),
    /// It reads what is not there, or itself.
    Broken,
}

/// What a derived point comes to.
#[derive(Clone, Copy, Debug)]
struct Finding {
    point: PointId,
    value: f64,
    quality: Quality,
    /// Newest source time among the inputs.
    ts: i64,
    /// Latest arrival among them.
    received: i64,
}

impl Derived {
    /// Nothing worked out yet, everything marked. `records` get the flags that the registry asks for.
    pub(super) fn new(registry: &Registry, records: &mut [Record]) -> Self {
        let mut derived = Self::default();
        for draft in order::in_order(registry) {
            let number = u32::try_from(derived.nodes.len()).unwrap_or(u32::MAX);
            let what = match &registry.point_type(&registry.points[draft.point.index()]).source {
                PointSource::Device | PointSource::Manual => continue,
                _ if draft.broken => What::Broken,
                PointSource::Calc(formula) => What::Calc(formula.clone()),
                PointSource::Total(spec) => What::Total(spec.by, Total::new(spec.by)),
            };
            // what reads itself must not be asked by itself
            for &input in draft.inputs.iter().filter(|_| !draft.broken) {
                derived.readers.push((input, number));
                records[input.index()].set(flag::FEEDS, true);
            }
            derived.marked.insert(number, false);
            derived.nodes.push(Node { point: draft.point, inputs: draft.inputs.into(), what });
        }
        derived.readers.sort_unstable();
        derived
    }

    /// Lets totals go on from saved values: each was written together with the sample it was counted up to.
    pub(super) fn resume(&mut self, records: &[Record]) {
        for node in &mut self.nodes {
            let What::Total(by, total) = &mut node.what else { continue };
            let record = &records[node.point.index()];
            if record.value.is_finite() {
                let input = node.inputs.first().map(|i| &records[i.index()]);
                let counted = input.filter(|i| i.ts <= record.ts && i.value.is_finite());
                *total = Total::resumed(*by, record.value, counted.map(|i| (i.ts, i.value)));
            }
        }
    }

    /// Takes over the totals of another registry's points.
    pub(super) fn inherit(&mut self, from: &Self, old_number: impl Fn(PointId) -> Option<PointId>) {
        let totals: BTreeMap<PointId, Total> = from
            .nodes
            .iter()
            .filter_map(|n| match n.what {
                What::Total(_, total) => Some((n.point, total)),
                What::Calc(_) | What::Broken => None,
            })
            .collect();
        for node in &mut self.nodes {
            let What::Total(by, total) = &mut node.what else { continue };
            if let Some(was) = old_number(node.point).and_then(|p| totals.get(&p)) {
                *total = was.with(*by);
            }
        }
    }

    /// An input has news. `sample`: a new value, not only another quality. Counts intervals that a total lost.
    pub(super) fn note(&mut self, input: PointId, sample: Option<&Sample>) -> u64 {
        let mut lost = 0;
        let from = self.readers.partition_point(|(p, _)| *p < input);
        for &(_, n) in self.readers[from..].iter().take_while(|(p, _)| *p == input) {
            if let (Some(s), What::Total(_, total)) = (sample, &mut self.nodes[n as usize].what) {
                lost += u64::from(total.take(s.ts.0, s.value, s.quality));
            }
            *self.marked.entry(n).or_default() |= sample.is_some();
        }
        lost
    }

    /// Starts a total again; false where the point is none.
    pub(super) fn reset(&mut self, point: PointId, to: f64) -> bool {
        let total = self.nodes.iter_mut().find(|n| n.point == point).map(|n| &mut n.what);
        if let Some(What::Total(_, total)) = total {
            total.reset(to);
            return true;
        }
        false
    }

    fn work_out(&self, n: u32, records: &[Record]) -> Option<Finding> {
        let node = self.nodes.get(n as usize)?;
        let inputs = || node.inputs.iter().map(|i| &records[i.index()]);
        let ts = inputs().map(|r| r.ts).max().unwrap_or(Record::NEVER);
        let received = inputs().map(|r| r.received).max().unwrap_or(0);
        let worst = inputs().map(Record::quality).fold(Quality::Good, worse);
        let (value, quality) = match &node.what {
            What::Broken => (f64::NAN, Quality::Bad(Reason::ConfigurationError)),
            What::Calc(_) if matches!(worst, Quality::Bad(_)) => (f64::NAN, worst),
            What::Calc(formula) => {
                (formula.run(|i| node.inputs.get(i).map_or(f64::NAN, |p| records[p.index()].value)), worst)
            }
            What::Total(_, total) => match (records[node.point.index()].ts, worst) {
                // nothing was counted yet
                (Record::NEVER, Quality::Bad(_)) => (f64::NAN, worst),
                (_, Quality::Bad(reason) | Quality::Uncertain(reason)) => (total.value(), Quality::Uncertain(reason)),
                (_, Quality::Good | Quality::GoodOverride) => (total.value(), total.quality()),
            },
        };
        Some(Finding { point: node.point, value, quality, ts, received })
    }
}

/// The worse of two; of two bad ones the first.
fn worse(a: Quality, b: Quality) -> Quality {
    match (a, b) {
        (Quality::Bad(_), _) => a,
        (_, Quality::Bad(_)) => b,
        (Quality::Uncertain(_), _) => a,
        (_, Quality::Uncertain(_)) => b,
        _ => Quality::Good,
    }
}

impl Field {
    /// Works out what the step marked. Every node is worked out once: whom it moves comes later in the order.
    pub(super) fn derive(&mut self, step: &mut Step<'_>) {
        while let Some((n, by_sample)) = self.derived.marked.pop_first() {
            if let Some(finding) = self.derived.work_out(n, &self.records) {
                self.publish(finding, by_sample, step);
            }
        }
    }

    /// A result as a sample; without a new sample behind it only where the value is another one.
    fn publish(&mut self, found: Finding, by_sample: bool, step: &mut Step<'_>) {
        let Finding { point, value, mut quality, ts, received } = found;
        let live = self.behind(point);
        let kind = &self.kinds[live.kind as usize];
        if !kind.is_plausible(value) && !matches!(quality, Quality::Bad(_)) {
            quality = Quality::Bad(Reason::OutOfRange);
        }
        let value = if value.is_finite() { value } else { f64::NAN };
        // silence of others is no news of this one, and the alarm of a dead link tells enough
        let silent = matches!(quality, Quality::Bad(Reason::CommFailure | Reason::NotReceived));
        self.records[point.index()].set(flag::DOWN, silent);
        let heard = ts != Record::NEVER && quality != Quality::Bad(Reason::NotReceived);
        if heard && (by_sample || !(value == live.value || value.is_nan())) {
            // a second result for one moment stands a millisecond later: history keeps both, in order
            let revised = ts <= live.ts;
            let ts = if revised { live.ts.saturating_add(1) } else { ts };
            let delivery = Delivery::Live;
            let sample = Sample { point, ts: Ts(ts), received: Ts(received), value, quality, delivery };
            self.fresh(sample, !revised, step);
        } else if quality != live.quality() {
            self.requalify(point, quality, step);
        }
    }
}
