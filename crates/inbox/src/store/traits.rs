//! What an inbox asks of its storage.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks::StoredDelivery;
use time::OffsetDateTime;

use crate::outcome::{Finish, Outcome};
use crate::store::{Accepted, Claim, Decoded, Entry, EntryId, Erasure, Lease, NewEntry, PruneRule, Pruned, Reason};
use crate::store::{State, Stats};

/// The name of the mark that says who seals the entries of a store: see [`Store::accept`].
pub const SEAL_MARK: &str = "seal";

/// What an inbox asks of its storage. Cheap to clone; all clones are one store.
///
/// It is generic instead of `dyn`: which transaction a handler writes in depends on the store, and nobody changes
/// stores while a program runs. Every store passes the checks of `referral-webhooks-inbox-conformance`; they say what is
/// promised. In short:
///
/// - whatever returns `Ok` is durable, as far as the store is;
/// - one entry per endpoint and key, decided by an index and never by looking first;
/// - times are told by one clock, the store's;
/// - an attempt is counted when it is claimed, and a lease that is over ends nothing any more.
pub trait Store: fmt::Debug + Clone + Send + Sync + 'static {
    /// Keeps a delivery, or says which entry has its key.
    ///
    /// - An entry is inserted in its [`state`](NewEntry::state).
    /// - A delivery with the key and the body of an entry is a repeat. So is one with the key alone if the key is a
    ///   [`Digest`](referral_webhooks::Strength::Digest), unless it [came too late](NewEntry::late_after).
    /// - Every other delivery under a known key is stored as an entry of its own, a dead letter: see [`Conflict`](crate::store::Conflict).
    ///   Its repeats are repeats of that entry, and never revive it.
    /// - Where any delivery under a key [keeps its id](NewEntry::keeps_id), so does the entry with the key.
    /// - A repeat restores the body of a dead letter or parked entry that has lost it.
    /// - The first entry decides who seals the entries of a store: it writes the [mark](Self::mark) [`SEAL_MARK`] with
    ///   [`NewEntry::seal_mark`]. An entry with another one is refused, because the ids of entries that are sealed in
    ///   another way, or are not sealed, differ: a repeat would be new.
    fn accept(&self, entry: NewEntry) -> impl Future<Output = Result<Accepted, StoreError>> + Send;

    /// Claims what is due: what waits, and what a dead worker has left, oldest first, each endpoint in turn. What a dead
    /// worker left on its last attempt becomes a dead letter instead. Parked entries are claimed after what is due, and
    /// only for endpoints whose [unknown events](ClaimRequest::unknown) are asked for.
    ///
    /// A claim takes [so many](ClaimRequest::most) entries and [so many bytes](ClaimRequest::most_bytes) of bodies at most,
    /// and one body more; the others stay as they are.
    ///
    /// Of the unfinished entries about one subject, one is available, running or retryable at most, and all others are
    /// [waiting](State::Waiting). What waits is due when nothing before it is unfinished any more. An available entry
    /// gives way to an earlier one that comes; one that was begun keeps its turn.
    ///
    /// What was left more than once is not claimed at once: it waits, each entry for a time of its own, up to (n − 1)²
    /// leases when it was left for the n-th time, and never more than 100. Then it is [claimed alone](Claim::isolated),
    /// with no other entry in the same answer: one that kills its worker would else be taken up together with its neighbours
    /// again and again, until all of them are dead letters.
    fn claim(&self, wanted: ClaimRequest) -> impl Future<Output = Result<Vec<Claim>, StoreError>> + Send;

    /// Begins the lease anew. `false`: it was lost.
    fn extend(&self, lease: &Lease) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends the attempt. `false`: the lease was lost, and nothing has changed.
    fn finish(&self, lease: &Lease, finish: Finish) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Resolves when something may have become due, at the latest after `patience`. Of several who wait, one is told.
    fn wait(&self, patience: Duration) -> impl Future<Output = ()> + Send;

    /// One entry.
    fn get(&self, id: EntryId) -> impl Future<Output = Result<Option<Entry>, StoreError>> + Send;

    /// Entries, the newest first.
    fn list(&self, filter: Filter) -> impl Future<Output = Result<Vec<Entry>, StoreError>> + Send;

    /// Returns the stored delivery of an entry; `None` if it is no longer kept.
    fn body(&self, id: EntryId) -> impl Future<Output = Result<Option<StoredDelivery>, StoreError>> + Send;

    /// What happened to an entry, the oldest first.
    fn history(&self, id: EntryId) -> impl Future<Output = Result<Vec<HistoryLine>, StoreError>> + Send;

    /// Processes a finished entry again, with this many attempts. `false`: it is unknown, unfinished, or has no body.
    fn redeliver(&self, id: EntryId, attempts: u32, by: &str) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Keeps what a later version reads in an entry, and processes it with this many attempts if it was parked or a dead
    /// letter and can be read now: in its turn, if it has a [subject](Decoded::subject) now. A
    /// [conflict](Accepted::Conflict) stays a dead letter. `false`: it is not going to be processed.
    fn redecode(
        &self,
        id: EntryId,
        reading: Decoded,
        attempts: u32,
        by: &str,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Takes an entry out that waits, is parked or is a dead letter. `false`: there is none of this number.
    fn cancel(&self, id: EntryId, by: &str) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Takes a running entry from its worker: it is due at once, and the attempt does not count. Its lease ends nothing
    /// any more. `false`: it does not run.
    fn release(&self, id: EntryId, by: &str) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Erases what may be about people (bodies, reasons) and keeps key and history, so that repeats are still known.
    /// What is not completed is cancelled: one that waits, and a dead letter, which its repeat would else revive.
    /// [`NotErased`](Erasure::NotErased): it is unknown, or is being processed.
    ///
    /// What comes later under its key with another body is a delivery of its own, and is [kept](Self::accept) as such: it
    /// may be about the same person, and is erased by itself.
    fn erase(&self, id: EntryId, by: &str) -> impl Future<Output = Result<Erasure, StoreError>> + Send;

    /// Forgets what is old enough, a bounded number of entries and bytes a call. Age is judged by proven time: a clock
    /// that is ahead for seconds deletes nothing, and one that was behind lets nothing age early. With a body go the
    /// reasons: they may be about people too. An entry is forgotten only when its body is, and never if it [keeps its
    /// id](NewEntry::keeps_id).
    fn prune(&self, rule: PruneRule) -> impl Future<Output = Result<Pruned, StoreError>> + Send;

    /// Makes the earliest waiting entry due in each subject of an endpoint in which no other entry is unfinished and not
    /// waiting, and returns how many that were. A process may have died after an entry was completed, and before the next
    /// one was made due.
    fn promote_orphans(&self, endpoint: &str) -> impl Future<Output = Result<u64, StoreError>> + Send {
        let _ = endpoint;
        std::future::ready(Ok(0))
    }

    /// Writes something small, as durably as a delivery: whether one could be accepted now.
    fn probe(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes a mark unless there is one of this name, and returns the one that there is then. Marks are never changed.
    fn mark(&self, name: &str, value: &str) -> impl Future<Output = Result<String, StoreError>> + Send;

    /// Refuses if entries with this [seal mark](NewEntry::seal_mark) would be refused. Nothing is written: the first entry
    /// decides.
    fn admits(&self, seal_mark: &str) -> impl Future<Output = Result<(), StoreError>> + Send {
        let _ = seal_mark;
        std::future::ready(Ok(()))
    }

    /// What waits, without counting what is completed: that number grows for ever.
    fn stats(&self) -> impl Future<Output = Result<Stats, StoreError>> + Send;
}

/// What a handler does within a store's transaction.
pub type Work<Tx> = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome> + Send>;

/// A store in whose transactions handlers can write.
pub trait TransactionalStore: Store {
    /// What a handler writes with.
    type Tx: Send;

    /// Processes a claimed entry: what the handler writes and the end of the attempt are committed together, or neither
    /// is.
    ///
    /// - The lease is checked first, and the work is not begun if it was lost.
    /// - If the outcome is [`Done`](Outcome::Done) or [`Ignored`](Outcome::Ignored), both are committed.
    /// - Otherwise, after a panic, and if `limit` is over, what the handler wrote is rolled back, and the attempt ends
    ///   without it; the wait is `back_off` if the handler names none.
    /// - If it is given up, so is the work, and what was written is rolled back, unless it is being committed already.
    ///   The attempt goes on until it is ended or its lease is over.
    ///
    /// `None`: the lease was lost, and nothing has changed.
    fn process(
        &self,
        lease: &Lease,
        limit: Duration,
        back_off: Duration,
        work: Work<Self::Tx>,
    ) -> impl Future<Output = Result<Option<Finish>, StoreError>> + Send;
}

/// A store that is a database of SQL, in which an entry can be completed with any driver: in a transaction of the
/// application's own.
pub trait SqlStore: Store {
    /// The statement that completes what is held.
    fn completion(&self, lease: &Lease) -> Completion;

    /// Whether that statement was committed; it is then in the entry's history.
    fn was_completed(&self, lease: &Lease) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// The statement that completes an entry: for the application's own transaction, with any driver.
///
/// Execute it in the transaction that writes the effect, and **demand that it changed one row**. If it changed none, the
/// lease was lost: roll back, for somebody else has the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completion {
    /// The text, with the placeholders of the database.
    pub statement: &'static str,
    /// What goes into the placeholders, in their order: the entry and the attempt, 64-bit integers.
    pub parameters: [i64; 2],
}

impl Completion {
    /// A completion as a store gives it.
    #[must_use]
    pub const fn new(statement: &'static str, lease: &Lease) -> Self {
        Self { statement, parameters: [lease.id.0, lease.attempt as i64] }
    }
}

/// Which entries a worker wants.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClaimRequest {
    /// Who asks.
    pub worker: String,
    /// Whose entries, the one that comes first served first.
    pub endpoints: Vec<String>,
    /// Those of the endpoints whose parked entries are wanted too.
    pub unknown: Vec<String>,
    /// How many at most.
    pub most: usize,
    /// The bytes of the bodies of a call, and one body more.
    pub most_bytes: u64,
    /// For how long.
    pub lease: Duration,
}

impl ClaimRequest {
    /// The most bytes of bodies a call, if not set: what a store reads in some milliseconds.
    pub const MOST_BYTES: u64 = 4 * 1024 * 1024;

    /// A request.
    #[must_use]
    pub fn new(worker: &str, endpoints: &[String], most: usize, lease: Duration) -> Self {
        let (worker, endpoints, most_bytes) = (worker.to_owned(), endpoints.to_vec(), Self::MOST_BYTES);
        Self { worker, endpoints, unknown: Vec::new(), most, most_bytes, lease }
    }

    /// Asks for the parked entries of these endpoints too.
    #[must_use]
    pub fn unknown(self, endpoints: &[String]) -> Self {
        Self { unknown: endpoints.to_vec(), ..self }
    }

    /// Returns how many parked entries a claim takes after these: none where their endpoints are not asked for, an
    /// isolated entry must run alone, or no bytes are left.
    #[must_use]
    pub fn room_for_parked(&self, claims: &[Claim]) -> usize {
        let is_isolated = claims.first().is_some_and(|first| first.isolated);
        if self.unknown.is_empty() || is_isolated || self.bytes_left(claims) == 0 {
            return 0;
        }
        self.most.saturating_sub(claims.len())
    }

    /// Returns how many bytes of bodies a claim takes after these, and one body more; zero if it takes none.
    #[must_use]
    pub fn bytes_left(&self, claims: &[Claim]) -> u64 {
        let bodies = claims.iter().filter_map(|claim| claim.delivery.as_ref());
        let taken = bodies.map(|delivery| delivery.body.len() as u64).sum();
        self.most_bytes.max(1).saturating_sub(taken)
    }

    /// For how long the entries are leased: [`Lease::LONGEST`] at most.
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.lease.min(Lease::LONGEST)
    }

    /// How many entries each endpoint may have before the others had theirs: a flood at one does not starve the rest.
    #[must_use]
    pub fn share(&self) -> usize {
        self.most.div_ceil(self.endpoints.len().max(1)).min(self.most)
    }
}

/// Which entries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// Of this endpoint only.
    pub endpoint: Option<String>,
    /// In this state only.
    pub state: Option<State>,
    /// Those only whose event is `Other`.
    pub is_unreadable: bool,
    /// Those only whose body is kept.
    pub has_body: bool,
    /// Older than this one only: the last of the page before.
    pub before: Option<EntryId>,
    /// How many at most; 100 if not set.
    pub most: Option<u32>,
}

impl Filter {
    /// Every entry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Of this endpoint only.
    #[must_use]
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        Self { endpoint: Some(endpoint.into()), ..self }
    }

    /// In this state only.
    #[must_use]
    pub fn state(self, state: State) -> Self {
        Self { state: Some(state), ..self }
    }

    /// Those only whose event is `Other`: unknown, or not to be read by the version that received it.
    #[must_use]
    pub fn unreadable(self) -> Self {
        Self { is_unreadable: true, ..self }
    }

    /// Those only whose body is kept.
    #[must_use]
    pub fn with_body(self) -> Self {
        Self { has_body: true, ..self }
    }

    /// Older than this one only.
    #[must_use]
    pub fn before(self, id: EntryId) -> Self {
        Self { before: Some(id), ..self }
    }

    /// At most so many.
    #[must_use]
    pub fn most(self, most: u32) -> Self {
        Self { most: Some(most), ..self }
    }

    /// How many at most.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.most.unwrap_or(100)
    }
}

/// A line of an entry's history: the end of an attempt, or something done by hand. Lines are only added.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryLine {
    /// When, by the store's clock.
    pub at: OffsetDateTime,
    /// What: `completed`, `retry`, `discarded`, `parked`, `released`, `abandoned`, `revived`, `redelivered`, `redecoded`,
    /// `cancelled`, `released`, `erased`.
    pub what: String,
    /// During or after which attempt.
    pub attempt: u32,
    /// The worker or the person.
    pub by: String,
    /// The reason, where one was given.
    pub reason: Option<String>,
}

impl HistoryLine {
    /// A line.
    #[must_use]
    pub fn new(at: OffsetDateTime, what: &str, attempt: u32, by: &str, reason: Option<&Reason>) -> Self {
        let reason = reason.map(|reason| reason.as_str().to_owned());
        Self { at, what: what.to_owned(), attempt, by: by.to_owned(), reason }
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug)]
pub struct StoreError(Box<dyn StdError + Send + Sync>);

impl StoreError {
    /// An error with its cause. The cause is logged: it must not quote what it was storing.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl StoreError {
    /// The error of an entry whose seal is not that of its store.
    #[must_use]
    pub fn other_seal() -> Self {
        Self::new("the entries of this store are sealed in another way, or not at all: a repeat would be new")
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store failed")
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.0.as_ref())
    }
}
