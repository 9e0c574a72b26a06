//! The loop of a worker: wait for permits, claim, start handlers.
//!
//! - Guarantees: every claimed entry is processed or released. After a shutdown no entry is claimed, and running
//!   handlers have a grace period before they are released.
//! - Assumes: other workers claim from the same store. The future may be dropped at any time: the background tasks then
//!   end with the child token, and running attempts end on their own.
//! - Without it: a deployment abandons entries, which costs each of them an attempt and a lease of waiting.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::chain;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::concurrency::{Concurrency, Permits};
use super::lease::HeldLease;
use super::maintenance;
use super::route::{Events, Route, process};
use super::setup::Worker;
use crate::line::Line;
use crate::store::{Claim, ClaimRequest, Finish, Store, StoreError};
use crate::telemetry;

impl<S: Store> Worker<S> {
    /// Works until the token is cancelled, and returns when the last handler has ended.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{CancellationToken, Worker};
    /// # use referral_webhooks_inbox::store::Store;
    /// async fn work<S: Store>(worker: Worker<S>, shutdown: CancellationToken) {
    ///     worker.until(shutdown).await;
    ///     println!("every handler has ended");
    /// }
    /// ```
    pub async fn until(self, shutdown: CancellationToken) {
        // Dropping this future cancels the child token, and so ends the background tasks.
        let shutdown = shutdown.child_token();
        let _guard = shutdown.clone().drop_guard();
        let _running = self.fulfilment.running();
        let tasks = TaskTracker::new();
        self.spawn_maintenance(&tasks, &shutdown);
        let mut work = pin!(async {
            self.claim_until(&shutdown, &tasks).await;
            tasks.close();
            tasks.wait().await;
        });
        let grace_period = async {
            shutdown.cancelled().await;
            sleep(self.grace).await;
        };
        tokio::select! {
            biased;
            () = &mut work => return,
            () = grace_period => self.policy.grace_over.cancel(),
        }
        // The last claim may still wait for its answer, behind the transaction of a handler.
        work.await;
    }

    fn spawn_maintenance(&self, tasks: &TaskTracker, shutdown: &CancellationToken) {
        let rules = self.endpoints().map(|route| route.prune.clone()).collect();
        tasks.spawn(maintenance::prune(self.store.clone(), rules, shutdown.clone()));
        let endpoints = self.endpoints().map(|route| route.endpoint.clone()).collect();
        tasks.spawn(maintenance::promote_orphans(self.store.clone(), endpoints, shutdown.clone()));
        #[cfg(feature = "metrics")]
        tasks.spawn(maintenance::report_stats(self.store.clone(), self.receptions.clone(), shutdown.clone()));
    }

    async fn claim_until(&self, shutdown: &CancellationToken, tasks: &TaskTracker) {
        let concurrency = Concurrency::new(self.concurrency);
        let mut endpoints: Vec<String> = self.endpoints().map(|route| route.endpoint.clone()).collect();
        let (mut is_more, mut claim_time) = (false, Duration::ZERO);
        loop {
            // Under load, handlers that share a transaction end together, and one claim serves all of them.
            let batch = if is_more { self.concurrency - self.concurrency / 4 } else { 1 };
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = concurrency.wait_for_batch(batch, claim_time) => {}
            }
            let (claimed_at, most) = (Instant::now(), concurrency.available());
            let claims = self.claim(&mut endpoints, most).await.unwrap_or_else(|error| {
                telemetry::store_failed("claim");
                tracing::error!(target: "referral_webhooks", cause = %chain(&error), "could not claim");
                Vec::new()
            });
            (is_more, claim_time) = (claims.len() == most, claimed_at.elapsed());
            if claims.is_empty() {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = self.store.wait(self.poll) => {}
                }
            }
            self.start(claims, claimed_at, &concurrency, shutdown, tasks).await;
        }
    }

    /// Claims up to `most` entries. It is not cancelled by a shutdown, because a claim in flight would then be
    /// abandoned.
    pub(super) async fn claim(&self, endpoints: &mut Vec<String>, most: usize) -> Result<Vec<Claim>, StoreError> {
        // Each endpoint is first in turn, because the first one gets the remainder of an uneven share.
        if let Some(last) = endpoints.pop() {
            endpoints.insert(0, last);
        }
        let unknown = self.routes.iter().filter(|route| route.events == Events::Unknown);
        let unknown: Vec<String> = unknown.map(|route| route.endpoint.clone()).collect();
        let wanted = ClaimRequest::new(&self.name, endpoints, most, self.lease).unknown(&unknown);
        self.store.claim(wanted).await
    }

    /// Starts the handlers of claimed entries.
    pub(super) async fn start(
        &self,
        claims: Vec<Claim>,
        claimed_at: Instant,
        concurrency: &Concurrency,
        shutdown: &CancellationToken,
        tasks: &TaskTracker,
    ) {
        for claim in claims {
            let of_endpoint = |route: &&Arc<Route<S>>| route.endpoint == claim.endpoint;
            let routes: Vec<_> = self.routes.iter().filter(of_endpoint).cloned().collect();
            let platform = routes.first().map_or("", |route| route.platform);
            let line = Line::of_claim(platform, &claim);
            let mut lease =
                HeldLease::new((self.store.clone(), self.fulfilment.clone()), &claim, line, claimed_at, self.lease);
            let isolated_for = claim.isolated.then_some(self.lease);
            if let Some(permits) = acquire(concurrency, isolated_for, &mut lease, shutdown).await {
                tasks.spawn(permits.hold(process(routes, lease, claim, self.policy.clone()), isolated_for));
            }
        }
    }
}

/// Acquires the permits of a claim: one, or all if it is isolated. Returns `None` if the attempt ended while it waited.
async fn acquire<S: Store>(
    concurrency: &Concurrency,
    isolated_for: Option<Duration>,
    lease: &mut HeldLease<S>,
    shutdown: &CancellationToken,
) -> Option<Permits> {
    let Some(patience) = isolated_for else { return Some(concurrency.acquire()) };
    tokio::select! {
        permits = concurrency.acquire_all(patience) => return Some(permits),
        () = shutdown.cancelled() => {}
        () = lease.extend_until_expired() => {
            lease.record(None);
            return None;
        }
    }
    lease.finish(Finish::Release).await;
    None
}
