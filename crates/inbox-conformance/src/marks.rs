//! Marks, and what they decide.

use super::{sample, stored};
use referral_webhooks_inbox::store::NOT_SEALED;
use referral_webhooks_inbox::store::{Filter, SEAL_MARK, Store};

/// The first value of a name stays.
pub async fn a_mark_is_written_once<S: Store>(store: S) {
    for (name, value, want) in [("a", "1", "1"), ("a", "2", "1"), ("b", "2", "2"), ("a", "", "1"), ("A", "3", "3")] {
        assert_eq!(store.mark(name, value).await.expect("it marks"), want, "{name} = {value}");
    }
    let marking = (0..20).map(|number: u32| {
        let store = store.clone();
        tokio::spawn(async move { store.mark("at-once", &number.to_string()).await.expect("it marks") })
    });
    let marked = futures_util::future::join_all(marking).await;
    let marked: std::collections::HashSet<String> = marked.into_iter().map(|mark| mark.expect("it ends")).collect();
    assert_eq!(marked.len(), 1, "all are given the first one: {marked:?}");
}

/// What is sealed in another way than the first entry is not stored.
pub async fn an_entry_with_another_seal_is_refused<S: Store>(store: S) {
    for _ in 0..2 {
        store.admits(NOT_SEALED).await.expect("nothing is decided by asking");
    }
    stored(&store, "m1", 3).await;
    store.admits(NOT_SEALED).await.expect("it accepts the same");
    assert!(store.admits("another pepper").await.is_err());
    let mut other = sample("shop", "m2", "{}", 3);
    other.sealed_by = Some("another pepper".to_owned());
    assert!(store.accept(other).await.is_err());
    assert_ne!(store.mark(SEAL_MARK, "another pepper").await.expect("it marks"), "another pepper");
    stored(&store, "m3", 3).await;
    assert_eq!(store.list(Filter::new()).await.expect("it lists").len(), 2);
}
