//! A bent grid of streets with a few bridges.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use rand::Rng;
use rand::rngs::StdRng;

use super::plane::{Xy, distance, middle};
use super::terrain::{HALF, Region, River, Terrain};

/// Distance between neighbouring streets, m.
const SPACING: f64 = 620.0;

/// How wide a street is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Residential,
    Secondary,
    Primary,
    /// Bridges and their approaches.
    Trunk,
}

impl Class {
    /// OpenStreetMap's word and the speed in km/h.
    pub(super) const fn highway(self) -> (&'static str, f64) {
        match self {
            Self::Residential => ("residential", 30.0),
            Self::Secondary => ("secondary", 40.0),
            Self::Primary => ("primary", 60.0),
            Self::Trunk => ("trunk", 70.0),
        }
    }
}

/// A piece of street between two crossings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) ends: [usize; 2],
    pub(super) class: Class,
    pub(super) length: f64,
    /// The street it belongs to.
    street: usize,
}

/// A named run of pieces.
#[derive(Clone, Debug)]
pub(super) struct Street {
    pub(super) name: String,
    pub(super) class: Class,
    pub(super) crossings: Vec<usize>,
}

/// All streets; every crossing can be reached from every other.
#[derive(Clone, Debug, Default)]
pub(super) struct Streets {
    pub(super) crossings: Vec<Xy>,
    pub(super) regions: Vec<Option<Region>>,
    pub(super) pieces: Vec<Piece>,
    /// Pieces at every crossing.
    pub(super) at: Vec<Vec<usize>>,
}

impl Streets {
    pub(super) fn build(terrain: &Terrain, rng: &mut StdRng) -> Self {
        let mut streets = Self::default();
        let lines = |half: f64| (half / SPACING).floor() as i32;
        let (columns, rows) = (lines(HALF[0]), lines(HALF[1]));
        let mut crossing: HashMap<(i32, i32), usize> = HashMap::new();
        for i in -columns..=columns {
            for j in -rows..=rows {
                // streets of a hilly town bend: a smooth bow and a little disorder
                let (x, y) = (f64::from(i) * SPACING, f64::from(j) * SPACING);
                let bow = [160.0 * (y / 2_600.0).sin(), 170.0 * (x / 3_100.0).sin()];
                let p = [x + bow[0] + rng.random_range(-90.0..90.0), y + bow[1] + rng.random_range(-90.0..90.0)];
                if let Some(region) = terrain.buildable(p) {
                    crossing.insert((i, j), streets.cross(p, Some(region)));
                }
            }
        }
        for i in -columns..=columns {
            for j in -rows..=rows {
                for (next, line, along) in [((i + 1, j), j, 0), ((i, j + 1), i, 1)] {
                    let (Some(&a), Some(&b)) = (crossing.get(&(i, j)), crossing.get(&next)) else { continue };
                    let class = match line.rem_euclid(4) {
                        0 => Class::Primary,
                        2 => Class::Secondary,
                        _ => Class::Residential,
                    };
                    let between = middle(streets.crossings[a], streets.crossings[b]);
                    let gap = class == Class::Residential && rng.random_bool(0.14);
                    if gap || streets.regions[a] != streets.regions[b] || terrain.buildable(between).is_none() {
                        continue;
                    }
                    let street = (line + 1_000) as usize * 2 + along;
                    streets.join(a, b, class, street);
                }
            }
        }
        for (r, river) in terrain.rivers().into_iter().enumerate() {
            for (b, &x) in river.bridges.iter().enumerate() {
                streets.bridge(river, x, 10_000 + r * 100 + b);
            }
        }
        streets.keep_largest()
    }

    fn cross(&mut self, p: Xy, region: Option<Region>) -> usize {
        self.crossings.push(p);
        self.regions.push(region);
        self.at.push(Vec::new());
        self.crossings.len() - 1
    }

    fn join(&mut self, a: usize, b: usize, class: Class, street: usize) {
        let length = distance(self.crossings[a], self.crossings[b]);
        for end in [a, b] {
            self.at[end].push(self.pieces.len());
        }
        self.pieces.push(Piece { ends: [a, b], class, length, street });
    }

    /// Joins the nearest crossings of the two banks.
    fn bridge(&mut self, river: &River, x: f64, street: usize) {
        let Some(water) = river.line.iter().min_by(|a, b| (a[0] - x).abs().total_cmp(&(b[0] - x).abs())) else {
            return;
        };
        let mut near: Vec<usize> = (0..self.crossings.len()).filter(|c| self.at[*c].len() > 1).collect();
        near.sort_by(|a, b| distance(self.crossings[*a], *water).total_cmp(&distance(self.crossings[*b], *water)));
        let Some(&a) = near.first() else { return };
        if let Some(&b) = near.iter().find(|b| self.regions[**b] != self.regions[a]) {
            self.join(a, b, Class::Trunk, street);
        }
    }

    /// Drops what cannot be reached from the largest part.
    fn keep_largest(self) -> Self {
        let mut part = vec![usize::MAX; self.crossings.len()];
        let mut sizes: Vec<usize> = Vec::new();
        for start in 0..self.crossings.len() {
            if part[start] != usize::MAX {
                continue;
            }
            let (mut open, mut size) = (vec![start], 0);
            part[start] = sizes.len();
            while let Some(c) = open.pop() {
                size += 1;
                for (other, _) in self.neighbours(c) {
                    if part[other] == usize::MAX {
                        part[other] = sizes.len();
                        open.push(other);
                    }
                }
            }
            sizes.push(size);
        }
        let largest = (0..sizes.len()).max_by_key(|p| sizes[*p]).unwrap_or(0);
        let mut kept = Self::default();
        let mut renamed = HashMap::new();
        for c in (0..self.crossings.len()).filter(|c| part[*c] == largest) {
            renamed.insert(c, kept.cross(self.crossings[c], self.regions[c]));
        }
        for piece in &self.pieces {
            if let (Some(&a), Some(&b)) = (renamed.get(&piece.ends[0]), renamed.get(&piece.ends[1])) {
                kept.join(a, b, piece.class, piece.street);
            }
        }
        kept
    }

    /// Neighbouring crossings and the pieces that lead there.
    pub(super) fn neighbours(&self, crossing: usize) -> impl Iterator<Item = (usize, usize)> {
        self.at[crossing].iter().map(move |&p| {
            let [a, b] = self.pieces[p].ends;
            (if a == crossing { b } else { a }, p)
        })
    }

    /// Cheapest ways from the nearest of `starts`: the piece by which each crossing is reached.
    pub(super) fn ways(&self, starts: &[usize], cost: impl Fn(&Piece) -> f64) -> Vec<Option<usize>> {
        let mut best = vec![f64::INFINITY; self.crossings.len()];
        let mut by = vec![None; self.crossings.len()];
        let mut queue = BinaryHeap::new();
        for &s in starts {
            best[s] = 0.0;
            queue.push(Reverse((0_u64, s)));
        }
        while let Some(Reverse((_, c))) = queue.pop() {
            for (other, piece) in self.neighbours(c) {
                let there = best[c] + cost(&self.pieces[piece]);
                if there < best[other] {
                    best[other] = there;
                    by[other] = Some(piece);
                    queue.push(Reverse((there as u64, other)));
                }
            }
        }
        by
    }

    /// The crossing nearest to a place.
    pub(super) fn nearest(&self, p: Xy) -> usize {
        let far = |c: &usize| distance(self.crossings[*c], p);
        (0..self.crossings.len()).min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(0)
    }

    /// The pieces joined to streets: one for each run of a grid line.
    pub(super) fn named(&self) -> Vec<Street> {
        let mut streets: Vec<Street> = Vec::new();
        let mut order: Vec<&Piece> = self.pieces.iter().collect();
        order.sort_by_key(|p| p.street);
        let mut last_line = usize::MAX;
        for piece in order {
            let [a, b] = piece.ends;
            match streets.last_mut() {
                Some(street) if last_line == piece.street && street.crossings.last() == Some(&a) => {
                    street.crossings.push(b);
                }
                _ => streets.push(Street { name: name(piece), class: piece.class, crossings: vec![a, b] }),
            }
            last_line = piece.street;
        }
        streets
    }
}

const NAMES: &[(&str, &str)] = &[
    ("Renmin", "人民"),
    ("Zhongshan", "中山"),
    ("Jianxin", "建新"),
    ("Hongjin", "红锦"),
    ("Changjiang", "长江"),
    ("Yuzhou", "渝州"),
    ("Xinhua", "新华"),
    ("Minzu", "民族"),
    ("Wuyi", "五一"),
    ("Songshi", "松石"),
    ("Jinkai", "金开"),
    ("Haixia", "海峡"),
    ("Tongyuan", "通园"),
    ("Jiangnan", "江南"),
    ("Daxue", "大学"),
    ("Xuefu", "学府"),
];

fn name(piece: &Piece) -> String {
    if piece.class == Class::Trunk {
        return format!("Bridge {} {}号大桥", piece.street % 100 + 1, piece.street % 100 + 1);
    }
    let (line, across) = (piece.street / 2, piece.street.is_multiple_of(2));
    let (latin, hanzi) = NAMES[(line * 7 + usize::from(across) * 5) % NAMES.len()];
    let number = line % 1_000 / NAMES.len() + line % 7 + 1;
    if across {
        format!("{latin} Road {number} {hanzi}{number}路")
    } else {
        format!("{latin} Street {number} {hanzi}{number}街")
    }
}
