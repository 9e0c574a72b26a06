//! Handlers that run at least once.
//!
//! - Guarantees: the handler runs until it ends, exceeds its limit or loses its lease, and its outcome ends the
//!   attempt.
//! - Assumes: the effect is idempotent, or another service deduplicates it by [`Attempt::key`].
//! - Without it: a process that dies between the effect and the completion causes the effect twice.

use std::sync::Arc;

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use tracing::Instrument as _;

use super::attempt::Attempt;
use super::lease::HeldLease;
use super::policy::Policy;
use super::route::{Events, Runner};
use super::setup::Worker;
use crate::handler::IntoOutcome;
use crate::intake::Intake;
use crate::source::Source;
use crate::store::Store;

struct Run<H>(Arc<H>);

impl<P, S, H, F> Runner<P, S> for Run<H>
where
    P: Platform,
    S: Store,
    H: Fn(Delivery<P>, Attempt) -> F + Send + Sync + 'static,
    F: Future<Output: IntoOutcome> + Send,
{
    async fn run(&self, lease: &mut HeldLease<S>, delivery: Delivery<P>, attempt: Attempt, policy: &Policy) {
        let (handler, span) = (Arc::clone(&self.0), lease.span());
        let body = delivery.body().clone();
        let running = async move { handler(delivery, attempt).await.into_outcome(&body) };
        match lease.supervise(policy, tokio::spawn(running.instrument(span))).await {
            Some(finish) => lease.finish(finish).await,
            None => lease.record(None),
        }
    }
}

impl<S: Store> Worker<S> {
    /// Runs a handler **at least once** for each known event of an endpoint. If the process dies between the effect and
    /// the completion, another attempt follows. Use it for calls to other services, with [`Attempt::key`] as their
    /// idempotency key.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, Endpoint, platform::redpin::{Event, Redpin}};
    /// # use referral_webhooks_inbox::{Attempt, Inbox, MemoryStore, Outcome};
    /// # async fn send_mail(_: &str) -> Result<(), std::io::Error> { Ok(()) }
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// # let redpin = inbox.intake("redpin-main", Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
    /// async fn thank(delivery: Delivery<Redpin>, attempt: Attempt) -> Outcome {
    ///     match delivery.event() {
    ///         Event::ReferralCreated(_) => send_mail(&attempt.id).await.into(),
    ///         _ => Outcome::Ignored("no mail for it".into()),
    ///     }
    /// }
    ///
    /// let worker = inbox.worker().run(&redpin, thank);
    /// # let _ = worker;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn run<P, H, F>(self, intake: &Intake<P, S, impl Source<P>>, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt) -> F + Send + Sync + 'static,
        F: Future<Output: IntoOutcome> + Send,
    {
        self.with_route(intake, Events::Known, Run(Arc::new(handler)))
    }

    /// Runs a handler at least once for each unknown event of an endpoint: its event is `Other`, because this version
    /// does not know its name or cannot read its members. Without such a handler, unknown events are parked.
    ///
    /// Parked entries of the endpoint are claimed too, after due ones. The worker needs a handler for known events as
    /// well, because an entry without a handler fails its attempts.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, Endpoint, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{Attempt, Inbox, MemoryStore, Outcome};
    /// # async fn credit(_: Delivery<Redpin>, _: Attempt) -> Outcome { Outcome::Done }
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// # let redpin = inbox.intake("redpin-main", Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
    /// let worker = inbox.worker().run(&redpin, credit).unknown_events(&redpin, async |delivery, _| {
    ///     println!("{} is unknown: {} bytes", delivery.id(), delivery.body().len());
    ///     Outcome::Ignored("unpaid".into())
    /// });
    /// # let _ = worker;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn unknown_events<P, H, F>(self, intake: &Intake<P, S, impl Source<P>>, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt) -> F + Send + Sync + 'static,
        F: Future<Output: IntoOutcome> + Send,
    {
        self.with_route(intake, Events::Unknown, Run(Arc::new(handler)))
    }
}
