//! Routes: from a claimed entry to the handler of its platform.
//!
//! - Guarantees: a handler gets a delivery only after its signature was verified again, and only if it accepts this
//!   kind of event. Every claim ends in exactly one way: its handler ran, it was parked, or it failed without a
//!   handler.
//! - Assumes: an entry's claim is processed by one task, which tries the routes of its endpoint in order.
//! - Without it: a body that was altered in the database reaches a handler, or an unknown event fails until it is a
//!   dead letter.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Fingerprint, chain};

use super::attempt::Attempt;
use super::lease::HeldLease;
use super::policy::Policy;
use crate::intake::Intake;
use crate::line::{Line, log_line};
use crate::names::Reserved;
use crate::source::{Source, Unopened};
use crate::store::{Claim, Finish, PruneRule, Reason, SameKey, Store, digest_of};

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

/// Returns the wait of an entry whose secret is missing: 10 seconds at first, and 5 minutes at most.
fn until_restored(attempt: u32) -> Duration {
    Duration::from_secs((5 << attempt.min(6)).min(5 * 60))
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
    pub(super) platform: &'static str,
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
        let process = Box::new(Typed { intake: intake.clone(), warned: Mutex::default(), events, runner });
        let (endpoint, prune) = (intake.name().to_owned(), intake.prune_rule().clone());
        Self { platform: intake.platform(), endpoint, events, prune, process, _reserved: intake.reserved() }
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

struct Typed<P: Platform, S, E: Source<P>, R> {
    intake: Intake<P, S, E>,
    /// The missing secrets that were logged.
    warned: Mutex<BTreeSet<Fingerprint>>,
    events: Events,
    runner: R,
}

impl<P: Platform, S: Store, E: Source<P>, R: Runner<P, S>> Process<S> for Typed<P, S, E, R> {
    fn process<'r>(
        &'r self,
        lease: &'r mut HeldLease<S>,
        claim: &'r Claim,
        policy: &'r Policy,
    ) -> BoxFuture<'r, Result<(), OtherEvents>> {
        Box::pin(async move {
            let delivery = match self.reopen(claim, policy, &lease.line).await {
                Ok(delivery) => delivery,
                Err(finish) => {
                    lease.finish(finish).await;
                    return Ok(());
                }
            };
            lease.line = lease.line.clone().opened(&delivery);
            let why = delivery.event().why_other().map(ToString::to_string);
            if why.is_some() != (self.events == Events::Unknown) {
                return Err(OtherEvents(why.map(Reason::from)));
            }
            if let Some(finish) = self.repeats_another(claim, &delivery, policy).await {
                lease.finish(finish).await;
                return Ok(());
            }
            self.runner.run(lease, delivery, Attempt::of(claim), policy).await;
            Ok(())
        })
    }
}

impl<P: Platform, S: Store, E: Source<P>, R> Typed<P, S, E, R> {
    /// Gives an entry its business key, if it was stored without one. Returns the end of the attempt if another entry has
    /// the key.
    async fn repeats_another(&self, claim: &Claim, delivery: &Delivery<P>, policy: &Policy) -> Option<Finish> {
        let key = self.intake.business_key_of(delivery).filter(|_| !claim.has_business_key)?;
        match self.intake.store().hold_key(claim.lease.id, &digest_of(key.as_bytes())).await {
            Ok(holder) if holder == claim.lease.id => None,
            Ok(holder) => Some(Finish::Complete(Some(SameKey::Repeat.reason(holder)))),
            Err(error) => {
                Some(policy.retry(&claim.lease, format!("its business key could not be looked up: {}", chain(&error))))
            }
        }
    }

    /// Verifies the stored delivery again, or returns the end of the attempt.
    async fn reopen(&self, claim: &Claim, policy: &Policy, line: &Line) -> Result<Delivery<P>, Finish> {
        let stored = claim.delivery.clone().ok_or_else(|| Finish::Discard("its body is no longer kept".into()))?;
        let tenant = claim.tenant.as_deref();
        let error = match self.intake.source().reopen(tenant, stored).await {
            Ok(delivery) => return Ok(delivery),
            Err(error) => error,
        };
        let missing = match &error {
            Unopened::Unverified(_) => self.intake.missing_secret(tenant, claim.secret).await,
            _ => None,
        };
        Err(match missing {
            // The attempt does not count, because a secret that was removed too early may be restored.
            Some(secret) => {
                // One line for each secret: a hundred thousand entries may lack it.
                if self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(secret) {
                    log_line!(
                        warn, line, secret = %secret,
                        "postponed: the endpoint does not have the secret of this entry; add it with `reopens_with`"
                    );
                }
                Finish::Postpone(
                    until_restored(claim.lease.attempt),
                    format!("the endpoint does not have the secret {secret}").into(),
                )
            }
            // A tenant that is gone may come back.
            None => policy.retry(&claim.lease, error.to_string()),
        })
    }
}
