//! How far the clock of a source is off: the median of what its latest live samples took to arrive.

/// Samples of a window; odd.
const WINDOW: usize = 9;

/// One source's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClockWatch {
    /// Arrival minus source time, milliseconds.
    offsets: [i32; WINDOW],
    filled: u8,
    /// Median of the last whole window.
    median: Option<i32>,
}

impl ClockWatch {
    /// Takes an offset, milliseconds; true when that made a window whole.
    pub(crate) fn note(&mut self, offset: i64) -> bool {
        let least = i32::try_from(offset).unwrap_or(if offset < 0 { i32::MIN } else { i32::MAX });
        if let Some(place) = self.offsets.get_mut(usize::from(self.filled)) {
            *place = least;
        }
        self.filled += 1;
        if usize::from(self.filled) < WINDOW {
            return false;
        }
        self.filled = 0;
        // who sends no times is stamped on arrival: that says nothing about a clock
        let stamped = self.offsets.iter().any(|o| *o != 0);
        self.offsets.sort_unstable();
        self.median = stamped.then(|| self.offsets[WINDOW / 2]);
        true
    }

    /// Milliseconds the source's clock is behind the hub's, the way included; negative: ahead.
    pub(crate) fn offset(&self) -> Option<i64> {
        self.median.map(i64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_the_median_of_a_window() {
        let mut watch = ClockWatch::default();
        let mut take = |offsets: &[i64]| {
            let whole = offsets.iter().filter(|o| watch.note(**o)).count();
            (whole, watch.offset())
        };
        assert_eq!(take(&[90; 8]), (0, None));
        assert_eq!(take(&[100]), (1, Some(90)));
        // a few that waited on the way change nothing
        assert_eq!(take(&[80, 81, 82, 83, 84, 60_000, 60_000, 60_000, i64::MAX]), (1, Some(84)));
        assert_eq!(take(&[i64::MIN; 9]), (1, Some(i64::from(i32::MIN))));
        assert_eq!(take(&[0; 9]), (1, None));
        assert_eq!(take(&[0, 0, 0, 0, 0, 0, 0, 0, 3]), (1, Some(0)));
    }
}
