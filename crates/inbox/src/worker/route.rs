//! Routes: from a claimed entry to the handler of its platform.
//!
//! - Guarantees: a handler gets a delivery only after its signature was verified again, and only if it accepts this
//!   kind of event. Every claim ends in exactly one way: its handler ran, it was parked, or it failed without a
//!   handler.
//! - Assumes: an entry's claim is processed by one task, which tries the routes of its endpoint in order.
//! - Without it: a body that was altered in the database reaches a handler, or an unknown event fails until it is a
//!   dead letter.

use std::marker::PhantomData;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use referral_webhooks::Delivery;
use referral_webhooks::platform::{Event as _, Platform};

use super::attempt::Attempt;
use super::lease::HeldLease;
use super::policy::Policy;
use crate::intake::Intake;
use crate::names::Reserved;
use crate::source::{Source, Unopened};
use crate::store::{Claim, Finish, PruneRule, Reason, Store};

/// A way of running a handler and ending its attempt.
pub(super) trait Runner<P: Platform, S>: Send + Sync + 'static {
    /// Runs the handler, and ends the attempt with its outcome.
    fn run(
        &self,
        lease: &mut HeldLease<S>,
        delivery: Delivery<P>,
        attempt: Attempt,
        policy: &Policy,
    ) -> impl Future<Output = ()> + Send;
}

/// The events that a handler accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Events {
    /// Events that this version can read.
    Known,
    /// Events that are `Other`.
    Unknown,
}

/// A handler with its endpoint.
pub(super) struct Route<S> {
    pub(super) endpoint: String,
    pub(super) events: Events,
    pub(super) prune: PruneRule,
    process: Box<dyn Process<S>>,
    /// A worker keeps the name of the endpoint.
    _reserved: Arc<Reserved>,
}

impl<S: Store> Route<S> {
    pub(super) fn new<P: Platform>(
        intake: &Intake<P, S, impl Source<P>>,
        events: Events,
        runner: impl Runner<P, S>,
    ) -> Self {
        let process =
            Box::new(Typed::<P, _, _> { source: intake.source().clone(), events, runner, platform: PhantomData });
        let (endpoint, prune) = (intake.name().to_owned(), intake.prune_rule().clone());
        Self { endpoint, events, prune, process, _reserved: intake.reserved() }
    }
}

/// Processes a claim by the first route that accepts its event. Without one, an unknown event is parked.
pub(super) async fn process<S: Store>(
    routes: Vec<Arc<Route<S>>>,
    mut lease: HeldLease<S>,
    claim: Claim,
    policy: Policy,
) {
    let mut unreadable = None;
    for route in routes {
        match route.process.process(&mut lease, &claim, &policy).await {
            Ok(()) => return,
            Err(OtherEvents(why)) => unreadable = why,
        }
    }
    let finish = match unreadable {
        Some(why) => Finish::Park(why),
        None => policy.retry(&lease.lease, "the worker has no handler for known events"),
    };
    lease.finish(finish).await;
}

/// The error of a route that does not accept the event. It holds the reason if this version cannot read the event.
struct OtherEvents(Option<Reason>);

/// A route without its platform's type, so that one worker serves several platforms.
trait Process<S>: Send + Sync {
    fn process<'r>(
        &'r self,
        lease: &'r mut HeldLease<S>,
        claim: &'r Claim,
        policy: &'r Policy,
    ) -> BoxFuture<'r, Result<(), OtherEvents>>;
}

struct Typed<P, E, R> {
    source: E,
    events: Events,
    runner: R,
    platform: PhantomData<fn() -> P>,
}

impl<P: Platform, S: Store, E: Source<P>, R: Runner<P, S>> Process<S> for Typed<P, E, R> {
    fn process<'r>(
        &'r self,
        lease: &'r mut HeldLease<S>,
        claim: &'r Claim,
        policy: &'r Policy,
    ) -> BoxFuture<'r, Result<(), OtherEvents>> {
        Box::pin(async move {
            let delivery = match self.reopen(claim, policy).await {
                Ok(delivery) => delivery,
                Err(finish) => {
                    lease.finish(finish).await;
                    return Ok(());
                }
            };
            let why = delivery.event().why_other().map(ToString::to_string);
            if why.is_some() != (self.events == Events::Unknown) {
                return Err(OtherEvents(why.map(Reason::from)));
            }
            self.runner.run(lease, delivery, Attempt::of(claim), policy).await;
            Ok(())
        })
    }
}

impl<P: Platform, E: Source<P>, R> Typed<P, E, R> {
    /// Verifies the stored delivery again, or returns the end of the attempt.
    async fn reopen(&self, claim: &Claim, policy: &Policy) -> Result<Delivery<P>, Finish> {
        let stored = claim.delivery.clone().ok_or_else(|| Finish::Discard("its body is no longer kept".into()))?;
        // A retry, because a secret that was removed too early may be restored, and a tenant may come back.
        let retry = |error: Unopened| policy.retry(&claim.lease, error.to_string());
        self.source.reopen(claim.tenant.as_deref(), stored).await.map_err(retry)
    }
}
