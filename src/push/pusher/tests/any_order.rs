//! Changes, looks and flushes in any order.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Act {
    Alarm(u32, AlarmState),
    Crew(u32, f64),
    Value(u32, f64, Quality),
    Tune(u32, f64),
    Tell,
    Flush,
    Pass(u64),
    Open(Rate),
    Read(usize),
    Overflow,
    Reload,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    use AlarmState::{Acknowledged, Normal, Unacknowledged};
    let state = prop::sample::select(vec![Normal, Unacknowledged, Acknowledged]);
    let quality =
        prop::sample::select(vec![Quality::Good, Quality::Bad(Reason::Stale), Quality::Uncertain(Reason::LastKnown)]);
    let rate = prop::sample::select(vec![Rate::Now, Rate::PerSecond(4), Rate::PerSecond(50)]);
    let act = prop_oneof![
        6 => (0..ASSETS, state).prop_map(|(n, s)| Act::Alarm(n, s)),
        6 => (0..ASSETS, 105.9..106.8).prop_map(|(n, lon)| Act::Crew(n, lon)),
        6 => (0..ASSETS * 2, -1.0..1e3, quality).prop_map(|(p, v, q)| Act::Value(p, v, q)),
        2 => (0..ASSETS, 100.0..200.0).prop_map(|(n, limit)| Act::Tune(n, limit)),
        4 => Just(Act::Tell),
        4 => Just(Act::Flush),
        2 => (0u64..6_000).prop_map(Act::Pass),
        2 => rate.prop_map(Act::Open),
        4 => (0usize..4).prop_map(Act::Read),
        1 => Just(Act::Overflow),
        1 => Just(Act::Reload),
    ];
    prop::collection::vec(act, 1..80)
}

proptest! {
    /// Whatever happens in whatever order: in the end each screen knows what a new one would be shown.
    #[test]
    fn snapshot_and_deltas_make_the_present_state(acts in acts()) {
        block_on(async {
            let mut hub = Hub::new();
            let mut screens = vec![Screen::open(&hub, EVERYTHING, Rate::default()).await];
            for act in acts {
                match act {
                    Act::Alarm(n, state) => hub.alarm(n, state),
                    Act::Crew(n, lon) => hub.crew(n, lon),
                    Act::Value(p, v, q) => hub.value(p, v, q),
                    Act::Tell => hub.tell(),
                    Act::Flush => hub.flush(),
                    Act::Pass(ms) => {
                        hub.now += Duration::from_millis(ms);
                        hub.clock.fetch_add(ms.cast_signed(), Ordering::AcqRel);
                    }
                    Act::Open(rate) => screens.push(Screen::open(&hub, EVERYTHING, rate).await),
                    Act::Read(n) => if let Some(screen) = screens.get_mut(n) { screen.read(&hub).await },
                    Act::Overflow => {
                        hub.untold.clear();
                        hub.pusher.resync();
                    }
                    Act::Tune(n, limit) => hub.tune(n, limit),
                    Act::Reload => hub.reload(),
                }
            }
            hub.settle();
            let fresh = Screen::open(&hub, EVERYTHING, Rate::PerSecond(7)).await;
            for mut screen in screens {
                screen.read(&hub).await;
                prop_assert_eq!(&screen.things, &fresh.things);
            }
            Ok(())
        })?;
    }
}
