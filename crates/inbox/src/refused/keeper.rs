//! The observer that keeps refused requests, and the intake's methods around it.
//!
//! - Guarantees: an endpoint writes at most [`BATCH`] refused requests a second, in one transaction, whatever strangers
//!   send. A refusal waits for no write.
//! - Assumes: refusals are observed within a tokio runtime, and several runtimes may observe at the same time.
//! - Without it: a flood of forged requests occupies the store's writer, and genuine deliveries time out.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::{Observer, Refused};
use tokio::runtime::Handle;
use tokio::time::sleep;

use super::rule::KeepRefused;
use crate::intake::Intake;
use crate::store::{Erasure, NOT_SEALED, RefusedRequest, Slot, Store, StoreError};
use crate::telemetry::{self, cause};

/// The maximum number of requests in one write.
const BATCH: u32 = 16;

/// The pause after a write.
const PAUSE: Duration = Duration::from_secs(1);

/// The time in which requests gather before a write.
const GATHER: Duration = Duration::from_millis(50);

impl<P: Platform, S: Store> Intake<P, S> {
    /// Keeps refused requests in the store, for `refhook doctor`: the newest of each kind, within these bounds.
    ///
    /// Use the endpoint of this intake afterwards, or its ready-made routes, because a clone that was taken before reports
    /// no refusals. URL tokens and credentials in headers are masked. Bodies are as they came: a request that is genuine
    /// holds personal data. A [`Sealed`](crate::Sealed) store encrypts headers and bodies.
    ///
    /// A background task writes at most 16 requests a second. Of more, it keeps those of the rarest kinds and the newest,
    /// and counts the others in the metric `inbox_refused_dropped_total`.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// use referral_webhooks_inbox::KeepRefused;
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    ///
    /// let redpin = inbox.intake("redpin-main", endpoint)?.keep_refused(KeepRefused::new());
    /// assert!(redpin.endpoint().is_observed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn keep_refused(self, rule: KeepRefused) -> Self {
        let keeper =
            Keeper { store: self.store().clone(), endpoint: self.name().into(), rule, waiting: Arc::default() };
        self.observed_by(Arc::new(keeper)).prune_refused(rule.age)
    }

    /// Returns the kept requests, the newest first. Those that the store cannot decrypt are left out.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::Intake;
    /// # use referral_webhooks_inbox::store::Store;
    /// async fn export<S: Store>(redpin: &Intake<Redpin, S>) -> Result<(), Box<dyn std::error::Error>> {
    ///     for (number, refused) in redpin.refused().await?.iter().enumerate() {
    ///         println!("{number}: {} at {}", refused.reason, refused.at);
    ///         std::fs::write(format!("refused-{number}.http"), refused.to_http())?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn refused(&self) -> Result<Vec<RefusedRequest>, StoreError> {
        let mut refused = self.store().refused(self.name()).await?;
        refused.retain(|refused| !refused.is_sealed);
        Ok(refused)
    }

    /// Erases the kept requests that concern a person, according to a predicate, and returns their number.
    /// [`erase_where`](Self::erase_where) does not search them, because they are not deliveries.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::Intake;
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// async fn erase<S: Store>(redpin: &Intake<Redpin, S>, address: &[u8]) -> Result<u64, StoreError> {
    ///     let is_theirs = |body: &[u8]| body.windows(address.len()).any(|part| part.eq_ignore_ascii_case(address));
    ///     redpin.erase_refused_where(|refused| is_theirs(&refused.body)).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails. Requests that were erased before stay erased.
    pub async fn erase_refused_where(&self, is_theirs: impl Fn(&RefusedRequest) -> bool) -> Result<u64, StoreError> {
        let mut erased = 0;
        for refused in self.refused().await?.iter().filter(|refused| is_theirs(refused)) {
            erased += u64::from(self.store().erase_refused(self.name(), refused.at).await? != Erasure::NotErased);
        }
        Ok(erased)
    }
}

struct Keeper<S> {
    store: S,
    endpoint: Arc<str>,
    rule: KeepRefused,
    waiting: Arc<Mutex<Waiting>>,
}

/// The requests that wait for the next write.
#[derive(Default)]
struct Waiting {
    requests: Vec<RefusedRequest>,
    slots: Vec<Slot>,
    written: i64,
    dropped: u64,
    /// Whether a task is going to write them.
    has_writer: bool,
}

impl Waiting {
    fn push(&mut self, request: RefusedRequest) {
        self.written += 1;
        let number = Slot::for_new(&self.slots, &request.kind, BATCH);
        let slot = Slot { number, kind: request.kind.clone(), written: self.written };
        match self.requests.get_mut(number as usize) {
            Some(place) => {
                *place = request;
                self.slots[number as usize] = slot;
                self.dropped += 1;
            }
            None => {
                self.requests.push(request);
                self.slots.push(slot);
            }
        }
    }
}

impl<S: Store> Observer for Keeper<S> {
    fn body_bytes(&self) -> usize {
        self.rule.body_bytes
    }

    fn refused(&self, refused: &Refused<'_>) {
        let request = RefusedRequest::of(&self.endpoint, refused, self.rule.body_bytes);
        let mut waiting = lock(&self.waiting);
        waiting.push(request);
        // Without a runtime, a later refusal starts the writer.
        if !waiting.has_writer
            && let Ok(runtime) = Handle::try_current()
        {
            waiting.has_writer = true;
            let writer = Writer { waiting: Arc::clone(&self.waiting), has_ended: false };
            runtime.spawn(writer.run(self.store.clone(), Arc::clone(&self.endpoint), self.rule.most));
        }
    }
}

/// The task that writes. Dropping it, as its runtime does at its end, lets the next refusal start another.
struct Writer {
    waiting: Arc<Mutex<Waiting>>,
    has_ended: bool,
}

impl Writer {
    async fn run<S: Store>(mut self, store: S, endpoint: Arc<str>, most: u32) {
        sleep(GATHER).await;
        loop {
            let batch = {
                let mut waiting = lock(&self.waiting);
                waiting.slots.clear();
                telemetry::refused_dropped(&endpoint, std::mem::take(&mut waiting.dropped));
                let batch = std::mem::take(&mut waiting.requests);
                if batch.is_empty() {
                    // Under the lock, so that a refusal in between starts the next writer.
                    waiting.has_writer = false;
                    self.has_ended = true;
                    return;
                }
                batch
            };
            if let Err(error) = write(&store, batch, most).await {
                telemetry::store_failed("keep_refused");
                let (endpoint, cause) = (&*endpoint, cause(&error));
                tracing::warn!(target: "referral_webhooks", endpoint, cause, "could not keep refused requests: {error}");
            }
            sleep(PAUSE).await;
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.has_ended {
            lock(&self.waiting).has_writer = false;
        }
    }
}

/// Writes a batch, unless the entries of the store are sealed and this store does not seal.
async fn write<S: Store>(store: &S, batch: Vec<RefusedRequest>, most: u32) -> Result<(), StoreError> {
    store.admits(NOT_SEALED).await?;
    store.keep_refused(batch, most).await
}

fn lock(waiting: &Mutex<Waiting>) -> std::sync::MutexGuard<'_, Waiting> {
    // A poisoned mutex guards complete requests, because no code panics between two changes.
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> fmt::Debug for Keeper<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("endpoint", &self.endpoint).field("rule", &self.rule).finish_non_exhaustive()
    }
}
