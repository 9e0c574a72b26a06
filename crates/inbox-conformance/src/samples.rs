//! Sample deliveries, and the calls that checks repeat.

use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message, StoredDelivery};
use referral_webhooks_inbox::store::{
    Accepted, ByHand, Claim, ClaimRequest, Entry, EntryId, Finish, Lease, NewEntry, PruneRule, State, Store,
};
use time::OffsetDateTime;

/// A lease that a check lets expire.
pub(crate) const SHORT: Duration = Duration::from_millis(300);

/// A lease that outlives its check.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// An age that no entry of a check reaches.
pub(crate) const AN_HOUR: Duration = Duration::from_secs(60 * 60);

/// The name of the person who redelivers, cancels, releases and erases.
pub(crate) const OPERATOR: ByHand<'static> = ByHand::new("operator");

/// Returns the endpoint that signs and verifies the samples.
pub(crate) fn endpoint() -> Endpoint<Redpin> {
    Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

/// Returns a genuine delivery to the endpoint `shop`, with 3 attempts.
pub(crate) fn sample(id: &str, body: &str) -> NewEntry {
    sample_at("shop", id, body)
}

/// Returns a genuine delivery to an endpoint of this name, with 3 attempts.
pub(crate) fn sample_at(endpoint_name: &str, id: &str, body: &str) -> NewEntry {
    let now = OffsetDateTime::now_utc();
    let request = endpoint().sign(&Message::new(body, now).id(id)).unwrap();
    let mut new = NewEntry::of(endpoint_name, &endpoint().receive(&request, now).unwrap(), 3);
    // A store does not decode events: each check decides whether this one is readable.
    new.unreadable = None;
    new
}

/// Returns the items of one genuine delivery to the endpoint `shop`, each with its id and its text.
pub(crate) fn items(parts: &[(&str, &str)]) -> Vec<NewEntry> {
    let texts: Vec<&str> = parts.iter().map(|(_, text)| *text).collect();
    let whole = sample("whole", &format!("[{}]", texts.join(",")));
    let item = |(position, (id, text)): (usize, &(&str, &str))| {
        let mut new = sample(id, text).at_item(u32::try_from(position).unwrap());
        new.delivery = Arc::clone(&whole.delivery);
        new
    };
    parts.iter().enumerate().map(item).collect()
}

/// Returns a sample whose event this version cannot read.
pub(crate) fn unreadable(id: &str) -> NewEntry {
    let mut new = sample(id, "{}");
    new.unreadable = Some("unknown event name".to_owned());
    new
}

/// Stores an entry, or finds the one that it repeats.
pub(crate) async fn accept(store: &impl Store, new: NewEntry) -> EntryId {
    store.accept(new).await.unwrap().id()
}

/// Stores a sample with this many attempts.
pub(crate) async fn stored(store: &impl Store, id: &str, attempts: u32) -> EntryId {
    let mut new = sample(id, "{}");
    new.attempts = attempts;
    match store.accept(new).await {
        Ok(Accepted::Stored(entry)) => entry,
        other => panic!("`{id}` was not stored: {other:?}"),
    }
}

/// Stores a sample and completes it.
pub(crate) async fn completed(store: &impl Store, id: &str) -> EntryId {
    let entry = stored(store, id, 3).await;
    process(store, Finish::Complete(Some("why".into()))).await;
    entry
}

/// Stores a sample and makes a dead letter of it.
pub(crate) async fn discarded(store: &impl Store, id: &str) -> EntryId {
    let entry = stored(store, id, 3).await;
    process(store, Finish::Discard("why".into())).await;
    entry
}

/// Claims entries of the endpoint `shop`.
pub(crate) async fn claim(store: &impl Store, most: usize, lease: Duration) -> Vec<Claim> {
    store.claim(ClaimRequest::new("worker", &["shop".to_owned()], most, lease)).await.unwrap()
}

/// Claims the only entry that is due.
pub(crate) async fn claim_one(store: &impl Store, lease: Duration) -> Claim {
    let mut claims = claim(store, 10, lease).await;
    assert_eq!(claims.len(), 1, "exactly one entry is due");
    claims.remove(0)
}

/// Claims entries of the endpoint `shop`, parked ones too.
pub(crate) async fn claim_with_parked(store: &impl Store) -> Vec<Claim> {
    let shop = ["shop".to_owned()];
    store.claim(ClaimRequest::new("worker", &shop, 10, LONG).unknown(&shop)).await.unwrap()
}

/// Asserts that no entry is due.
pub(crate) async fn assert_none_due(store: &impl Store, why: &str) {
    let claims = claim(store, 10, LONG).await;
    assert!(claims.is_empty(), "{why}: {claims:?}");
}

/// Finishes an attempt whose lease is held.
pub(crate) async fn finish(store: &impl Store, lease: &Lease, finish: Finish) {
    assert!(store.finish(lease, finish).await.unwrap(), "the lease is held: {lease:?}");
}

/// Claims the only entry that is due, and finishes the attempt.
pub(crate) async fn process(store: &impl Store, end: Finish) -> Claim {
    let claim = claim_one(store, LONG).await;
    finish(store, &claim.lease, end).await;
    claim
}

/// Returns a rule that prunes every finished entry of the endpoint `shop`, with its id.
pub(crate) fn everything_finished() -> PruneRule {
    let zero = Duration::ZERO;
    PruneRule::new("shop", zero, zero, Some(zero), 100).parked(Some(zero))
}

/// Returns an entry that is kept.
pub(crate) async fn entry(store: &impl Store, id: EntryId) -> Entry {
    store.get(id).await.unwrap().expect("the entry is kept")
}

/// Returns the state of an entry that is kept.
pub(crate) async fn state(store: &impl Store, id: EntryId) -> State {
    entry(store, id).await.state
}

/// Returns the delivery of an entry whose body is kept.
pub(crate) async fn body(store: &impl Store, id: EntryId) -> StoredDelivery {
    store.body(id).await.unwrap().expect("the body is kept")
}

/// Returns the kinds of an entry's history lines, the oldest first.
pub(crate) async fn history(store: &impl Store, id: EntryId) -> Vec<String> {
    store.history(id).await.unwrap().into_iter().map(|line| line.what).collect()
}

/// Returns the entries that were claimed.
pub(crate) fn ids(claims: &[Claim]) -> Vec<EntryId> {
    claims.iter().map(|claim| claim.lease.id).collect()
}

/// Sleeps, so that two times differ or a short lease expires.
pub(crate) async fn sleep(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Sleeps until a lease of [`SHORT`] has expired.
pub(crate) async fn let_short_lease_expire() {
    tokio::time::sleep(SHORT + Duration::from_millis(150)).await;
}
