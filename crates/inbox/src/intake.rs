//! The door of one endpoint: what comes in is stored before it is acknowledged.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Endpoint, Reply};
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

use crate::admission::Admission;
use crate::health::Pulse;
use crate::inbox::Settings;
use crate::store::PruneRule;
use crate::store::{Accepted, NewEntry};
use crate::store::{Store, StoreError};
use crate::telemetry;

/// The door of one endpoint: what comes in is stored before it is acknowledged. Cheap to clone.
///
/// Give [`receive`](Self::receive) to any of the web crates as the handler:
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::{Delivery, Endpoint, Reply};
/// use referral_webhooks_inbox::{Inbox, Intake, MemoryStore};
///
/// let inbox = Inbox::new(MemoryStore::new());
/// let redpin = inbox.intake("redpin-main", Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
///
/// async fn on_redpin(intake: Intake<Redpin, MemoryStore>, delivery: Delivery<Redpin>) -> Reply {
///     intake.receive(&delivery).await
/// }
/// # let _ = (redpin, on_redpin);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Intake<P: Platform, S> {
    store: S,
    name: Arc<str>,
    endpoint: Endpoint<P>,
    budget: Duration,
    attempts: u32,
    revives: bool,
    admission: Admission,
    pulse: Pulse,
    prune: PruneRule,
    subject: Option<Subject<P>>,
}

/// What a delivery is about, if anything.
type Subject<P> = Arc<dyn Fn(&Delivery<P>) -> Option<String> + Send + Sync>;

impl<P: Platform, S: Store> Intake<P, S> {
    pub(crate) fn new(
        store: S,
        name: &str,
        endpoint: Endpoint<P>,
        settings: Settings,
        admission: Admission,
        pulse: Pulse,
        prune: PruneRule,
    ) -> Self {
        // What is left of the platform's patience is for reading the body and for the way back.
        let most = P::CONTRACT.deadline.map_or(Duration::MAX, |deadline| deadline / 4 * 3);
        let budget = settings.accept_within.min(most);
        let Settings { back_off, revives, .. } = settings;
        let attempts = back_off.attempts();
        Self { store, name: name.into(), endpoint, budget, attempts, revives, admission, pulse, prune, subject: None }
    }

    /// Processes deliveries about one subject one at a time, in the order in which they were signed; where the platform
    /// signs no time, in the order in which they came. Without a subject a delivery waits for no other.
    ///
    /// What is not yet stored cannot be waited for: a late delivery comes after those that were processed before it came.
    /// One that fails holds its subject up until it succeeds or is a dead letter. The deliveries behind it are
    /// [waiting](crate::store::State::Waiting): however many there are, they make neither claims nor accepts slower. A parked
    /// one delays no other entry; when it is [redecoded](Self::redecode), it waits for its turn.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::{Event, Redpin}};
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let redpin = inbox.intake("redpin-main", endpoint)?.one_at_a_time(|delivery| match delivery.event() {
    ///     Event::ReferralCreated(referral) => referral.referral_id.as_ref().map(ToString::to_string),
    ///     _ => None,
    /// });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn one_at_a_time(self, subject: impl Fn(&Delivery<P>) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { subject: Some(Arc::new(subject)), ..self }
    }

    /// The endpoint's name in the inbox.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The endpoint.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint<P> {
        &self.endpoint
    }

    pub(crate) const fn store(&self) -> &S {
        &self.store
    }

    pub(crate) fn subject_of(&self, delivery: &Delivery<P>) -> Option<String> {
        self.subject.as_ref().and_then(|subject| subject(delivery))
    }

    pub(crate) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long a delivery may wait for being stored.
    #[must_use]
    pub const fn budget(&self) -> Duration {
        self.budget
    }

    /// What is forgotten of this endpoint, and when.
    #[must_use]
    pub const fn prune_rule(&self) -> &PruneRule {
        &self.prune
    }

    /// Stores a delivery, and says what to tell the platform: accepted once it is durable, repeats and conflicts too;
    /// otherwise, that it shall come again later.
    pub async fn receive(&self, delivery: &Delivery<P>) -> Reply {
        let (endpoint, id) = (self.name(), delivery.id());
        match self.accept(delivery).await {
            Ok(accepted) => {
                let result = accepted.as_str();
                tracing::debug!(target: "referral_webhooks", endpoint, %id, result, "accepted into the inbox");
                if let (Accepted::Stored(entry), Some(why)) = (accepted, delivery.event().why_other()) {
                    tracing::info!(
                        target: "referral_webhooks", endpoint, %id, entry = entry.0, %why,
                        "parked: this version cannot read the event"
                    );
                }
                if let Accepted::Conflict(entry) = accepted {
                    tracing::warn!(
                        target: "referral_webhooks", endpoint, %id, entry = entry.0,
                        "the id is known with another body, or came too late to be a retry: the delivery is kept as a \
                         dead letter"
                    );
                }
                Reply::Accepted
            }
            Err(error) => {
                let cause = error.source().and_then(StdError::source).map(ToString::to_string).unwrap_or_default();
                tracing::error!(
                    target: "referral_webhooks", endpoint, %id, cause,
                    "not stored, and the platform was asked to send it again: {error}"
                );
                Reply::retry_later(delivery)
            }
        }
    }

    /// Stores a delivery, or says which entry has its id.
    ///
    /// # Errors
    ///
    /// If it is not known to be durable within the budget. It may be stored all the same; the platform's next try is
    /// then a repeat.
    pub async fn accept(&self, delivery: &Delivery<P>) -> Result<Accepted, NotStored> {
        let (begun, span) = (Instant::now(), telemetry::accept(self.name(), delivery));
        let accepted = self.store_one(delivery).instrument(span.clone()).await;
        let result = accepted.as_ref().map_or_else(NotStored::as_str, Accepted::as_str);
        span.record("result", result);
        telemetry::received(self.name(), delivery, result, begun.elapsed());
        accepted
    }

    async fn store_one(&self, delivery: &Delivery<P>) -> Result<Accepted, NotStored> {
        let place = self.admission.enter(delivery.body().len()).ok_or(NotStored::AdmissionFull)?;
        let mut entry = NewEntry::of(self.name(), delivery, self.attempts);
        entry.revives = self.revives;
        let entry = match self.subject_of(delivery) {
            Some(subject) => entry.about(subject),
            None => entry,
        };
        let store = self.store.clone();
        // In a task of its own: if the sender hangs up, or the budget is over, the entry is still somewhere in the
        // store's hands, and its place in the queue must stay taken.
        let storing = tokio::spawn(async move {
            let accepted = store.accept(entry).await;
            drop(place);
            accepted
        });
        let stored = timeout(self.budget, storing).await;
        if !matches!(stored, Ok(Ok(Ok(_)))) {
            self.pulse.stop();
        }
        match stored {
            Ok(Ok(Ok(accepted))) => {
                self.pulse.beat();
                Ok(accepted)
            }
            Ok(Ok(Err(error))) => {
                telemetry::store_failed("accept");
                Err(NotStored::Store(error))
            }
            Ok(Err(_)) => Err(NotStored::Store(StoreError::new("the store panicked"))),
            Err(_) => Err(NotStored::OverBudget(self.budget)),
        }
    }
}

/// Why a delivery is not known to be stored.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotStored {
    /// Too many deliveries wait already.
    AdmissionFull,
    /// It took longer than this.
    OverBudget(Duration),
    /// The store failed.
    Store(StoreError),
}

impl NotStored {
    /// The error as one word, for metrics.
    const fn as_str(&self) -> &'static str {
        match self {
            Self::AdmissionFull | Self::OverBudget(_) => "busy",
            Self::Store(_) => "failed",
        }
    }
}

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AdmissionFull => f.write_str("too many deliveries wait for being stored"),
            Self::OverBudget(budget) => write!(f, "not stored within {} ms", budget.as_millis()),
            Self::Store(_) => f.write_str("could not be stored"),
        }
    }
}

impl StdError for NotStored {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

// By hand, for a derived one would ask the same of the platform.
impl<P: Platform, S: Clone> Clone for Intake<P, S> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            name: Arc::clone(&self.name),
            endpoint: self.endpoint.clone(),
            admission: self.admission.clone(),
            pulse: self.pulse.clone(),
            prune: self.prune.clone(),
            subject: self.subject.clone(),
            ..*self
        }
    }
}

impl<P: Platform, S> fmt::Debug for Intake<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake")
            .field("name", &self.name)
            .field("endpoint", &self.endpoint)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}
