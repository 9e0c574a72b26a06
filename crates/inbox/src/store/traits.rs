//! The traits of a store.
//!
//! - Guarantees: an `Ok` means that the change is durable, and an attempt ends only while its lease is held.
//! - Assumes: the database serializes changes of one entry, and a unique index decides whether an id is taken. Workers
//!   in other processes call the same store at the same time.
//! - Without it: an acknowledged event is lost, or two workers process one event.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks::{DeliveryId, Fingerprint, StoredDelivery};
use time::OffsetDateTime;

use super::{
    Accepted, Act, Activity, ActivityOf, ByHand, Claim, ClaimRequest, Completion, Counts, Decoded, EndpointStats,
    Entry, EntryId, Erasure, Filter, Finish, HistoryLine, Lease, NewEntry, PruneRule, Pruned, RefusedRequest,
    SecretUse, Stats, StoreError, StoredEndpoint,
};
use crate::outcome::Outcome;
use crate::reason::Reason;

/// The storage of an inbox. A store is cheap to clone, and all clones share the same entries.
///
/// The inbox is generic over its store, because the transaction that a handler writes in depends on the store. Every
/// store passes the checks of `referral-webhooks-inbox-conformance`. The rules in short:
///
/// - An `Ok` means that the change is as durable as the store is.
/// - A tenant of an endpoint has one entry per delivery id. A unique index decides this, because two concurrent inserts can both
///   read that the id is free.
/// - All times come from one clock, the store's.
/// - An attempt is counted when it is claimed, and an expired lease ends no attempt.
///
/// ```
/// use referral_webhooks_inbox::store::{Entry, Filter, State, Store, StoreError};
///
/// async fn dead_letters<S: Store>(store: &S) -> Result<Vec<Entry>, StoreError> {
///     store.list(Filter::new().state(State::Discarded)).await
/// }
/// ```
pub trait Store: fmt::Debug + Clone + Send + Sync + 'static {
    /// Stores a delivery, or returns the entry that has its id.
    ///
    /// - A new entry is inserted in its [`state`](NewEntry::state).
    /// - A delivery with the id and the body of an entry is a repeat. If the id is a
    ///   [`Digest`](referral_webhooks::Strength::Digest), a delivery with another body is a repeat too, but neither is
    ///   one if it came [too late](NewEntry::late_after).
    /// - Every other delivery under a known id becomes an entry with an id derived from it, a dead letter: see
    ///   [`Conflict`](super::Conflict). Its repeats are repeats of that entry and never revive it.
    /// - A delivery with a new id and the [business key](NewEntry::business_key) of an entry is stored as a cancelled
    ///   entry, and is a repeat of the entry that has the key: see [`SameKey`](super::SameKey). The delivery id is
    ///   looked up first, and a second unique index decides about keys in the same statement. A known id leads to the
    ///   entry that has the key, too, if its entry is such a repeat. A conflict has its business key only if no other
    ///   entry has it.
    /// - If one delivery under an id [keeps its id](NewEntry::keeps_id), the entry with the id keeps it too.
    /// - A repeat restores a deleted body if the entry is a dead letter or parked.
    /// - The first entry decides how the entries of a store are sealed. It writes the [mark](Self::mark)
    ///   [`SEAL_MARK`](super::SEAL_MARK) with [`NewEntry::seal_mark`]. The store refuses entries with another mark,
    ///   because sealing changes ids, and a repeat would be processed as a new event.
    fn accept(&self, entry: NewEntry) -> impl Future<Output = Result<Accepted, StoreError>> + Send;

    /// Stores the items of one delivery in one transaction, all of them or none, and returns the results in their order.
    ///
    /// - Each item is accepted as by [`accept`](Self::accept), by its own id, body digest, business key and subject. Of
    ///   two items with one id, the second is a repeat or a conflict of the first.
    /// - All items have one [`delivery`](NewEntry::delivery). Its headers and body are stored once, and deleted with the
    ///   last entry that has them.
    fn accept_items(&self, items: Vec<NewEntry>) -> impl Future<Output = Result<Vec<Accepted>, StoreError>> + Send;

    /// Claims due entries: the oldest first, and each endpoint in turn.
    ///
    /// - If more entries of an endpoint are due than the claim takes, the endpoint's tenants have turns: each gets an
    ///   equal share, the oldest of its entries first, and the next claim continues with the tenant after the last one.
    ///   The oldest entry of the endpoint has a turn in each round, too.
    /// - An entry whose lease expired is due. If its last attempt is over, it becomes a dead letter instead.
    /// - Parked entries are claimed after the due ones, and only for endpoints whose
    ///   [unknown events](ClaimRequest::unknown) the worker handles. [Held](Finish::Hold) entries are not claimed.
    /// - A claim returns at most [`most`](ClaimRequest::most) entries. It ends with the body that exceeds
    ///   [`most_bytes`](ClaimRequest::most_bytes).
    /// - At most one unfinished entry of a subject, within its endpoint and tenant, is available, running or retryable, and all others are
    ///   [waiting](super::State::Waiting). An available entry yields to an earlier one that arrives later. An entry
    ///   that has begun keeps its turn.
    /// - An entry abandoned for the n-th time, n ≥ 2, becomes due after a random wait of up to (n − 1)² leases, and of
    ///   100 leases at most. It is then [isolated](Claim::isolated): the claim returns no other entry. Otherwise an
    ///   event that kills its process would take the same concurrent entries down each time, until all of them are dead
    ///   letters.
    fn claim(&self, wanted: ClaimRequest) -> impl Future<Output = Result<Vec<Claim>, StoreError>> + Send;

    /// Extends a lease by its full length from now. Returns `false` if it has expired.
    fn extend(&self, lease: &Lease) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends an attempt. Returns `false`, and changes no entry, if the lease has expired.
    fn finish(&self, lease: &Lease, finish: Finish) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Resolves when an entry may have become due, at the latest after `patience`. A notification wakes one waiter.
    fn wait(&self, patience: Duration) -> impl Future<Output = ()> + Send;

    /// Returns one entry.
    fn get(&self, id: EntryId) -> impl Future<Output = Result<Option<Entry>, StoreError>> + Send;

    /// Returns the entries that match, the newest first unless the [filter](Filter::oldest_first) says otherwise.
    fn list(&self, filter: Filter) -> impl Future<Output = Result<Vec<Entry>, StoreError>> + Send;

    /// Counts the entries that match, without a [limit](Filter::most).
    fn count(&self, filter: Filter) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Counts the entries that match by their state, without the filter's states, page and order. The figures cost little,
    /// however many entries there are: see [`Counts`].
    fn counts(&self, filter: Filter) -> impl Future<Output = Result<Counts, StoreError>> + Send;

    /// Returns the stored delivery of an entry; `None` if it was deleted.
    fn body(&self, id: EntryId) -> impl Future<Output = Result<Option<StoredDelivery>, StoreError>> + Send;

    /// Returns the history of an entry, the oldest line first.
    fn history(&self, id: EntryId) -> impl Future<Output = Result<Vec<HistoryLine>, StoreError>> + Send;

    /// Writes a line about a person into the history of an entry, `revealed` say, and changes nothing else. Returns
    /// `false` if the entry is unknown.
    fn record(&self, id: EntryId, what: &str, by: ByHand<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Returns the lines of persons in the histories of all entries, the newest first: `most` of them, whose
    /// [number](Act::number) is lower than `before`.
    fn acts_by_hand(&self, before: Option<i64>, most: u32)
    -> impl Future<Output = Result<Vec<Act>, StoreError>> + Send;

    /// Processes a finished entry again, with this many attempts. Returns `false` if the entry is unknown, unfinished,
    /// or without a body.
    fn redeliver(
        &self,
        id: EntryId,
        attempts: u32,
        by: ByHand<'_>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Saves the event that this version decodes from an entry. A parked entry or dead letter that is readable now is
    /// processed with this many attempts, in the order of its [subject](Decoded::subject). A
    /// [conflict](Accepted::Conflict) stays a dead letter. Returns whether the entry is going to be processed.
    fn redecode(
        &self,
        id: EntryId,
        decoded: Decoded,
        attempts: u32,
        by: ByHand<'_>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Gives an entry a business key, unless it has one or another entry of its endpoint has this one. Returns the entry
    /// that has the key, and notes it in [`Entry::repeat_of`] if it is another one.
    ///
    /// `key` is the digest, as in [`NewEntry::business_key`]. The method serves entries that were stored without a key,
    /// because this version could not read them.
    fn hold_key(&self, id: EntryId, key: &str) -> impl Future<Output = Result<EntryId, StoreError>> + Send;

    /// Returns the secrets that proved the stored bodies of an endpoint. The figure costs little, however many bodies
    /// there are.
    fn secrets(&self, endpoint: &str) -> impl Future<Output = Result<Vec<SecretUse>, StoreError>> + Send;

    /// Returns the form in which the store keeps a fingerprint: unchanged, or an HMAC of it in a store that encrypts.
    fn kept_fingerprint(&self, fingerprint: Fingerprint) -> Fingerprint {
        fingerprint
    }

    /// Returns the form in which the store keeps a delivery id: unchanged, or an HMAC of it in a store that encrypts.
    fn kept_delivery_id(&self, id: &DeliveryId) -> String {
        id.as_str().to_owned()
    }

    /// Cancels an entry that is due, waiting, parked or a dead letter. Returns `false` if it is unknown, running,
    /// completed or cancelled.
    fn cancel(&self, id: EntryId, by: ByHand<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Completes an entry that is neither running nor completed, because an operator knows that its event was processed.
    /// Returns `false` if it is unknown, running or completed.
    fn mark_done(&self, id: EntryId, by: ByHand<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Makes a dead letter of an entry that is due, waiting or parked, for this reason. Its history has the reason of
    /// `by`, or else this one. Returns `false` if it is unknown, running or finished otherwise.
    fn discard(
        &self,
        id: EntryId,
        reason: Reason,
        by: ByHand<'_>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Releases a running entry from its worker: the entry is due immediately, the attempt does not count, and the
    /// worker's lease is void. Returns `false` if the entry is not running.
    fn release(&self, id: EntryId, by: ByHand<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Erases an entry's body and reasons, which may contain personal data. Its id, the digest of its business key, its
    /// history and the reason of `by` stay, so that a repeat is recognized.
    ///
    /// An entry that is not completed is cancelled, because a repeat would revive an erased dead letter. A later
    /// delivery with the same id and another body is a [conflict](Self::accept) with another body: it may concern
    /// the same person and has to be erased separately.
    ///
    /// If the body holds several events, the other processed entries lose it too. An entry that is not processed keeps
    /// it, and the store deletes it after the last of them: see [`Erasure::Shared`].
    fn erase(&self, id: EntryId, by: ByHand<'_>) -> impl Future<Output = Result<Erasure, StoreError>> + Send;

    /// Deletes old bodies and entries, up to the rule's bounds in one call.
    ///
    /// Age is measured in proven time: a clock that jumps ahead for seconds deletes no entry, and a clock that was slow
    /// ages no entry early. A body is deleted together with its reasons, because they may contain personal data too. An
    /// entry is deleted after its body, and never if it [keeps its id](NewEntry::keeps_id).
    fn prune(&self, rule: PruneRule) -> impl Future<Output = Result<Pruned, StoreError>> + Send;

    /// Makes the earliest waiting entry due in every subject without an active entry, and returns the number of such
    /// subjects. A process that dies between completing an entry and promoting the next one leaves an orphan.
    fn promote_orphans(&self, endpoint: &str) -> impl Future<Output = Result<u64, StoreError>> + Send {
        let _ = endpoint;
        std::future::ready(Ok(0))
    }

    /// Writes refused requests, each into the [slot](super::Slot::for_new) of its endpoint that has the rarest use. An
    /// endpoint has at most `most` slots.
    fn keep_refused(
        &self,
        requests: Vec<RefusedRequest>,
        most: u32,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the refused requests of an endpoint, the newest first.
    fn refused(&self, endpoint: &str) -> impl Future<Output = Result<Vec<RefusedRequest>, StoreError>> + Send;

    /// Erases the refused requests of an endpoint that were refused at this time.
    fn erase_refused(
        &self,
        endpoint: &str,
        at: OffsetDateTime,
    ) -> impl Future<Output = Result<Erasure, StoreError>> + Send;

    /// Writes a small record as durably as a delivery, to prove that a delivery could be accepted now.
    fn probe(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes a mark unless one of this name exists, and returns the one that is stored. A mark never changes.
    fn mark(&self, name: &str, value: &str) -> impl Future<Output = Result<String, StoreError>> + Send;

    /// Fails if the store would refuse entries with this [seal mark](NewEntry::seal_mark). The check writes no mark.
    fn admits(&self, seal_mark: &str) -> impl Future<Output = Result<(), StoreError>> + Send {
        let _ = seal_mark;
        std::future::ready(Ok(()))
    }

    /// Counts the entries by state, except completed and cancelled ones, whose numbers grow without bound.
    fn stats(&self) -> impl Future<Output = Result<Stats, StoreError>> + Send;

    /// Counts the same entries by endpoint: for these endpoints, and for all others with entries that [`stats`](Self::stats)
    /// counts. The endpoints are ordered by name.
    fn endpoint_stats(
        &self,
        endpoints: &[String],
    ) -> impl Future<Output = Result<Vec<EndpointStats>, StoreError>> + Send;

    /// Returns the endpoints with entries or kept refused requests, in the order of their names. The figures cost little,
    /// however many entries there are.
    fn endpoints(&self) -> impl Future<Output = Result<Vec<StoredEndpoint>, StoreError>> + Send;

    /// Returns the deliveries and attempts of a time by its buckets. A delivery is in the bucket of its receipt, and an
    /// attempt in that of its end.
    fn activity(&self, of: ActivityOf) -> impl Future<Output = Result<Vec<Activity>, StoreError>> + Send;
}

/// The work of a handler within a store's transaction.
///
/// ```
/// use referral_webhooks_inbox::{Outcome, store::Work};
///
/// // A transaction that is a list of statements.
/// let work: Work<Vec<String>> = Box::new(|statements| {
///     statements.push("INSERT INTO credit …".to_owned());
///     Box::pin(async { Outcome::Done })
/// });
/// # let mut statements = Vec::new();
/// # assert_eq!(futures_util::FutureExt::now_or_never(work(&mut statements)), Some(Outcome::Done));
/// # assert_eq!(statements.len(), 1);
/// ```
pub type Work<Tx> = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome> + Send>;

/// A store that lets handlers write in its transactions.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_inbox::store::TransactionalStore;
/// use referral_webhooks_inbox::{Intake, Outcome, Worker};
///
/// fn work<S: TransactionalStore>(worker: Worker<S>, redpin: &Intake<Redpin, S>) -> Worker<S> {
///     worker.run_in_tx(redpin, async |_delivery, _attempt, _transaction: &mut S::Tx| Outcome::Done)
/// }
/// ```
pub trait TransactionalStore: Store {
    /// The transaction or connection that a handler writes with.
    type Tx: Send + 'static;

    /// The time limit of a handler, if the worker has [none of its own](crate::Worker::limit_in_tx). `None` is the
    /// [ordinary limit](crate::Worker::limit) of handlers.
    ///
    /// A store that stores no delivery while a handler runs states a short limit.
    const LIMIT_IN_TX: Option<Duration> = None;

    /// Processes a claimed entry in one transaction: the handler's writes and the end of the attempt are committed
    /// together or not at all.
    ///
    /// - The lease is checked before the work begins.
    /// - The outcomes [`Done`](Outcome::Done) and [`Ignored`](Outcome::Ignored) commit the handler's writes.
    /// - Any other outcome, a panic, or the expiry of `limit` rolls them back, and the attempt ends without them. The
    ///   entry waits for `back_off` if the handler names no wait.
    /// - Dropping the future rolls the writes back, unless the commit has begun. The attempt continues until it is
    ///   finished or its lease expires.
    ///
    /// Returns `None`, and changes no entry, if the lease has expired.
    fn process(
        &self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<Self::Tx>,
    ) -> impl Future<Output = Result<Option<Finish>, StoreError>> + Send;
}

/// A store in an SQL database, so that an application's own transaction can complete an entry with any driver.
///
/// ```
/// use referral_webhooks_inbox::store::{Completion, Lease, SqlStore};
///
/// fn statement<S: SqlStore>(store: &S, lease: &Lease) -> &'static str {
///     store.completion(lease).statement
/// }
/// ```
pub trait SqlStore: Store {
    /// Returns the statement that completes a leased entry.
    fn completion(&self, lease: &Lease) -> Completion;

    /// Returns whether that statement was committed, according to the entry's history.
    fn was_completed(&self, lease: &Lease) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
