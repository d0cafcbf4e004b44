//! Accounts, sessions, bearer tokens.

use linepack::store::{NewUser, Role, Store, StoreError};
use linepack_core::Ts;

use super::Place;

pub(crate) async fn accounts(place: &Place) {
    // before the first `serve`: no log, no start
    let store = Store::open(&place.settings, &place.dir).await.unwrap();
    let now = Ts(1_000_000);
    let user = |name, role, crew, password| NewUser { name, role, crew, password };
    store.add_user(user("ann", Role::Operator, None, "correct horse"), now).await.unwrap();
    store.add_user(user("c7", Role::Crew, Some("c-07"), "battery staple"), now).await.unwrap();
    for wrong in [
        user("ann", Role::Viewer, None, "another one"),
        user("bob", Role::Viewer, None, "short"),
        user("b b", Role::Viewer, None, "long enough"),
        user("bob", Role::Crew, None, "long enough"),
        user("bob", Role::Viewer, Some("c-07"), "long enough"),
    ] {
        assert!(matches!(store.add_user(wrong, now).await, Err(StoreError::Refused(_))));
    }
    let names: Vec<String> = store.users().await.unwrap().into_iter().map(|a| a.name).collect();
    assert_eq!(names, ["ann", "c7"]);
    let c7 = store.check_password("c7", "battery staple").await.unwrap().unwrap();
    assert_eq!((c7.role, c7.crew.as_deref(), c7.created), (Role::Crew, Some("c-07"), now));
    assert_eq!(store.check_password("c7", "battery stable").await.unwrap(), None);
    assert_eq!(store.check_password("nobody", "battery staple").await.unwrap(), None);

    let session = store.create_session("ann", now, Ts(now.ms() + 1000)).await.unwrap().0;
    assert!(session.len() >= 43);
    assert_eq!(store.session(&session, now).await.unwrap().unwrap().name, "ann");
    assert_eq!(store.session(&session, Ts(now.ms() + 1000)).await.unwrap(), None, "it has run out");
    assert_eq!(store.session("made-up", now).await.unwrap(), None);
    store.end_session(&session).await.unwrap();
    assert_eq!(store.session(&session, now).await.unwrap(), None, "it ends at once");

    let session = store.create_session("ann", now, Ts(i64::MAX)).await.unwrap().0;
    assert!(store.session(&session, now).await.unwrap().is_some());
    let token = store.create_token("meter-import", Role::Ingest, None, now).await.unwrap().0;
    assert!(token.starts_with("lp_"));
    assert!(matches!(store.create_token("ann", Role::Ingest, None, now).await, Err(StoreError::Refused(_))));
    assert!(matches!(store.create_token("meter-import", Role::Ingest, None, now).await, Err(StoreError::Refused(_))));
    assert_eq!(store.token(&token).await.unwrap().unwrap().role, Role::Ingest);
    assert_eq!(store.token(&session).await.unwrap(), None, "a session is no bearer token");
    assert_eq!(store.session(&token, now).await.unwrap(), None, "a bearer token is no session");
    assert_eq!(store.tokens().await.unwrap().len(), 1);

    assert!(store.remove_user("ann").await.unwrap());
    assert!(!store.remove_user("ann").await.unwrap());
    assert_eq!(store.session(&session, now).await.unwrap(), None, "sessions end with the account");
    assert!(store.remove_user("meter-import").await.unwrap());
    assert_eq!(store.token(&token).await.unwrap(), None);
    store.close().await;
}
