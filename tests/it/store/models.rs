//! What detectors have learned: the last of each comes back; what is damaged is left out.

use linepack_core::detect::Model;
use linepack_core::hub::{Frozen, ModelState, SavedModel};
use linepack_core::{AlarmId, Event, Ts};

use super::Place;
use super::contract::run;
use super::site::registry;

fn model(alarm: u32, samples: u64) -> ModelState {
    let model = Model {
        version: Model::VERSION,
        kind: "statistical".into(),
        learned_from: Some(Ts(1_000)),
        learned_to: Some(Ts(9_000)),
        samples,
        frozen: false,
        numbers: [("mean".to_owned(), 0.1 + 0.2), ("n".to_owned(), 1e300)].into(),
        profiles: [("day".to_owned(), vec![1.0, -2.5, 1.0 / 3.0]), ("none".to_owned(), vec![])].into(),
    };
    ModelState { alarm: AlarmId(alarm), model, finding: None, frozen: None, bytes: 0 }
}

fn frozen(state: ModelState) -> ModelState {
    let by = Frozen { by: "李".into(), reason: "rebuilt".into(), since: Ts(5) };
    ModelState { model: Model { frozen: true, ..state.model }, frozen: Some(by), ..state }
}

fn saved(state: ModelState) -> SavedModel {
    SavedModel { alarm: state.alarm, model: state.model, frozen: state.frozen, signature: String::new() }
}

/// Part of the contract; the place has no models yet.
pub(crate) async fn the_last_of_each_model_comes_back(place: &Place) {
    let site = registry(&["a", "b"]);
    let mut hub = run(place, &site).await;
    let all = [model(0, 10), model(2, 7), frozen(model(0, 20))];
    hub.write(&site, &all.map(|m| Event::Model(Box::new(m))), &[]).await;
    hub.stop().await;

    // other numbers, the same names; one is gone
    let site = registry(&["b"]);
    let hub = run(place, &site).await;
    assert_eq!(hub.store.load(&site).await.unwrap().models, [saved(model(0, 7))]);
    hub.stop().await;
    let site = registry(&["a"]);
    let hub = run(place, &site).await;
    assert_eq!(hub.store.load(&site).await.unwrap().models, [saved(frozen(model(0, 20)))]);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_model_is_left_out_and_the_others_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::new("sqlite://data/hub.db", dir.path());
    let site = registry(&["a", "b"]);
    let mut hub = run(&place, &site).await;
    hub.write(&site, &[model(0, 1), model(1, 2), model(2, 3)].map(|m| Event::Model(Box::new(m))), &[]).await;
    hub.stop().await;
    let file = format!("sqlite://{}", dir.path().join("data/hub.db").display());
    let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
    for damage in [
        "UPDATE detector_model SET body = replace(body, '\"samples\":1', '\"samples\":9') WHERE alarm = 'a:inlet:high'",
        "UPDATE detector_model SET body = 'nothing', crc = 0 WHERE alarm = 'a:outlet:high'",
    ] {
        assert_eq!(sqlx::query(damage).execute(&pool).await.unwrap().rows_affected(), 1);
    }
    pool.close().await;
    let hub = run(&place, &site).await;
    assert_eq!(hub.store.load(&site).await.unwrap().models, [saved(model(2, 3))]);
    hub.stop().await;
}
