//! Two rivers that meet, hills without streets, and the districts between.

use super::plane::{Xy, distance, distance_to_line, offset, smooth};

/// Half the extent of the city: east–west and north–south, m.
pub(super) const HALF: Xy = [11_500.0, 9_500.0];

/// What the rivers part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Region {
    North,
    West,
    South,
}

impl Region {
    pub(super) const ALL: [Self; 3] = [Self::North, Self::West, Self::South];
}

/// A district of the city.
#[derive(Clone, Copy, Debug)]
pub(super) struct District {
    pub(super) name: &'static str,
    pub(super) name_zh: &'static str,
    pub(super) centre: Xy,
}

/// A hill: centre and half axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hill {
    pub(super) name: &'static str,
    pub(super) centre: Xy,
    pub(super) half: Xy,
}

/// A river.
#[derive(Clone, Debug)]
pub(super) struct River {
    pub(super) name: &'static str,
    pub(super) line: Vec<Xy>,
    pub(super) width: f64,
    /// Where bridges cross it, m east of the centre.
    pub(super) bridges: &'static [f64],
}

/// The ground the city stands on.
#[derive(Clone, Debug)]
pub(super) struct Terrain {
    /// Comes from the south-west and leaves to the east.
    pub(super) yangtze: River,
    /// Comes from the north-west and ends in the other.
    pub(super) jialing: River,
}

pub(super) const HILLS: &[Hill] = &[
    Hill { name: "Gele Shan 歌乐山", centre: [-10_600.0, 800.0], half: [1_100.0, 5_200.0] },
    Hill { name: "Nanshan 南山", centre: [7_600.0, -3_600.0], half: [1_300.0, 3_600.0] },
    Hill { name: "Eling 鹅岭", centre: [-2_900.0, 600.0], half: [700.0, 420.0] },
    Hill { name: "Zhaomu Shan 照母山", centre: [1_200.0, 6_900.0], half: [900.0, 700.0] },
    Hill { name: "Tieshanping 铁山坪", centre: [10_300.0, 7_300.0], half: [1_000.0, 2_000.0] },
];

pub(super) const DISTRICTS: &[District] = &[
    District { name: "Jiefangbei", name_zh: "解放碑", centre: [700.0, 300.0] },
    District { name: "Hualongqiao", name_zh: "化龙桥", centre: [-3_600.0, 2_600.0] },
    District { name: "Daping", name_zh: "大坪", centre: [-4_300.0, -600.0] },
    District { name: "Shiqiaopu", name_zh: "石桥铺", centre: [-6_800.0, -300.0] },
    District { name: "Shapingba", name_zh: "沙坪坝", centre: [-8_000.0, 3_200.0] },
    District { name: "Yangjiaping", name_zh: "杨家坪", centre: [-6_400.0, -3_300.0] },
    District { name: "Dadukou", name_zh: "大渡口", centre: [-9_300.0, -5_200.0] },
    District { name: "Xiejiawan", name_zh: "谢家湾", centre: [-4_600.0, -3_100.0] },
    District { name: "Guanyinqiao", name_zh: "观音桥", centre: [-300.0, 3_600.0] },
    District { name: "Longtousi", name_zh: "龙头寺", centre: [2_600.0, 5_000.0] },
    District { name: "Renhe", name_zh: "人和", centre: [-600.0, 8_200.0] },
    District { name: "Dashiba", name_zh: "大石坝", centre: [-3_000.0, 5_800.0] },
    District { name: "Lijia", name_zh: "礼嘉", centre: [-5_400.0, 8_300.0] },
    District { name: "Huaxinjie", name_zh: "华新街", centre: [2_300.0, 2_600.0] },
    District { name: "Cuntan", name_zh: "寸滩", centre: [6_000.0, 4_600.0] },
    District { name: "Tangjiatuo", name_zh: "唐家沱", centre: [9_400.0, 5_000.0] },
    District { name: "Danzishi", name_zh: "弹子石", centre: [4_700.0, 500.0] },
    District { name: "Nanping", name_zh: "南坪", centre: [500.0, -3_600.0] },
    District { name: "Haitangxi", name_zh: "海棠溪", centre: [3_200.0, -1_800.0] },
    District { name: "Huangjueya", name_zh: "黄桷垭", centre: [4_600.0, -4_800.0] },
    District { name: "Chayuan", name_zh: "茶园", centre: [9_900.0, -2_600.0] },
    District { name: "Yudong", name_zh: "鱼洞", centre: [-4_600.0, -8_400.0] },
    District { name: "Lijiatuo", name_zh: "李家沱", centre: [-1_000.0, -7_200.0] },
];

impl Terrain {
    pub(super) fn new() -> Self {
        let yangtze = [
            [-13_500.0, -8_800.0],
            [-9_600.0, -7_300.0],
            [-6_200.0, -6_300.0],
            [-3_600.0, -4_700.0],
            [-2_000.0, -2_300.0],
            [-200.0, -900.0],
            [2_000.0, 200.0],
            [3_000.0, 1_400.0],
            [5_200.0, 2_800.0],
            [8_000.0, 2_200.0],
            [10_600.0, 2_900.0],
            [13_500.0, 4_600.0],
        ];
        let jialing = [
            [-9_500.0, 11_500.0],
            [-8_300.0, 7_800.0],
            [-6_600.0, 5_200.0],
            [-4_700.0, 4_300.0],
            [-2_600.0, 3_000.0],
            [-1_200.0, 1_800.0],
            [800.0, 1_700.0],
            [2_600.0, 1_000.0],
        ];
        Self {
            yangtze: River {
                name: "Yangtze 长江",
                line: smooth(&yangtze, 8),
                width: 620.0,
                bridges: &[-6_000.0, -2_300.0, 900.0, 4_500.0],
            },
            jialing: River {
                name: "Jialing 嘉陵江",
                line: smooth(&jialing, 8),
                width: 400.0,
                bridges: &[-6_000.0, -2_800.0, 300.0],
            },
        }
    }

    pub(super) fn rivers(&self) -> [&River; 2] {
        [&self.yangtze, &self.jialing]
    }

    /// Which side of the rivers a place is on; nothing in water or outside the city.
    pub(super) fn region(&self, p: Xy) -> Option<Region> {
        let inside = p[0].abs() <= HALF[0] && p[1].abs() <= HALF[1];
        if !inside || self.rivers().iter().any(|r| distance_to_line(p, &r.line) < r.width / 2.0 + 90.0) {
            return None;
        }
        let south_bank = height(&self.yangtze.line, p[0]);
        if p[1] < south_bank {
            return Some(Region::South);
        }
        let mouth = self.jialing.line.last().map_or(0.0, |m| m[0]);
        let start = self.jialing.line.first().map_or(0.0, |m| m[0]);
        let above = p[0] >= mouth || p[0] > start && p[1] > height(&self.jialing.line, p[0]);
        Some(if above { Region::North } else { Region::West })
    }

    /// Land where streets are built.
    pub(super) fn buildable(&self, p: Xy) -> Option<Region> {
        let on_hill =
            |h: &Hill| ((p[0] - h.centre[0]) / h.half[0]).powi(2) + ((p[1] - h.centre[1]) / h.half[1]).powi(2) < 1.0;
        if HILLS.iter().any(on_hill) { None } else { self.region(p) }
    }

    /// The district of a place: nearest centre on its side of the rivers.
    pub(super) fn district(&self, p: Xy) -> &'static District {
        let region = self.region(p);
        let far = |d: &District| {
            let other_side = region.is_some() && self.region(d.centre) != region;
            distance(p, d.centre) + if other_side { 50_000.0 } else { 0.0 }
        };
        DISTRICTS.iter().min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(&DISTRICTS[0])
    }
}

/// Outline of a hill.
pub(super) fn outline(hill: &Hill) -> Vec<Xy> {
    let round = (0..=40).map(|i| f64::from(i % 40) / 40.0 * std::f64::consts::TAU);
    round
        .map(|a| {
            let wobble = 1.0 + 0.06 * (3.0 * a).sin() + 0.04 * (5.0 * a + hill.centre[0]).sin();
            let unit = offset([0.0, 0.0], wobble, a);
            [hill.centre[0] + unit[0] * hill.half[0], hill.centre[1] + unit[1] * hill.half[1]]
        })
        .collect()
}

/// North of a line that runs from west to east, where it passes `x`.
fn height(line: &[Xy], x: f64) -> f64 {
    let crossing = line.windows(2).find(|s| s[0][0] <= x && x <= s[1][0]);
    match crossing {
        Some(s) => s[0][1] + (s[1][1] - s[0][1]) * (x - s[0][0]) / (s[1][0] - s[0][0]).max(1e-9),
        None if x < line[0][0] => line[0][1],
        None => line[line.len() - 1][1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_district_is_on_dry_land_and_every_side_has_some() {
        let terrain = Terrain::new();
        for district in DISTRICTS {
            assert!(terrain.buildable(district.centre).is_some(), "{}", district.name);
        }
        for region in Region::ALL {
            assert!(DISTRICTS.iter().filter(|d| terrain.region(d.centre) == Some(region)).count() >= 4, "{region:?}");
        }
        assert_eq!(terrain.district([700.0, 300.0]).name, "Jiefangbei");
    }
}
