//! What the hub notes about itself: gaps, and what was done with accounts.

use linepack::store::{Record, Store};

use super::Place;
use super::contract::run;
use super::site::registry;

/// Part of the contract. The accounts were made by the part before.
pub(crate) async fn gaps_and_accounts_are_read_in_pages(place: &Place) {
    let site = registry(&["rs-1"]);
    let mut hub = run(place, &site).await;
    let gap = |from_ms, to_ms, samples| Record::Gap { from_ms, to_ms, samples };
    hub.log.append(&[gap(100, 200, 7), gap(150, 300, 1), gap(400, 400, 9)], &[]).unwrap();
    hub.log.sync().unwrap();
    hub.store.caught_up().await;
    let found = async |store: &Store, span, before, limit| -> Vec<(i64, i64, i64)> {
        let rows = store.gaps(span, before, limit).await.unwrap();
        rows.iter().map(|g| (g.from_ms, g.to_ms, g.samples)).collect()
    };
    let always = (i64::MIN, i64::MAX);
    let all = hub.store.gaps(always, None, 10).await.unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(found(&hub.store, always, None, 2).await, [(400, 400, 9), (150, 300, 1)], "newest first");
    assert_eq!(found(&hub.store, always, Some(all[1].id), 2).await, [(100, 200, 7)]);
    assert_eq!(found(&hub.store, (200, 400), None, 9).await, [(150, 300, 1), (100, 200, 7)], "what reaches into it");
    assert_eq!(found(&hub.store, (301, 400), None, 9).await, []);

    let told = hub.store.audited(always, None, 100).await.unwrap();
    let told: Vec<_> = told.iter().rev().map(|row| (row.action.as_str(), row.name.as_str(), row.ts_ms)).collect();
    let now = 1_000_000;
    assert_eq!(
        told[..3],
        [("user-add", "ann", now), ("user-add", "c7", now), ("token-create", "meter-import", now)],
        "oldest last"
    );
    assert_eq!(
        told[3..].iter().map(|row| (row.0, row.1)).collect::<Vec<_>>(),
        [("remove", "ann"), ("remove", "meter-import")]
    );
    assert_eq!(hub.store.audited((now, now + 1), None, 100).await.unwrap().len(), 3);
    let last = hub.store.audited(always, None, 1).await.unwrap()[0].id;
    assert_eq!(hub.store.audited((now, i64::MAX), Some(last), 1).await.unwrap()[0].name, "ann");
    hub.stop().await;
}
