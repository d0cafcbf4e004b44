//! A habit by half-hour: what all days share, what working and free days add, what each day of the week adds.

use super::look::{Day, Local};
use super::model::Model;

/// Half-hours of a day.
const BINS: usize = 48;
/// All days; working, free; Monday to Sunday, holiday.
const ROWS: usize = 1 + 2 + 8;
/// Visits before outliers can be told, and the multiple of the usual square they count with.
const SURE: f32 = 5.0;
const PULL: f32 = 9.0;
/// Visits that make half the weight of an addition.
const HALF: f32 = 2.0;

/// One half-hour: visits and their mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cell {
    n: f32,
    mean: f32,
}

impl Cell {
    fn add(self) -> f32 {
        self.mean * self.n / (self.n + HALF)
    }

    fn learn(&mut self, x: f32, visits: f32) {
        self.n = (self.n + 1.0).min(visits);
        self.mean += (x - self.mean) / self.n;
    }
}

/// The habit; means relative to a base, so that single precision suffices.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Profile {
    cells: [[Cell; BINS]; ROWS],
    /// Mean square of what is left, by half-hour.
    spread: [Cell; BINS],
}

impl Default for Profile {
    fn default() -> Self {
        Self { cells: [[Cell::default(); BINS]; ROWS], spread: [Cell::default(); BINS] }
    }
}

/// What the habit says of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usual {
    pub(super) mean: f64,
    pub(super) sigma: f64,
    /// Days this half-hour was seen, and days of this sort.
    pub(super) days: f64,
    pub(super) alike: f64,
}

fn rows(day: Day) -> [usize; 3] {
    let week = Day::WEEK.iter().position(|&d| d == day).unwrap_or(7);
    [0, if day.is_working() { 1 } else { 2 }, 3 + week]
}

impl Profile {
    pub(super) fn bin(local: Local) -> usize {
        (usize::from(local.minute) / 30).min(BINS - 1)
    }

    fn at(&self, row: usize, bin: usize) -> Cell {
        self.cells.get(row).and_then(|cells| cells.get(bin)).copied().unwrap_or_default()
    }

    fn mean(&self, day: Day, bin: usize) -> f64 {
        let [all, sort, week] = rows(day);
        f64::from(self.at(all, bin).mean + self.at(sort, bin).add() + self.at(week, bin).add())
    }

    /// What is usual at a moment.
    pub(super) fn usual(&self, local: Local) -> Usual {
        let bin = Self::bin(local);
        let [all, sort, _] = rows(local.day);
        let spread = self.spread.get(bin).map_or(0.0, |cell| f64::from(cell.mean));
        Usual {
            mean: self.mean(local.day, bin),
            sigma: spread.max(0.0).sqrt(),
            days: f64::from(self.at(all, bin).n),
            alike: f64::from(self.at(sort, bin).n),
        }
    }

    /// The mean of a visit to a half-hour; `days` is how many visits are remembered.
    pub(super) fn learn(&mut self, day: Day, bin: usize, x: f64, days: f64) {
        let days = days.clamp(7.0, 1000.0) as f32;
        let left = x - self.mean(day, bin);
        let seen = self.at(0, bin).n;
        let mut rest = x as f32;
        for (row, days) in rows(day).into_iter().zip([days, days, (days / 7.0).max(4.0)]) {
            let Some(cell) = self.cells.get_mut(row).and_then(|cells| cells.get_mut(bin)) else { continue };
            cell.learn(rest, days);
            rest -= if row == 0 { cell.mean } else { cell.add() };
        }
        if let (true, Some(cell)) = (seen > 0.0, self.spread.get_mut(bin)) {
            // one odd day does not make the hour an odd one
            let square = (left * left) as f32;
            let most = if cell.n >= SURE { PULL * cell.mean } else { f32::MAX };
            cell.learn(square.min(most.max(f32::MIN_POSITIVE)), days.min(14.0));
        }
    }

    /// All days' mean by half-hour, for people.
    pub(super) fn save(&self, model: &mut Model) {
        let [all, ..] = &self.cells;
        model.put_all("day", all.iter().map(|cell| &cell.mean));
        let flat = || self.cells.iter().flatten().chain(&self.spread);
        model.put_all("visits", flat().map(|cell| &cell.n));
        model.put_all("means", flat().map(|cell| &cell.mean));
    }

    pub(super) fn load(model: &Model) -> Self {
        let mut profile = Self::default();
        let length = BINS * (ROWS + 1);
        if let (Some(n), Some(mean)) = (model.row("visits", length), model.row("means", length)) {
            let cells = profile.cells.iter_mut().flatten().chain(&mut profile.spread);
            for ((cell, n), mean) in cells.zip(n).zip(mean) {
                *cell = Cell { n: *n as f32, mean: *mean as f32 };
            }
        }
        profile
    }
}
