//! What a screen wants, normalised so that screens that want the same share their frames.

use std::time::Duration;

use linepack_core::LonLat;

use super::brief::AlarmForm;
use crate::wire::{ClientMessage, Topic};

/// Most globs in one subscription.
const GLOBS: usize = 200;
/// Longest glob: a full point name and room for wildcards.
const GLOB_LENGTH: usize = 200;
/// Tiles a degree: viewports are widened to tiles of 0.05°, so that panned screens still share frames.
const TILES: f64 = 20.0;

/// What a screen wants. Equal interests get the same frames.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Interest {
    pub(super) alarms: bool,
    pub(super) alarm_form: AlarmForm,
    pub(super) incidents: bool,
    pub(super) crews: bool,
    pub(super) assets: bool,
    pub(super) commands: bool,
    /// Assets and crews inside only.
    pub(super) viewport: Option<Viewport>,
    /// Points by glob, sorted, each once.
    pub(super) points: Vec<String>,
    pub(super) rate: Rate,
    pub(super) scope: Scope,
}

/// What the account may see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// Everything.
    All,
    /// This crew's own state and the incidents it is on.
    Crew(String),
}

/// How often values go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Rate {
    /// Each change at once, coalesced while busy.
    Now,
    /// So many times a second, 1 to 50.
    PerSecond(u8),
}

impl Rate {
    /// Of `?rate=`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match (text, text.parse::<u8>()) {
            ("now", _) => Ok(Self::Now),
            (_, Ok(n @ 1..=50)) => Ok(Self::PerSecond(n)),
            _ => Err(format!("rate is `now` or a whole number from 1 to 50, not `{text}`")),
        }
    }

    /// How many shares the screens of this rate are divided into, so that not all are sent to at the same moment.
    pub(super) fn shares(self) -> u8 {
        match self {
            Self::Now => 1,
            Self::PerSecond(n) => (100 / n.max(1)).clamp(1, 10),
        }
    }

    /// Least time between two frames of values.
    pub(super) fn period(self) -> Duration {
        match self {
            Self::Now => Duration::ZERO,
            Self::PerSecond(n) => Duration::from_secs(1) / u32::from(n.max(1)),
        }
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self::PerSecond(4)
    }
}

/// A rectangle of tiles; west > east goes over the date line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Viewport {
    west: i32,
    south: i32,
    east: i32,
    north: i32,
}

impl Viewport {
    fn new([west, south, east, north]: [f64; 4]) -> Result<Option<Self>, String> {
        if ![west, south, east, north].iter().all(|v| v.is_finite() && v.abs() <= 1e6)
            || south > north
            || west > east + 360.0
        {
            return Err("viewport is [west, south, east, north] in degrees".into());
        }
        if east - west >= 360.0 {
            return Ok(None);
        }
        let turn = |lon: f64| (lon + 180.0).rem_euclid(360.0) - 180.0;
        // The results are within ±3600: exact.
        let tile = |deg: f64| deg as i32;
        Ok(Some(Self {
            west: tile((turn(west) * TILES).floor()),
            south: tile((south.clamp(-90.0, 90.0) * TILES).floor()),
            east: tile((turn(east) * TILES).ceil()),
            north: tile((north.clamp(-90.0, 90.0) * TILES).ceil()),
        }))
    }

    pub(super) fn contains(&self, at: LonLat) -> bool {
        let (x, y) = (at.lon * TILES, at.lat * TILES);
        let (west, east) = (f64::from(self.west), f64::from(self.east));
        let inside = if west <= east { west <= x && x <= east } else { west <= x || x <= east };
        inside && f64::from(self.south) <= y && y <= f64::from(self.north)
    }
}

impl Interest {
    /// Of a client's message; what the account may not see is left out of it.
    pub(super) fn new(message: ClientMessage, rate: Rate, scope: Scope) -> Result<Self, String> {
        let ClientMessage::Subscribe { topics, viewport, mut points } = message;
        if points.len() > GLOBS {
            return Err(format!("{} globs; a subscription has {GLOBS} at most", points.len()));
        }
        if points.iter().any(|g| g.len() > GLOB_LENGTH) {
            return Err(format!("a glob has {GLOB_LENGTH} characters at most"));
        }
        let everything = scope == Scope::All;
        if !everything {
            points.clear();
        }
        points.sort_unstable();
        points.dedup();
        let topic = |t: Topic| topics.contains(&t);
        let viewport = if everything { viewport.map(Viewport::new).transpose()?.flatten() } else { None };
        let (crews, assets) = (topic(Topic::Crews), everything && topic(Topic::Assets));
        Ok(Self {
            alarms: everything && topic(Topic::Alarms),
            alarm_form: AlarmForm::Whole,
            incidents: topic(Topic::Incidents),
            crews,
            assets,
            commands: everything && topic(Topic::Commands),
            // Where neither is asked for, the viewport says nothing.
            viewport: viewport.filter(|_| crews || assets),
            points,
            rate,
            scope,
        })
    }

    /// With alarms written so.
    pub(super) fn with_alarms(self, alarm_form: AlarmForm) -> Self {
        Self { alarm_form, ..self }
    }

    /// Whether a place is in view.
    pub(super) fn sees(&self, at: LonLat) -> bool {
        self.viewport.is_none_or(|v| v.contains(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interest(json: &str) -> Result<Interest, String> {
        let message = serde_json::from_str(json).map_err(|e| e.to_string())?;
        Interest::new(message, Rate::default(), Scope::All)
    }

    #[test]
    fn screens_that_want_the_same_are_equal() {
        let a = r#"{"type":"subscribe","topics":["alarms","crews"],"viewport":[106.41,29.41,106.69,29.69],"points":["b/*","a/*"]}"#;
        let b = r#"{"type":"subscribe","topics":["crews","alarms","crews"],"viewport":[106.42,29.42,106.68,29.68],"points":["a/*","b/*","a/*"]}"#;
        assert_eq!(interest(a), interest(b));
        assert_ne!(interest(a), interest(r#"{"type":"subscribe","topics":["alarms"],"points":["a/*","b/*"]}"#));
    }

    #[test]
    fn a_viewport_never_sees_less_than_asked_for() {
        let cases = [
            ([106.41, 29.41, 106.69, 29.69], [(106.41, 29.41, true), (106.69, 29.69, true), (106.8, 29.5, false)]),
            ([179.0, -10.0, 181.0, 10.0], [(179.5, 0.0, true), (-179.5, 0.0, true), (0.0, 0.0, false)]),
            ([170.0, -10.0, -170.0, 10.0], [(175.0, 0.0, true), (-175.0, 0.0, true), (160.0, 0.0, false)]),
            ([-200.0, -95.0, 200.0, 95.0], [(0.0, 89.9, true), (180.0, -90.0, true), (-180.0, 0.0, true)]),
        ];
        for (bbox, places) in cases {
            let viewport = Viewport::new(bbox).unwrap();
            for (lon, lat, expected) in places {
                let at = LonLat::new(lon, lat).unwrap();
                assert_eq!(viewport.is_none_or(|v| v.contains(at)), expected, "{at:?} in {bbox:?}");
            }
        }
        assert!(Viewport::new([0.0, 1.0, 1.0, 0.0]).is_err());
    }

    #[test]
    fn a_crew_sees_its_own_only() {
        let message = serde_json::from_str(
            r#"{"type":"subscribe","topics":["alarms","incidents","crews","assets"],"viewport":[0,0,1,1],"points":["*"]}"#,
        )
        .unwrap();
        let own = Interest::new(message, Rate::default(), Scope::Crew("c-07".into())).unwrap();
        assert!(!own.alarms && !own.assets && own.points.is_empty() && own.viewport.is_none());
        assert!(own.incidents && own.crews);
    }

    #[test]
    fn too_much_is_refused() {
        let globs = vec![String::from("a/*"); GLOBS + 1];
        let message = ClientMessage::Subscribe { topics: vec![], viewport: None, points: globs };
        assert!(Interest::new(message, Rate::Now, Scope::All).is_err());
    }

    #[test]
    fn rates() {
        for (text, expected) in
            [("now", Some(Rate::Now)), ("1", Some(Rate::PerSecond(1))), ("50", Some(Rate::PerSecond(50)))]
        {
            assert_eq!(Rate::parse(text).ok(), expected);
        }
        for wrong in ["", "0", "51", "-1", "4.5", "soon", "300"] {
            assert!(Rate::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Rate::default().period(), Duration::from_millis(250));
    }
}
