//! Copies of entries in another inbox.

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{ClaimRequest, Entry, Filter, Finish, State, Store as _};
use referral_webhooks_inbox_sqlx::Restored;

use super::support::{LONG, Shop, redpin, shop};

/// Makes an entry of each kind that a copy can have.
async fn entries(shop: &Shop) {
    for (id, finish) in [
        ("completed", Finish::Complete(None)),
        ("discarded", Finish::Discard("never".into())),
        ("parked", Finish::Park("unknown event name".into())),
        ("held", Finish::Hold("its profile was changed".into())),
    ] {
        shop.accepted(id).await;
        assert!(shop.store.finish(&shop.claimed(LONG).await, finish).await.unwrap(), "{id}");
    }
    let cancelled = shop.accepted("cancelled").await;
    assert!(shop.store.cancel(cancelled, "dana".into()).await.unwrap());
    shop.accepted("running").await;
    shop.claimed(LONG).await;
    shop.accepted("available").await;
}

async fn copy_all(from: &Shop, to: &Shop) -> Vec<Restored> {
    let mut restored = Vec::new();
    for entry in from.store.list(Filter::new().oldest_first()).await.unwrap() {
        let copy = from.store.copy(entry.id).await.unwrap().unwrap();
        restored.push(to.store.restore(copy, "dana").await.unwrap());
    }
    restored
}

async fn listed(shop: &Shop) -> Vec<Entry> {
    shop.store.list(Filter::new().oldest_first()).await.unwrap()
}

#[tokio::test]
async fn no_copy_is_due_and_finished_ones_are_the_same() {
    let (from, to) = (shop().await, shop().await);
    entries(&from).await;
    let restored = copy_all(&from, &to).await;
    assert_eq!(restored, (1..=7).map(|id| Restored::New(EntryId(id))).collect::<Vec<_>>());
    let states: Vec<State> = listed(&to).await.iter().map(|entry| entry.state).collect();
    let (completed, discarded, parked, cancelled) =
        (State::Completed, State::Discarded, State::Parked, State::Cancelled);
    assert_eq!(states, [completed, discarded, parked, parked, cancelled, parked, parked]);
    for (was, is) in listed(&from).await.into_iter().zip(listed(&to).await) {
        let body = from.store.body(was.id).await.unwrap();
        assert!(body.is_some() && to.store.body(is.id).await.unwrap() == body, "{was:?}");
        let history = from.store.history(was.id).await.unwrap();
        let (copied, own) = (to.store.history(is.id).await.unwrap(), history.len());
        assert_eq!(copied[..own], history);
        assert_eq!((copied[own].what.as_str(), copied[own].by_hand, copied.len()), ("imported", true, own + 1));
        assert_eq!((&was.delivery_id, was.attempt, was.received_at), (&is.delivery_id, is.attempt, is.received_at));
    }
    let wanted = ClaimRequest::new("worker", &["shop".to_owned()], 10, LONG).unknown(&["shop".to_owned()]);
    assert!(to.store.claim(wanted).await.unwrap().is_empty(), "no worker gets a copy, also none of unknown events");
}

#[tokio::test]
async fn a_known_id_is_not_restored_and_a_repeat_of_a_copy_is_known() {
    let (from, to) = (shop().await, shop().await);
    entries(&from).await;
    copy_all(&from, &to).await;
    let again = copy_all(&from, &to).await;
    assert!(again.iter().all(|restored| matches!(restored, Restored::Known(_))), "{again:?}");
    assert_eq!(listed(&to).await.len(), 7);
    let repeat = to.intake.accept(&redpin("cancelled")).await.unwrap();
    assert_eq!((repeat.as_str(), repeat.id()), ("repeated", EntryId(5)));
    let copy = from.store.copy(EntryId(99)).await.unwrap();
    assert_eq!(copy, None);
}
