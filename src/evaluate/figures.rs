//! What detection is measured by.

/// Precision, recall and F1 of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    /// Rows found that are odd, found that are not, and so on.
    pub(super) true_found: f64,
    pub(super) false_found: f64,
    pub(super) missed: f64,
    pub(super) quiet: f64,
}

impl Counts {
    pub(super) fn of(found: &[bool], odd: &[bool]) -> Self {
        let mut counts = Self::default();
        for (found, odd) in found.iter().zip(odd) {
            *(match (found, odd) {
                (true, true) => &mut counts.true_found,
                (true, false) => &mut counts.false_found,
                (false, true) => &mut counts.missed,
                (false, false) => &mut counts.quiet,
            }) += 1.0;
        }
        counts
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.true_found += other.true_found;
        self.false_found += other.false_found;
        self.missed += other.missed;
        self.quiet += other.quiet;
    }

    pub(super) fn precision(&self) -> Option<f64> {
        share(self.true_found, self.true_found + self.false_found)
    }

    pub(super) fn recall(&self) -> Option<f64> {
        share(self.true_found, self.true_found + self.missed)
    }

    pub(super) fn f1(&self) -> Option<f64> {
        share(2.0 * self.true_found, 2.0 * self.true_found + self.false_found + self.missed)
    }

    /// Share of the quiet rows that were found.
    pub(super) fn false_rate(&self) -> Option<f64> {
        share(self.false_found, self.false_found + self.quiet)
    }
}

/// A quotient that exists.
pub(super) fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Runs of true, as first row and the row after the last.
pub(super) fn runs(flags: &[bool]) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut start = None;
    for (row, &flag) in flags.iter().enumerate() {
        match (flag, start) {
            (true, None) => start = Some(row),
            (false, Some(from)) => {
                runs.push((from, row));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        runs.push((from, flags.len()));
    }
    runs
}

/// The same in time: first and last moment.
pub(super) fn spans(times: &[i64], flags: &[bool]) -> Vec<(i64, i64)> {
    let at = |row: usize| times.get(row).copied().unwrap_or(0);
    runs(flags).into_iter().map(|(from, to)| (at(from), at(to - 1))).collect()
}

/// The middle of some numbers.
pub(super) fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len().checked_sub(1)? / 2).copied()
}

/// Events found by alarms: of each event (from, to in ms) the first alarm within it, and alarms within none.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    /// Milliseconds from the start of each event to its first alarm.
    pub(super) delays: Vec<Option<i64>>,
    /// Alarms that belong to no event.
    pub(super) false_alarms: usize,
    pub(super) alarms: usize,
}

impl Events {
    /// `alarms` are spans in which an alarm stands; one that overlaps an event has found it.
    pub(super) fn of(alarms: &[(i64, i64)], events: &[(i64, i64)]) -> Self {
        let meets = |a: &(i64, i64), e: &(i64, i64)| a.0 <= e.1 && a.1 >= e.0;
        let delay = |e: &(i64, i64)| alarms.iter().filter(|a| meets(a, e)).map(|a| (a.0 - e.0).max(0)).min();
        let false_alarms = alarms.iter().filter(|a| !events.iter().any(|e| meets(a, e))).count();
        Self { delays: events.iter().map(delay).collect(), false_alarms, alarms: alarms.len() }
    }

    /// Those of another recording, too.
    pub(super) fn add(&mut self, other: Self) {
        self.delays.extend(other.delays);
        self.false_alarms += other.false_alarms;
        self.alarms += other.alarms;
    }

    pub(super) fn found(&self) -> usize {
        self.delays.iter().flatten().count()
    }

    pub(super) fn precision(&self) -> Option<f64> {
        share((self.alarms - self.false_alarms) as f64, self.alarms as f64)
    }

    pub(super) fn recall(&self) -> Option<f64> {
        share(self.found() as f64, self.delays.len() as f64)
    }

    pub(super) fn f1(&self) -> Option<f64> {
        let (p, r) = (self.precision()?, self.recall()?);
        share(2.0 * p * r, p + r)
    }

    pub(super) fn delay_s(&self) -> Option<f64> {
        median(self.delays.iter().flatten().map(|&ms| ms as f64 / 1000.0).collect())
    }
}
