//! The intake of one endpoint: a delivery is stored before it is acknowledged.
//!
//! - Guarantees: [`Reply::Accepted`] means that the store has made the delivery durable.
//! - Assumes: many requests call one intake at the same time, and a web framework drops the future when the sender
//!   disconnects. The insert therefore runs in a task, which keeps its admission until the store has answered.
//! - Without it: an event that was answered 200 is lost with the process, and dropped requests pile up unbounded
//!   inserts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Endpoint, Fingerprint, Observer, Reply, Retention, Tenant, chain};
use time::OffsetDateTime;
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

use crate::inbox::Inbox;
use crate::line::{Line, log_line};
use crate::names::Reserved;
use crate::not_stored::NotStored;
use crate::reception::Reception;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::setup_error::SetupError;
use crate::source::{OneEndpoint, Source};
use crate::store::{Accepted, NewEntry, PruneRule, Store, StoreError};
use crate::telemetry;

/// The intake of one endpoint, made by [`Inbox::intake`](crate::Inbox::intake). A delivery is stored before it is
/// acknowledged. An intake is cheap to clone.
///
/// Call [`receive`](Self::receive) in the handler of any web framework:
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
///
/// The endpoint can be [replaced](Self::replace) while workers and servers use the intake. If one route serves many
/// tenants, [`Inbox::tenants`](crate::Inbox::tenants) makes a [`TenantIntake`](crate::TenantIntake).
pub struct Intake<P: Platform, S, E: Source<P> = OneEndpoint<P>> {
    inbox: Inbox<S>,
    name: Arc<Reserved>,
    source: E,
    budget: Duration,
    prune: PruneRule,
    subject: Option<Subject<P>>,
    business_key: Option<BusinessKey<P>>,
    reception: Reception,
}

/// The function that names the subject of a delivery.
type Subject<P> = Arc<dyn Fn(&Delivery<P>) -> Option<String> + Send + Sync>;

/// The function that names the business key of an event.
type BusinessKey<P> = Arc<dyn Fn(&<P as Platform>::Event) -> Option<String> + Send + Sync>;

impl<S: Store> Inbox<S> {
    /// Adds an endpoint. Ids are unique within its name, so keep the name when secrets and URLs change. The name is free
    /// again after the intake, its clones and the workers that take it are dropped.
    ///
    /// ```
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::redpin::Redpin;
    ///
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let redpin = inbox.intake("redpin-main", endpoint)?;
    /// # let _ = redpin;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the name is invalid or taken, or if ids would be deleted while repeats can still come.
    pub fn intake<P: Platform>(&self, name: &str, endpoint: Endpoint<P>) -> Result<Intake<P, S>, SetupError> {
        let retention = endpoint.retention();
        // The last quarter of the platform's time-out is reserved for reading the body and sending the answer.
        let endpoint = endpoint.named(Arc::<str>::from(name));
        let platform = endpoint.platform().clone();
        let secrets = Secrets::of(&endpoint, self.store());
        let source = |reception: &Reception| OneEndpoint::new(endpoint, Arc::new(reception.clone()));
        let intake = self.intake_of(name, &platform, source, retention, (3, 4))?;
        self.secrets.set(name, secrets);
        Ok(intake)
    }

    /// Reserves the name, and makes an intake. It stores within this part of the platform's time-out at most.
    pub(crate) fn intake_of<P: Platform, E: Source<P>>(
        &self,
        name: &str,
        platform: &P,
        source: impl FnOnce(&Reception) -> E,
        retention: Retention,
        (part, of): (u32, u32),
    ) -> Result<Intake<P, S, E>, SetupError> {
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > 100 || !name.bytes().all(is_valid) {
            return Err(SetupError::BadName);
        }
        let prune = self.settings.prune_rule(name, retention)?;
        let reserved = self.names.reserve(name).ok_or_else(|| SetupError::NameTaken(name.to_owned()))?;
        let facts = platform.facts();
        let most = facts.contract.deadline.map_or(Duration::MAX, |deadline| deadline / of * part);
        let budget = self.settings.accept_within.min(most);
        let reception = self.receptions.add(facts, &Arc::from(name));
        let (inbox, source) = (self.clone(), source(&reception));
        Ok(Intake { inbox, name: reserved, source, budget, prune, subject: None, business_key: None, reception })
    }
}

impl<P: Platform, S: Store, E: Source<P>> Intake<P, S, E> {
    /// Processes the deliveries of one subject one at a time. They are ordered by signed time, or by received time if
    /// the platform signs none. A delivery without a subject waits for no other.
    ///
    /// A retrying delivery blocks its subject until it succeeds or is a dead letter. The deliveries behind it are
    /// [waiting](crate::store::State::Waiting), and their number does not slow down claims or accepts. A parked
    /// delivery blocks no other. When it is [redecoded](Self::redecode), it waits for its turn.
    ///
    /// The order covers stored deliveries: a late delivery is processed after those that were processed before it came.
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

    /// Processes each business fact once, also if the platform sends it under two delivery ids: in two messages, say, or
    /// in a retry whose body has a new stamp and therefore a new digest. `key` names the fact, the id and the status of a
    /// reward for example. An event without a key, or with an empty one, is known by its delivery id alone, and so is an
    /// unknown event.
    ///
    /// The store looks the delivery id up first, and then the key. Both are unique within the endpoint by an index.
    ///
    /// | delivery id | business key | the delivery |
    /// |---|---|---|
    /// | new | new, or none | is processed ([`Stored`](Accepted::Stored)) |
    /// | new | known | is kept as a cancelled entry, and counts as a repeat of the entry that has the key ([`SameKey`](Accepted::SameKey)). If that entry is a dead letter, it is processed again with its own body and id ([`Revived`](Accepted::Revived)) |
    /// | known, same body | any | is a repeat ([`Repeated`](Accepted::Repeated)) |
    /// | known, another body | any | is a dead letter, until a person acts ([`Conflict`](Accepted::Conflict)) |
    ///
    /// A key that is too coarse loses no body. [`Entry::repeat_of`](crate::store::Entry::repeat_of) names the first
    /// entry, and a person can [redeliver](crate::Inbox::redeliver) the cancelled one. If the first entry waits for a
    /// person and its body was deleted, the delivery is a dead letter as well.
    ///
    /// A digest of the key is stored, because it may be personal. It is kept as long as the delivery id, also after an
    /// erasure. Keep the function the same over releases, because a changed key is a new fact.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::{Event, Redpin}};
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let redpin = inbox.intake("redpin-main", endpoint)?.dedupe_by(|event| match event {
    ///     Event::ReferralCreated(referral) => Some(format!("{} {:?}", referral.referral_id.as_ref()?, referral.status)),
    ///     _ => None,
    /// });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn dedupe_by(self, key: impl Fn(&P::Event) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { business_key: Some(Arc::new(key)), ..self }
    }

    /// Returns the endpoint's name in the inbox.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::Intake;
    /// # use referral_webhooks_inbox::store::{Entry, Filter, Store, StoreError};
    /// async fn newest<S: Store>(redpin: &Intake<Redpin, S>, store: &S) -> Result<Vec<Entry>, StoreError> {
    ///     store.list(Filter::new().endpoint(redpin.name()).most(10)).await
    /// }
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.name()
    }

    /// Returns the budget for storing a delivery.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let redpin = inbox.intake("redpin-main", endpoint)?;
    /// assert!(redpin.budget().as_millis() <= 1_500);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn budget(&self) -> Duration {
        self.budget
    }

    /// Returns the pruning rule of this endpoint.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::redpin::Redpin};
    /// # let inbox = referral_webhooks_inbox::Inbox::new(referral_webhooks_inbox::MemoryStore::new());
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let redpin = inbox.intake("redpin-main", endpoint)?;
    /// assert_eq!(redpin.prune_rule().bodies.as_secs(), 14 * 24 * 60 * 60);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn prune_rule(&self) -> &PruneRule {
        &self.prune
    }

    /// Stores a delivery of a tenant, and returns the reply to the platform.
    pub(crate) async fn reply(&self, tenant: Option<&Tenant>, delivery: &Delivery<P>) -> Reply {
        self.stored(tenant, delivery).await.map_or_else(|_| Reply::retry_later(delivery), |_| Reply::Accepted)
    }

    /// Stores a delivery, or returns the entry that has its id.
    pub(crate) async fn stored(&self, tenant: Option<&Tenant>, delivery: &Delivery<P>) -> Result<Accepted, NotStored> {
        let line = Line::of(self.name(), tenant, delivery);
        let (begun, span) = (Instant::now(), telemetry::accept_span(&line, delivery));
        // An application with an endpoint of its own has no observer.
        self.reception.genuine(delivery.received_at());
        let accepted = self.store_within_budget(tenant, delivery).instrument(span.clone()).await;
        self.reception.stored(accepted.is_ok(), OffsetDateTime::now_utc());
        let result = accepted.as_ref().map_or_else(NotStored::as_str, Accepted::as_str);
        span.record("result", result);
        telemetry::received(self.name(), delivery, result, begun.elapsed());
        match &accepted {
            Ok(accepted) => log_accepted(&line.entry(accepted.id()), *accepted, delivery),
            Err(error) => log_line!(error, line, result, cause = %chain(error), "not stored"),
        }
        accepted
    }

    async fn store_within_budget(
        &self,
        tenant: Option<&Tenant>,
        delivery: &Delivery<P>,
    ) -> Result<Accepted, NotStored> {
        let admitted = self.inbox.admission.admit(delivery.body().len()).ok_or(NotStored::AdmissionFull)?;
        let storing = async {
            let (store, entry) = (self.store().clone(), self.new_entry(tenant, delivery).await);
            // After a disconnect or an expired budget the insert is still in flight, so the task keeps its admission.
            let storing = tokio::spawn(async move {
                let accepted = store.accept(entry).await;
                drop(admitted);
                accepted
            });
            storing.await
        };
        let accepted = match timeout(self.budget, storing).await {
            Ok(Ok(Ok(accepted))) => Ok(accepted),
            Ok(Ok(Err(error))) => {
                telemetry::store_failed("accept");
                Err(NotStored::Store(error))
            }
            Ok(Err(_)) => Err(NotStored::Store(StoreError::new("the store panicked"))),
            Err(_) => Err(NotStored::OverBudget(self.budget)),
        };
        if accepted.is_ok() {
            self.inbox.pulse.beat()
        } else {
            self.inbox.pulse.stop()
        }
        accepted
    }

    async fn new_entry(&self, tenant: Option<&Tenant>, delivery: &Delivery<P>) -> NewEntry {
        let mut entry = NewEntry::of(self.name(), delivery, self.attempts());
        entry.revives = self.inbox.settings.revives;
        if let Some(tenant) = tenant {
            entry = entry.of_tenant(tenant.as_str());
        }
        let endpoint = self.source.endpoint_of(tenant.map(Tenant::as_str)).await;
        entry.keeps_id |= endpoint.is_none_or(|endpoint| !Settings::outlives(self.prune.ids, endpoint.retention()));
        if let Some(key) = self.business_key_of(delivery) {
            entry = entry.with_business_key(key);
        }
        match self.subject_of(delivery) {
            Some(subject) => entry.about(subject),
            None => entry,
        }
    }

    /// Returns the business key of a known event. The name of an unknown event is the sender's choice.
    pub(crate) fn business_key_of(&self, delivery: &Delivery<P>) -> Option<String> {
        let key = self.business_key.as_ref()?;
        let is_known = delivery.event().why_other().is_none();
        // Members that are missing in one event must not make it the repeat of another one.
        if is_known { key(delivery.event()).filter(|key| !key.is_empty()) } else { None }
    }

    /// Returns the secret that the endpoint of a tenant does not have, if that is why a delivery did not open.
    pub(crate) async fn missing_secret(
        &self,
        tenant: Option<&str>,
        secret: Option<Fingerprint>,
    ) -> Option<Fingerprint> {
        let endpoint = self.source.endpoint_of(tenant).await?;
        Secrets::of(&endpoint, self.store()).missing(secret)
    }

    pub(crate) const fn inbox(&self) -> &Inbox<S> {
        &self.inbox
    }

    pub(crate) const fn store(&self) -> &S {
        self.inbox.store()
    }

    pub(crate) const fn attempts(&self) -> u32 {
        self.inbox.settings.back_off.attempts()
    }

    pub(crate) const fn source(&self) -> &E {
        &self.source
    }

    /// Returns the name of the platform.
    pub(crate) const fn platform(&self) -> &'static str {
        self.reception.platform
    }

    pub(crate) fn reserved(&self) -> Arc<Reserved> {
        Arc::clone(&self.name)
    }

    pub(crate) fn subject_of(&self, delivery: &Delivery<P>) -> Option<String> {
        self.subject.as_ref().and_then(|subject| subject(delivery))
    }
}

impl<P: Platform, S: Store> Intake<P, S> {
    pub(crate) fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        self.source.observe(observer);
        self
    }

    pub(crate) fn prune_refused(mut self, age: Duration) -> Self {
        self.prune.refused = age;
        self
    }

    /// Stores a delivery, and returns the reply to the platform: [`Accepted`](Reply::Accepted) if it is durable, for
    /// repeats and conflicts too, and [`RetryLater`](Reply::RetryLater) otherwise.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks::{Delivery, Reply};
    /// # use referral_webhooks_inbox::Intake;
    /// # use referral_webhooks_inbox::store::Store;
    /// async fn on_redpin<S: Store>(redpin: Intake<Redpin, S>, delivery: Delivery<Redpin>) -> Reply {
    ///     redpin.receive(&delivery).await
    /// }
    /// ```
    pub async fn receive(&self, delivery: &Delivery<P>) -> Reply {
        self.reply(None, delivery).await
    }

    /// Stores a delivery, or returns the entry that has its id.
    ///
    /// ```
    /// # use referral_webhooks::Delivery;
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::{Intake, NotStored};
    /// # use referral_webhooks_inbox::store::{Accepted, Store};
    /// async fn is_new<S: Store>(redpin: &Intake<Redpin, S>, delivery: &Delivery<Redpin>) -> Result<bool, NotStored> {
    ///     Ok(matches!(redpin.accept(delivery).await?, Accepted::Stored(_)))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store did not confirm the delivery within the budget. The delivery may be stored nevertheless, and then
    /// the platform's next attempt is a repeat.
    pub async fn accept(&self, delivery: &Delivery<P>) -> Result<Accepted, NotStored> {
        self.stored(None, delivery).await
    }
}

/// Logs an accepted delivery, and whether a person has to look at it.
fn log_accepted<P: Platform>(line: &Line, accepted: Accepted, delivery: &Delivery<P>) {
    log_line!(info, line, result = accepted.as_str(), "accepted");
    match (accepted, delivery.event().why_other()) {
        (Accepted::Stored(_), Some(why)) => {
            telemetry::parked(line);
            log_line!(warn, line, reason = %why, "parked: this version cannot read it");
        }
        (Accepted::Conflict(_), _) => log_line!(
            warn,
            line,
            reason = "the id is known with another body, or came too late to be a retry",
            "discarded: kept as a dead letter"
        ),
        _ => {}
    }
}

// Manual impl: `#[derive]` would require `P: Clone`.
impl<P: Platform, S: Clone, E: Source<P>> Clone for Intake<P, S, E> {
    fn clone(&self) -> Self {
        Self {
            inbox: self.inbox.clone(),
            name: Arc::clone(&self.name),
            source: self.source.clone(),
            budget: self.budget,
            prune: self.prune.clone(),
            subject: self.subject.clone(),
            business_key: self.business_key.clone(),
            reception: self.reception.clone(),
        }
    }
}

impl<P: Platform, S, E: Source<P>> fmt::Debug for Intake<P, S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake")
            .field("name", &self.name.name())
            .field("source", &self.source)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}
