//! Marks, and the seal mark that the first entry writes.

use std::collections::HashSet;

use futures_util::future::join_all;
use referral_webhooks_inbox::store::{Filter, NOT_SEALED, SEAL_MARK, Store};

use crate::checks::checks;
use crate::samples::{sample, stored};

checks!(
    mod marks {
        /// Every later call with the name returns the first value, also under concurrent calls.
        async fn a_mark_is_written_once(store: impl Store) {
            for (name, value, want) in
                [("a", "1", "1"), ("a", "2", "1"), ("b", "2", "2"), ("a", "", "1"), ("A", "3", "3")]
            {
                assert_eq!(store.mark(name, value).await.unwrap(), want, "{name} = {value}");
            }
            let marking = (0..20).map(|number: u32| {
                let store = store.clone();
                tokio::spawn(async move { store.mark("at-once", &number.to_string()).await.unwrap() })
            });
            let marked: HashSet<String> = join_all(marking).await.into_iter().map(Result::unwrap).collect();
            assert_eq!(marked.len(), 1, "every caller receives the first value: {marked:?}");
        }

        /// The first entry decides how all entries of a store are sealed.
        async fn an_entry_with_another_seal_is_refused(store: impl Store) {
            for _ in 0..2 {
                store.admits(NOT_SEALED).await.expect("a question writes no mark");
            }
            stored(&store, "m1", 3).await;
            store.admits(NOT_SEALED).await.expect("the same seal is admitted");
            assert!(store.admits("another pepper").await.is_err());
            let mut other = sample("m2", "{}");
            other.sealed_by = Some("another pepper".to_owned());
            assert!(store.accept(other).await.is_err());
            assert_ne!(store.mark(SEAL_MARK, "another pepper").await.unwrap(), "another pepper");
            stored(&store, "m3", 3).await;
            assert_eq!(store.list(Filter::new()).await.unwrap().len(), 2);
        }
    }
);
