//! Takes entries out of the store and hands them to handlers.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backoff::BackOff;
use crate::intake::Intake;
use crate::outcome::{Finish, Outcome};
use crate::store::PruneRule;
use crate::store::{Claim, Lease, Reason};
use crate::store::{ClaimRequest, Store};
use crate::telemetry;
use crate::worker::attempt::{Asks, Attempt, Held, Opened, Terms, cause, open};
use crate::worker::concurrency::Concurrency;
use crate::worker::maintenance;

/// Takes entries out of the store and hands them to handlers; made by [`Inbox::worker`](crate::Inbox::worker).
///
/// - An entry is leased, for 30 seconds at a time, and its lease is extended while its handler runs. A worker that dies
///   loses its leases, and the entries are given to another.
/// - A handler that panics, or takes longer than its limit, has failed an attempt. So has one whose process died.
/// - After its last attempt an entry is a dead letter: kept, and seen by whoever looks.
/// - What was left by its worker more than once may be what kills it. It is processed alone: for up to a lease the worker
///   waits for what runs, and for up to a lease it begins nothing beside it.
/// - An event that this version does not know or cannot read is parked. After an upgrade
///   [`Intake::redecode`] makes it due; a handler for [`unknown_events`](Self::unknown_events) receives it before.
///
/// Handlers are futures: what blocks the thread also keeps it from being stopped.
pub struct Worker<S> {
    store: S,
    name: String,
    back_off: BackOff,
    routes: Vec<Route<S>>,
    at_once: usize,
    lease: Duration,
    limit: Duration,
    limit_in_tx: Duration,
    poll: Duration,
    grace: Duration,
}

pub(crate) struct Route<S> {
    endpoint: String,
    asks: Asks,
    prune: PruneRule,
    process: Process<S>,
}

impl<S> Clone for Route<S> {
    fn clone(&self) -> Self {
        let process = Arc::clone(&self.process);
        Self { endpoint: self.endpoint.clone(), asks: self.asks, prune: self.prune.clone(), process }
    }
}

/// Processes a claim to its end, or returns it if the handler asks for the other kind of events.
type Process<S> = Arc<dyn Fn(Held<S>, Arc<Claim>, Terms) -> BoxFuture<'static, Result<(), NotFor<S>>> + Send + Sync>;

/// A claim that a handler does not ask for, and the reason if this version cannot read its event.
struct NotFor<S>(Held<S>, Option<Reason>);

impl<S: Store> Worker<S> {
    pub(crate) fn new(store: S, back_off: BackOff) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        Self {
            store,
            // Leases are not told apart by it; it is for whoever reads the history.
            name: format!("worker-{}-{number}", std::process::id()),
            back_off,
            routes: Vec::new(),
            at_once: 16,
            lease: Duration::from_secs(30),
            limit: Duration::from_secs(5 * 60),
            limit_in_tx: Duration::from_secs(1),
            poll: Duration::from_secs(1),
            grace: Duration::from_secs(25),
        }
    }

    /// Hands the endpoint's deliveries to a handler, **at least once** each: if the process dies between the effect and
    /// the completion, there is another attempt. For calls to other services, which take
    /// [`Attempt::id`] as their idempotency key.
    #[must_use]
    pub fn run<P, H, F>(self, intake: &Intake<P, S>, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt) -> F + Send + Sync + 'static,
        F: Future + Send,
        F::Output: Into<Outcome>,
    {
        self.plainly(intake, Asks::Known, handler)
    }

    /// Hands the endpoint's unknown events to a handler, at least once each: those whose event is `Other`, because this
    /// version does not know its name or cannot read its members. Without such a handler they are parked.
    ///
    /// Parked entries of the endpoint are claimed too, after what is due. Attempts, retries and ends are those of other
    /// entries. The worker needs a handler for the endpoint's known events as well: an entry without one fails its
    /// attempts.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, Endpoint, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::{Attempt, Inbox, MemoryStore, Outcome};
    /// # async fn credit(_: Delivery<Redpin>, _: Attempt) -> Outcome { Outcome::Done }
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// # let redpin = inbox.intake("redpin-main", Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
    /// let worker = inbox.worker().run(&redpin, credit).unknown_events(&redpin, async |delivery, _| {
    ///     println!("{} is unknown: {} bytes", delivery.id(), delivery.body().len());
    ///     Outcome::Ignored("nothing that is paid for".into())
    /// });
    /// # let _ = worker;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn unknown_events<P, H, F>(self, intake: &Intake<P, S>, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt) -> F + Send + Sync + 'static,
        F: Future + Send,
        F::Output: Into<Outcome>,
    {
        self.plainly(intake, Asks::Unknown, handler)
    }

    fn plainly<P, H, F>(mut self, intake: &Intake<P, S>, asks: Asks, handler: H) -> Self
    where
        P: Platform,
        H: Fn(Delivery<P>, Attempt) -> F + Send + Sync + 'static,
        F: Future + Send,
        F::Output: Into<Outcome>,
    {
        let handler = Arc::new(handler);
        self.add(Route::new(intake, asks, move |mut held, delivery, attempt, terms| {
            let handler = Arc::clone(&handler);
            async move {
                let span = telemetry::process::<P>(&attempt, delivery.id());
                let running = async move { handler(delivery, attempt).await.into() };
                match held.watch(&terms, telemetry::spawn(running, span)).await {
                    Some(finish) => held.end(finish).await,
                    None => held.log(None),
                }
            }
        }));
        self
    }

    pub(crate) fn add(&mut self, route: Route<S>) {
        self.routes.push(route);
    }

    /// Sets the name that stands in the history; one made of the process's number if not set.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Sets how many handlers run at once, 65,535 at most; 16 if not set.
    #[must_use]
    pub fn concurrency(self, handlers: usize) -> Self {
        Self { at_once: handlers.clamp(1, Concurrency::MOST), ..self }
    }

    /// Sets for how long an entry is leased at a time, and so how long it takes until another worker takes over;
    /// 30 seconds if not set. At least 100 ms, because a lease must outlast what it costs to take it, and
    /// [an hour](crate::store::Lease::LONGEST) at most.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease: lease.clamp(Duration::from_millis(100), Lease::LONGEST), ..self }
    }

    /// Sets how long a handler may take; 5 minutes if not set.
    #[must_use]
    pub fn limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Sets how long a handler may take that writes in the store's transaction; 1 second if not set. Where the store has
    /// one writer, nothing is accepted meanwhile.
    #[must_use]
    pub fn limit_in_tx(self, limit: Duration) -> Self {
        Self { limit_in_tx: limit, ..self }
    }

    /// Sets how often it looks by itself for what has become due, and for what another process stored; every second if
    /// not set, at most a hundred times a second and at least once an hour.
    #[must_use]
    pub fn poll(self, every: Duration) -> Self {
        Self { poll: every.clamp(Duration::from_millis(10), Duration::from_secs(60 * 60)), ..self }
    }

    /// Sets how long running handlers may take to end after a shutdown was asked for; 25 seconds if not set. What runs
    /// then is stopped and given back, and the attempt does not count.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Works until the token is cancelled, and returns when the last handler has ended.
    pub async fn until(self, shutdown: CancellationToken) {
        // Dropped in the middle, it leaves nothing running that would not end by itself.
        let shutdown = shutdown.child_token();
        let _ended = shutdown.clone().drop_guard();
        let tasks = TaskTracker::new();
        let release = CancellationToken::new();
        tasks.spawn(maintenance::prune(
            self.store.clone(),
            self.routes_of_each().map(|route| route.prune.clone()).collect(),
            shutdown.clone(),
        ));
        let endpoints = self.routes.iter().map(|route| route.endpoint.clone()).collect();
        tasks.spawn(maintenance::promote_orphans(self.store.clone(), endpoints, shutdown.clone()));
        #[cfg(feature = "metrics")]
        tasks.spawn(maintenance::tell(self.store.clone(), shutdown.clone()));
        let mut work = pin!(async {
            self.claim_until(&shutdown, &tasks, &release).await;
            tasks.close();
            tasks.wait().await;
        });
        let grace_is_over = async {
            shutdown.cancelled().await;
            sleep(self.grace).await;
        };
        tokio::select! {
            biased;
            () = &mut work => return,
            // The last claim may still be waiting for its answer, behind a handler.
            () = grace_is_over => release.cancel(),
        }
        work.await;
    }

    async fn claim_until(&self, shutdown: &CancellationToken, tasks: &TaskTracker, release: &CancellationToken) {
        let concurrency = Concurrency::new(self.at_once);
        let mut endpoints: Vec<String> = self.routes_of_each().map(|route| route.endpoint.clone()).collect();
        let unknown = self.routes.iter().filter(|route| route.asks == Asks::Unknown);
        let unknown: Vec<String> = unknown.map(|route| route.endpoint.clone()).collect();
        let (mut is_more, mut claiming) = (false, Duration::ZERO);
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                // Handlers that share a transaction end together, and one claim for all of them costs as much as for some.
                () = concurrency.wait(if is_more { self.at_once - self.at_once / 4 } else { 1 }, claiming) => {}
            }
            // Another one is first each time.
            if let Some(first) = endpoints.pop() {
                endpoints.insert(0, first);
            }
            let asked = Instant::now();
            let wanted = ClaimRequest::new(&self.name, &endpoints, concurrency.free(), self.lease).unknown(&unknown);
            let most = wanted.most;
            // Not given up at a shutdown: what was claimed meanwhile would wait for its lease to end.
            let claims = self.store.claim(wanted).await.unwrap_or_else(|error| {
                telemetry::store_failed("claim");
                tracing::error!(target: "referral_webhooks", cause = cause(&error), "could not claim: {error}");
                Vec::new()
            });
            (is_more, claiming) = (claims.len() == most, asked.elapsed());
            if claims.is_empty() {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = self.store.wait(self.poll) => {}
                }
            }
            for claim in claims {
                let routes = self.routes.iter().filter(|route| route.endpoint == claim.endpoint).cloned().collect();
                let mut held = Held {
                    store: self.store.clone(),
                    endpoint: claim.endpoint.clone(),
                    lease: claim.lease.clone(),
                    asked,
                    until: asked + self.lease,
                };
                let terms = Terms {
                    back_off: self.back_off,
                    limit: self.limit,
                    limit_in_tx: self.limit_in_tx,
                    release: release.clone(),
                };
                let alone = claim.isolated.then_some(self.lease);
                let slot = match alone {
                    None => concurrency.one(),
                    Some(patience) => tokio::select! {
                        slot = concurrency.all_within(patience) => slot,
                        // It came by itself, so nothing else is left behind.
                        () = shutdown.cancelled() => return held.end(Finish::Release).await,
                        () = held.keep() => {
                            held.log(None);
                            continue;
                        }
                    },
                };
                tasks.spawn(slot.during(process(routes, held, claim, terms), alone));
            }
        }
    }
}

/// Processes a claim by the first handler that asks for its event. Without one, an unknown event is parked.
async fn process<S: Store>(routes: Vec<Route<S>>, mut held: Held<S>, claim: Claim, terms: Terms) {
    let claim = Arc::new(claim);
    let mut unreadable = None;
    for route in routes {
        match (route.process)(held, Arc::clone(&claim), terms.clone()).await {
            Ok(()) => return,
            Err(NotFor(back, why)) => (held, unreadable) = (back, why),
        }
    }
    let finish = match unreadable {
        Some(why) => Finish::Park(why),
        None => Finish::Retry(terms.wait_after(&held.lease), "the worker has no handler for known events".into()),
    };
    held.end(finish).await;
}

impl<S> Worker<S> {
    /// The first route of each endpoint.
    fn routes_of_each(&self) -> impl Iterator<Item = &Route<S>> {
        let is_first = |(place, route): &(usize, &Route<S>)| {
            !self.routes[..*place].iter().any(|before| before.endpoint == route.endpoint)
        };
        self.routes.iter().enumerate().filter(is_first).map(|(_, route)| route)
    }
}

impl<S: Store> Route<S> {
    /// Opens what was claimed, and processes it; what cannot be opened ends without a handler.
    pub(crate) fn new<P, F>(
        intake: &Intake<P, S>,
        asks: Asks,
        process: impl Fn(Held<S>, Delivery<P>, Attempt, Terms) -> F + Send + Sync + 'static,
    ) -> Self
    where
        P: Platform,
        F: Future<Output = ()> + Send + 'static,
    {
        let (endpoint, process) = (intake.endpoint().clone(), Arc::new(process));
        let process = move |held: Held<S>, claim: Arc<Claim>, terms: Terms| -> BoxFuture<'static, _> {
            let (endpoint, process) = (endpoint.clone(), Arc::clone(&process));
            Box::pin(async move {
                let opened = open(&endpoint, &claim, asks, &terms);
                drop(claim);
                match opened {
                    Opened::For(delivery, attempt) => process(held, delivery, attempt, terms).await,
                    Opened::NotFor(why) => return Err(NotFor(held, why)),
                    Opened::Ends(finish) => held.end(finish).await,
                }
                Ok(())
            })
        };
        let prune = intake.prune_rule().clone();
        Self { endpoint: intake.name().to_owned(), asks, prune, process: Arc::new(process) }
    }
}

impl<S> fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("name", &self.name)
            .field("endpoints", &self.routes_of_each().map(|route| &route.endpoint).collect::<Vec<_>>())
            .field("at_once", &self.at_once)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
