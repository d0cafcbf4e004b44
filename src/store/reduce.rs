//! Fewer rows without losing a spike: of every bucket its lowest and its highest sample, as they were measured.

/// A row of history before it goes on the wire: time (ms), value, quality code.
pub(super) type Row = (i64, Option<f64>, u8);

/// Quality codes from here on are bad.
const BAD: u8 = 0x20;
/// More rows of one bucket than this are not held.
const HELD: usize = 256;

/// Takes rows in time order, any number of them, and holds a few times `max` at most.
#[derive(Debug)]
pub(super) struct Reducer {
    from: i64,
    to: i64,
    max: usize,
    /// All rows, as long as they are not too many.
    all: Option<Vec<Row>>,
    /// What is kept of buckets that are over.
    kept: Vec<Row>,
    /// The bucket that is being filled.
    open: Vec<Row>,
}

impl Reducer {
    /// Of rows within `from..to` at most `max`.
    pub(super) fn new(from: i64, to: i64, max: usize) -> Self {
        Self { from, to, max, all: Some(vec![]), kept: vec![], open: vec![] }
    }

    /// The next row.
    pub(super) fn push(&mut self, row: Row) {
        match &mut self.all {
            Some(all) if all.len() < self.max => all.push(row),
            Some(all) => {
                for row in std::mem::take(all) {
                    self.narrow(row);
                }
                self.all = None;
                self.narrow(row);
            }
            None => self.narrow(row),
        }
    }

    /// A first, finer reduction.
    fn narrow(&mut self, row: Row) {
        let same = self.open.first().is_none_or(|r| self.bucket(r.0) == self.bucket(row.0));
        if !same || self.open.len() >= HELD {
            let few = keep(&self.open);
            self.open.clear();
            if same {
                self.open.extend(few);
            } else {
                self.kept.extend(few);
            }
        }
        self.open.push(row);
    }

    fn bucket(&self, ts: i64) -> i128 {
        let span = i128::from(self.to.saturating_sub(self.from)).max(1);
        (i128::from(ts) - i128::from(self.from)) * self.max.max(1) as i128 / span
    }

    /// What is left, and whether it is fewer rows than there were.
    pub(super) fn finish(mut self) -> (Vec<Row>, bool) {
        if let Some(all) = self.all {
            return (all, false);
        }
        self.kept.extend(keep(&self.open));
        (reduce(&self.kept, self.from, self.to, self.max), true)
    }
}

fn usable(row: &Row) -> bool {
    row.1.is_some() && row.2 < BAD
}

/// Of the rows of one bucket the lowest, the highest, and one that is not usable, in time order.
fn keep(part: &[Row]) -> Vec<Row> {
    // values that nobody may use still count where there are no others
    let pool: Vec<&Row> = match part.iter().filter(|r| usable(r)).collect::<Vec<_>>() {
        good if good.is_empty() => part.iter().filter(|r| r.1.is_some()).collect(),
        good => good,
    };
    let by_value = |a: &&&Row, b: &&&Row| a.1.unwrap_or(0.0).total_cmp(&b.1.unwrap_or(0.0));
    let low = pool.iter().min_by(by_value).map(|r| **r);
    let high = pool.iter().max_by(by_value).map(|r| **r);
    let bad = part.iter().find(|r| !usable(r)).copied();
    let mut keep: Vec<Row> = [high, low, bad].into_iter().flatten().collect();
    keep.sort_unstable_by_key(|r| r.0);
    keep.dedup_by_key(|r| r.0);
    keep
}

/// Of rows in time order within `from..to` at most `max`. Rows that are not usable stay visible: one a bucket.
fn reduce(rows: &[Row], from: i64, to: i64, max: usize) -> Vec<Row> {
    if rows.len() <= max {
        return rows.to_vec();
    }
    if max == 0 {
        return vec![];
    }
    let each = if rows.iter().all(usable) { 2 } else { 3 };
    let buckets = (max / each).max(1) as i128;
    let span = i128::from(to.saturating_sub(from)).max(1);
    let bucket = |ts: i64| (i128::from(ts) - i128::from(from)) * buckets / span;
    let mut out = Vec::with_capacity(max);
    for part in rows.chunk_by(|a, b| bucket(a.0) == bucket(b.0)) {
        let mut few = keep(part);
        if few.len() > max {
            // the extremes before the gap
            few.retain(usable);
        }
        few.truncate(max.min(each));
        out.extend(few);
    }
    out.truncate(max);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(rows: &[Row], from: i64, to: i64, max: usize) -> Vec<Row> {
        let mut reducer = Reducer::new(from, to, max);
        rows.iter().for_each(|r| reducer.push(*r));
        reducer.finish().0
    }

    proptest! {
        #[test]
        fn what_is_left_is_real_in_order_and_has_the_extremes(
            values in prop::collection::vec((1i64..50, prop::option::weighted(0.9, -1e6f64..1e6), prop::sample::select(vec![0u8, 0x10, 0x22])), 1..2000),
            max in 1usize..60,
        ) {
            let mut ts = 0;
            let rows: Vec<Row> = values.iter().map(|&(step, v, q)| { ts += step; (ts, v, q) }).collect();
            let out = all(&rows, 0, ts + 1, max);
            prop_assert!(out.len() <= max);
            prop_assert!(out.windows(2).all(|w| w[0].0 < w[1].0));
            prop_assert!(out.iter().all(|r| rows.contains(r)));
            let good = |rows: &[Row]| rows.iter().filter(|r| usable(r)).filter_map(|r| r.1).collect::<Vec<_>>();
            if max >= 2 {
                let (all, left) = (good(&rows), good(&out));
                for extreme in [f64::max as fn(f64, f64) -> f64, f64::min] {
                    prop_assert_eq!(all.iter().copied().reduce(extreme), left.iter().copied().reduce(extreme));
                }
            }
        }
    }

    #[test]
    fn a_single_bad_row_among_many_is_not_lost() {
        let rows: Vec<Row> =
            (0..1000).map(|i| if i == 500 { (i, None, 0x23) } else { (i, Some(i as f64), 0) }).collect();
        assert!(all(&rows, 0, 1000, 30).contains(&(500, None, 0x23)));
    }
}
