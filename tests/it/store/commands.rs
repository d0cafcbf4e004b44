//! Commands to the field: every one is kept, the live ones come back.

use linepack::site::StoreSettings;
use linepack::store::CommandFilter;
use linepack_core::control::{Cause, Control, ControlState};
use linepack_core::{Actor, ControlNo, Event, Ts};

use super::Place;
use super::contract::{run, run_with};
use super::site::registry;

fn control(no: u64, point: &str, state: ControlState) -> Control {
    let li = Actor { name: "李".into(), address: "10.0.0.1".into() };
    let at = |ms: i64| Some((li.clone(), Ts(ms)));
    Control {
        no: ControlNo(no),
        point: point.into(),
        value: 101.5,
        unit: "kPa".into(),
        state,
        reason: "night setting".into(),
        before: Some(98.0),
        selected_by: li.clone(),
        selected: Ts(1_000 * i64::try_from(no).unwrap()),
        expires: Ts(99_000),
        executed: if state == ControlState::Selected { None } else { at(2_000) },
        finished: if state.is_live() { None } else { at(3_000) },
        cause: (state == ControlState::Unverified).then_some(Cause::ReadBack),
        found: (state == ControlState::Unverified).then_some(97.0),
        detail: "sent, but the device reads 97".into(),
    }
}

/// Part of the contract; the place has no commands yet.
pub(crate) async fn commands_are_kept_and_live_ones_come_back(place: &Place) {
    let site = registry(&["a", "b"]);
    let mut hub = run(place, &site).await;
    let ended = control(1, "a/p", ControlState::Unverified);
    let executing = control(2, "gone/p", ControlState::Executing);
    let selected = control(3, "a/p", ControlState::Selected);
    let before = Control { state: ControlState::Executing, finished: None, ..ended.clone() };
    let all = [before, ended.clone(), executing.clone(), selected.clone()];
    hub.write(&site, &all.map(|c| Event::Control(Box::new(c))), &[]).await;
    hub.stop().await;

    let hub = run(place, &site).await;
    let saved = hub.store.load(&site).await.unwrap();
    assert_eq!(saved.controls, [executing.clone(), selected.clone()], "also of a point the site no longer has");
    assert_eq!(saved.last_control, 3);
    for (filter, wanted) in [
        (CommandFilter { limit: 10, ..CommandFilter::default() }, vec![&selected, &executing, &ended]),
        (CommandFilter { limit: 1, before: Some(3), ..CommandFilter::default() }, vec![&executing]),
        (CommandFilter { limit: 10, point: Some("a/p".into()), ..CommandFilter::default() }, vec![&selected, &ended]),
        (
            CommandFilter { limit: 10, from_ms: Some(1_001), to_ms: Some(3_000), ..CommandFilter::default() },
            vec![&executing],
        ),
    ] {
        let found = hub.store.commands(&filter).await.unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{filter:?}");
    }
    assert_eq!(hub.store.command(ControlNo(1)).await.unwrap(), Some(ended));
    assert_eq!(hub.store.command(ControlNo(9)).await.unwrap(), None);
    hub.stop().await;

    // of what ended long ago the last stays, so that its number is not given again; what has not ended stays anyway
    let last = control(5, "a/p", ControlState::Verified);
    let ends = [control(4, "a/p", ControlState::Failed), last.clone()];
    let short = StoreSettings { retain_commands: std::time::Duration::from_secs(3600), ..place.settings.clone() };
    let mut hub = run_with(short, place, &site).await;
    hub.write(&site, &ends.map(|c| Event::Control(Box::new(c))), &[]).await;
    hub.store.upkeep().await.unwrap();
    let left = hub.store.commands(&CommandFilter { limit: 10, ..CommandFilter::default() }).await.unwrap();
    assert_eq!(left, [last, selected, executing]);
    hub.stop().await;
}
