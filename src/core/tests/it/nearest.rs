//! The crew index answers exactly what looking at everybody would.

use linepack_core::dispatch::{CrewIndex, CrewState, CrewStatus};
use linepack_core::input::Fix;
use linepack_core::registry::{Crew, Registry, Shift};
use linepack_core::{AssignmentNo, CrewId, LonLat, Ts};
use proptest::prelude::*;

use crate::site::{crew, point, site};

const NOW: Ts = Ts(1_700_000_000_000);

fn place() -> impl Strategy<Value = LonLat> {
    // a city, the date line, a pole, and few enough places that some crews stand on one spot
    prop_oneof![
        (0..12i32, 0..12i32)
            .prop_map(|(x, y)| LonLat { lon: 106.4 + 0.01 * f64::from(x), lat: 29.5 + 0.01 * f64::from(y) }),
        (106.4..106.7, 29.4..29.7).prop_map(|(lon, lat)| LonLat { lon, lat }),
        (-180.0..180.0, -10.0..10.0).prop_map(|(lon, lat): (f64, f64)| LonLat { lon: lon.signum() * 179.9, lat }),
        (-180.0..180.0).prop_map(|lon| LonLat { lon, lat: 89.9 }),
    ]
}

fn any_crew() -> impl Strategy<Value = (Crew, CrewState)> {
    let status = (0..CrewStatus::ALL.len()).prop_map(|i| CrewStatus::ALL[i]);
    let status = prop_oneof![4 => Just(CrewStatus::Available), 1 => status];
    (place(), any::<bool>(), any::<bool>(), status, any::<bool>(), prop::option::of((place(), 0..1_200_000i64)))
        .prop_map(|(base, skilled, on_shift, status, engaged, fix)| {
            let mut of = crew("c", if skilled { &["regulator"] } else { &["welding"] }, base.lon, base.lat);
            // NOW is 22:13 UTC
            of.shift = if on_shift { Shift::Always } else { Shift::Daily { from: 0, to: 60 } };
            let mut state = CrewState { status, ..CrewState::initial(CrewId(0)) };
            if engaged && status != CrewStatus::Available {
                state.assignment = Some(AssignmentNo(12));
            }
            state.fix =
                fix.map(|(position, age)| Fix { crew: CrewId(0), position, ts: Ts(NOW.0 - age), accuracy_m: None });
            (of, state)
        })
}

/// Who may go, by looking at everybody: crew and metres.
fn exhaustive(
    registry: &Registry,
    states: &[CrewState],
    at: LonLat,
    skill: &str,
    exclude: &[CrewId],
) -> Vec<(CrewId, f64)> {
    let minute = registry.local.minute_of_day(NOW);
    let mut all: Vec<(CrewId, f64)> = states
        .iter()
        .filter(|c| {
            let of = &registry.crews[c.id.index()];
            c.status == CrewStatus::Available
                && of.shift.covers(minute)
                && (skill.is_empty() || of.skills.iter().any(|s| &**s == skill))
                && !exclude.contains(&c.id)
        })
        .map(|c| {
            let fresh = c.fix.filter(|f| NOW - f.ts <= registry.dispatch.position_max_age);
            let from = fresh.map_or(registry.crews[c.id.index()].base, |f| f.position);
            (c.id, from.distance_m(at))
        })
        .collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_index_ranks_as_an_exhaustive_search(
        crews in prop::collection::vec(any_crew(), 0..40),
        moves in prop::collection::vec((0..40usize, place(), 0..1_200_000i64), 0..150),
        at in place(),
        skilled in any::<bool>(),
        excluded in prop::collection::vec(0..40u32, 0..4),
        k in 0..8usize,
    ) {
        let (crews, mut states): (Vec<Crew>, Vec<CrewState>) = crews.into_iter().unzip();
        let registry = site(vec![point("p", vec![])], &[], crews);
        for (i, state) in states.iter_mut().enumerate() {
            state.id = CrewId(i as u32);
        }
        let mut index = CrewIndex::new(&registry, states.iter());
        for (crew, position, age) in moves {
            if let Some(state) = states.get_mut(crew) {
                state.fix = Some(Fix { crew: state.id, position, ts: Ts(NOW.0 - age), accuracy_m: None });
                index.set(state.clone());
            }
        }
        let skill = if skilled { "regulator" } else { "" };
        let exclude: Vec<CrewId> = excluded.into_iter().map(CrewId).collect();
        let ranking = index.rank(&registry, NOW, at, skill, &exclude, k);
        let expected = exhaustive(&registry, &states, at, skill, &exclude);
        let found: Vec<(CrewId, f64)> = ranking.items.iter().map(|c| (c.crew, c.distance_m)).collect();
        prop_assert_eq!(&found[..], &expected[..k.min(expected.len())]);
        // nobody disappears silently
        let eligible: Vec<CrewId> = expected.iter().map(|(c, _)| *c).collect();
        for state in &states {
            let left_out = ranking.left_out.iter().find(|l| l.crew == state.id);
            prop_assert_eq!(left_out.is_none(), eligible.contains(&state.id));
            prop_assert!(left_out.is_none_or(|l| !l.reasons.is_empty()));
        }
        for c in &ranking.items {
            let eta = c.distance_m * registry.dispatch.road_factor / (registry.dispatch.speed_kmh / 3.6);
            prop_assert_eq!(c.eta_s, eta);
        }
    }
}

#[test]
fn everybody_left_out_is_told_why() {
    let mut crews = vec![
        crew("c-1", &["regulator"], 106.5, 29.5),
        crew("c-2", &["welding"], 106.5, 29.5),
        crew("c-3", &["regulator"], 106.5, 29.5),
        crew("c-4", &["regulator"], 106.5, 29.5),
        crew("c-5", &["regulator"], 106.5, 29.5),
        crew("c-6", &["regulator"], 106.6, 29.5),
    ];
    crews[2].shift = Shift::Daily { from: 60, to: 120 };
    let registry = site(vec![point("p", vec![])], &[], crews);
    let mut states: Vec<CrewState> = (0..6).map(|i| CrewState::initial(CrewId(i))).collect();
    states[3].status = CrewStatus::OffDuty;
    (states[4].status, states[4].assignment) = (CrewStatus::EnRoute, Some(AssignmentNo(12)));
    let seen = Fix {
        crew: CrewId(5),
        position: LonLat { lon: 106.5, lat: 29.5 },
        ts: Ts(NOW.0 - 41 * 60_000),
        accuracy_m: None,
    };
    states[5].fix = Some(seen);
    let index = CrewIndex::new(&registry, states.iter());
    let ranking = index.rank(&registry, NOW, LonLat { lon: 106.5, lat: 29.5 }, "regulator", &[CrewId(0)], 5);
    let left: Vec<(u32, String)> = ranking.left_out.iter().map(|l| (l.crew.0, l.reasons.join(", "))).collect();
    assert_eq!(
        left,
        [
            (0, "asked before: declined or did not answer".to_owned()),
            (1, "no regulator skill".to_owned()),
            (2, "off shift".to_owned()),
            (3, "off-duty".to_owned()),
            (4, "on assignment as-000012".to_owned()),
        ]
    );
    let [only] = &ranking.items[..] else { panic!("{:?}", ranking.items) };
    assert_eq!((only.crew, only.position_age_s), (CrewId(5), None));
    assert_eq!(only.reasons, ["last seen 41 min ago, from base", "skill regulator"]);
}
