//! Entries that were read with a profile: the digest is kept, and an entry is held if the profile was changed.
//!
//! A store that forgets the digest lets a changed profile read an old body as another event, perhaps as one that pays.

use referral_webhooks_inbox::store::{Accepted, Decoded, Finish, NewEntry, State, Store};

use crate::checks::checks;
use crate::samples::{
    LONG, OPERATOR, assert_none_due, claim_one, claim_with_parked, entry, finish, history, process, sample, state,
};

/// Returns a sample that was read with a profile.
fn read_with(profile: &str, id: &str) -> NewEntry {
    let mut new = sample(id, "{}");
    new.profile = Some(profile.to_owned());
    new
}

checks!(
    mod profiles {
        /// The entry and its claim have the digest.
        async fn an_entry_keeps_the_digest_of_its_profile(store: impl Store) {
            let digest = "ab".repeat(32);
            let id = store.accept(read_with(&digest, "m1")).await.unwrap().id();
            store.accept(sample("m2", "{}")).await.unwrap();
            assert_eq!(entry(&store, id).await.profile.as_deref(), Some(&*digest));
            let claims = crate::samples::claim(&store, 10, LONG).await;
            let profiles: Vec<_> = claims.iter().map(|claim| claim.profile.as_deref()).collect();
            assert_eq!(profiles, [Some(&*digest), None]);
        }

        /// A held entry waits for an operator, also if the worker handles unknown events.
        async fn a_held_entry_reaches_no_handler(store: impl Store) {
            for unreadable in [None, Some("unknown event name".to_owned())] {
                let mut new = read_with("p1", if unreadable.is_none() { "m1" } else { "m2" });
                new.unreadable = unreadable.clone();
                let id = store.accept(new).await.unwrap().id();
                let claim = claim_with_parked(&store).await.remove(0);
                finish(&store, &claim.lease, Finish::Hold("its profile was changed".into())).await;
                let held = entry(&store, id).await;
                assert_eq!((held.state, held.has_body, held.unreadable), (State::Parked, true, None));
                assert_eq!(held.reason.as_deref(), Some("its profile was changed"));
                assert_eq!(held.last_attempt, 4, "the attempt does not count");
                assert_eq!(history(&store, id).await, ["held"]);
                assert!(claim_with_parked(&store).await.is_empty(), "{unreadable:?}");
            }
            assert_eq!(store.stats().await.unwrap().parked, 2);
        }

        /// A person redecodes a held entry, and it gets the digest of the profile that read it.
        async fn a_redecoded_entry_has_the_new_profile(store: impl Store) {
            let id = store.accept(read_with("p1", "m1")).await.unwrap().id();
            finish(&store, &claim_one(&store, LONG).await.lease, Finish::Hold("changed".into())).await;
            let mut decoded = Decoded::default();
            decoded.profile = Some("p2".to_owned());
            assert!(store.redecode(id, decoded, 3, OPERATOR).await.unwrap());
            let found = entry(&store, id).await;
            assert_eq!((found.state, found.profile.as_deref()), (State::Available, Some("p2")));
            process(&store, Finish::Complete(None)).await;
        }

        /// A repeat revives a dead letter with its own body, which the new profile has read.
        async fn a_revived_entry_has_the_profile_of_the_repeat(store: impl Store) {
            let id = store.accept(read_with("p1", "m1")).await.unwrap().id();
            process(&store, Finish::Discard("never".into())).await;
            assert_eq!(store.accept(read_with("p2", "m1")).await.unwrap(), Accepted::Revived(id));
            assert_eq!(entry(&store, id).await.profile.as_deref(), Some("p2"));
        }

        /// An operator completes an entry, except while it is running.
        async fn an_entry_is_marked_as_done(store: impl Store) {
            let id = store.accept(sample("m1", "{}")).await.unwrap().id();
            let lease = claim_one(&store, LONG).await.lease;
            assert!(!store.mark_done(id, OPERATOR).await.unwrap(), "it is running");
            finish(&store, &lease, Finish::Discard("never".into())).await;
            assert!(store.mark_done(id, OPERATOR).await.unwrap());
            assert!(!store.mark_done(id, OPERATOR).await.unwrap(), "it is completed");
            let found = entry(&store, id).await;
            assert_eq!((found.state, found.reason), (State::Completed, None));
            assert_eq!(history(&store, id).await, ["discarded", "marked_done"]);
            assert_eq!(store.accept(sample("m1", "{}")).await.unwrap(), Accepted::Repeated(id));
            assert_none_due(&store, "it is done").await;
            // The next entry of its subject is due.
            let first = store.accept(sample("m2", "{}").about("ada")).await.unwrap().id();
            let next = store.accept(sample("m3", "{}").about("ada")).await.unwrap().id();
            assert!(store.mark_done(first, OPERATOR).await.unwrap());
            assert_eq!(state(&store, next).await, State::Available);
        }
    }
);
