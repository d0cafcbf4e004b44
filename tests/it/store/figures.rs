//! The journal as the figures of the alarm system read it: in pages, each row once, in order.

use linepack::store::Store;
use linepack_core::Event;
use linepack_core::alarm::State;

use super::Place;
use super::contract::run;
use super::objects::{alarm, transition};
use super::site::registry;

/// Alarm, state after and time of every row between two running numbers, read in pages.
async fn read(store: &Store, mut after: i64, until: i64, limit: usize) -> Vec<(String, String, i64)> {
    let mut all = vec![];
    loop {
        let page = store.figures(after, until, limit).await.unwrap();
        assert!(page.rows <= limit && page.last >= after);
        all.extend(page.rows().map(|r| (r.alarm.to_owned(), r.kind.parts().1.to_owned(), r.ts_ms)));
        if page.rows < limit {
            return all;
        }
        after = page.last;
    }
}

/// Later than everything else in the journal.
const T0: i64 = 5_000_000_000_000;

/// Part of the contract.
pub(crate) async fn the_journal_is_read_in_pages(place: &Place) {
    let site = registry(&["p-1", "p-2"]);
    let mut hub = run(place, &site).await;
    let begin = hub.store.figures_before(T0).await.unwrap();
    assert!(read(&hub.store, begin, i64::MAX, 10).await.is_empty());
    let event = |n: i64| {
        let (id, state) = if n % 2 == 0 { (0, State::Unacknowledged) } else { (2, State::Normal) };
        Event::Alarm { alarm: alarm(id, state, 1), transition: Some(transition(T0 + n, state)) }
    };
    let events: Vec<Event> = (0..25).map(event).collect();
    hub.write(&site, &events, &[]).await;

    let whole = read(&hub.store, begin, i64::MAX, 1000).await;
    let times: Vec<i64> = whole.iter().map(|(.., ts)| *ts - T0).collect();
    assert_eq!(times, (0..25).collect::<Vec<_>>());
    assert_eq!(whole[0], ("p-1:inlet:high".to_owned(), "unacknowledged".to_owned(), T0));
    assert_eq!(whole[1], ("p-2:inlet:high".to_owned(), "normal".to_owned(), T0 + 1));
    for limit in [1, 7, 25] {
        assert_eq!(read(&hub.store, begin, i64::MAX, limit).await, whole, "{limit} at a time");
    }
    let (after, until) =
        (hub.store.figures_before(T0 + 5).await.unwrap(), hub.store.figures_before(T0 + 15).await.unwrap());
    assert_eq!(read(&hub.store, after, until, 4).await, whole[5..15]);
    let last = hub.store.figures(begin, i64::MAX, 1000).await.unwrap().last;
    assert_eq!(hub.store.figures_before(T0 + 9999).await.unwrap(), last);
    assert!(hub.store.figures_standing(T0 + 5).await.unwrap().contains(&("p-1:inlet:high".to_owned(), T0 + 4)));
    hub.stop().await;
}
