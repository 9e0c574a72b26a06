//! The endpoints of many tenants, looked up when a request names one.

use std::error::Error as StdError;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, Error, ErrorKind, Tenant};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use crate::endpoint_cache::{Answer, EndpointCache, Found, Lane, Look, Need, Start};
use crate::log::{log_failed_lookup, log_weaknesses};
use crate::resolved::Resolved;

type BoxError = Box<dyn StdError + Send + Sync>;
type Lookup<P> = BoxFuture<'static, Result<Option<Resolved<P>>, BoxError>>;
type Resolver<P> = Arc<dyn Fn(Tenant) -> Lookup<P> + Send + Sync>;

/// The time for which a failed lookup is not repeated.
const FAILED_FOR: Duration = Duration::from_millis(500);

/// The maximum number of lookups for one request. More are needed only if the tenant is forgotten meanwhile.
const MOST_LOOKS: usize = 8;

/// The endpoints of one platform for many tenants: each is looked up by an async function, and kept for a bounded time.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::{Endpoint, EndpointError, Tenant};
/// use referral_webhooks_door::Endpoints;
///
/// /// Returns the secret of a tenant from the application's database.
/// async fn secret_of(tenant: &Tenant) -> Option<String> {
///     (tenant.as_str() == "acme").then(|| "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned())
/// }
///
/// let endpoints = Endpoints::<Redpin>::new(async |tenant| match secret_of(&tenant).await {
///     Some(secret) => Endpoint::new(secret).map(Some),
///     None => Ok(None),
/// });
/// # let _ = endpoints;
/// ```
///
/// The value is cheap to clone, and all clones share one cache. [`find`](Self::find) must be called within a tokio runtime.
///
/// # What is kept, and for how long
///
/// - An endpoint accepts deliveries for 30 seconds after its lookup began ([`cache_for`](Self::cache_for)), and never after
///   the end that the resolver states ([`Resolved::until`]). If it cannot be looked up again, the platform is asked to send
///   the event again.
/// - A proof that fails under a kept endpoint is judged again under a fresh one, so a rotated secret is accepted at once.
///   Such lookups are limited to one a second for each tenant. A proof between them stays undecided: the answer is the
///   contract's [`undecided`](referral_webhooks::Contract::undecided), which loses no event.
/// - An application that rotates a secret calls [`forget`](Self::forget), so that the old one ends at once. Each process
///   has its own cache.
/// - 10,000 tenants are kept ([`capacity`](Self::capacity)), the least recently used one is evicted first.
///
/// # Strangers who try names
///
/// A name without an endpoint is remembered for 5 seconds ([`unknown_for`](Self::unknown_for)), 1,024 of them at most, apart
/// from the known tenants. Lookups that a stranger can cause (of unknown names, after forgeries) share half of the
/// concurrent lookups ([`at_once`](Self::at_once)), so that tenants that are known already do not queue behind them. At most
/// 256 of them wait; a request beyond is asked to come again.
pub struct Endpoints<P: Platform> {
    resolver: Resolver<P>,
    settings: Settings,
    shared: Arc<Shared<P>>,
}

#[derive(Debug, Clone, Copy)]
struct Settings {
    capacity: usize,
    cache_for: Duration,
    unknown_for: Duration,
    resolve_within: Duration,
    at_once: usize,
}

struct Shared<P> {
    cache: Mutex<EndpointCache<P>>,
    known: Semaphore,
    unproven: Semaphore,
}

/// Setting up.
impl<P: Platform> Endpoints<P> {
    /// Makes the endpoints that an async function looks up. It returns an [`Endpoint`] or a [`Resolved`], or `None` if the
    /// application has no such tenant.
    ///
    /// The function runs in a task. An error of it, a panic and a time-out
    /// ([`resolve_within`](Self::resolve_within)) are passing faults: they are logged, and the platform is asked to send the
    /// event again. The log contains the error with its sources.
    ///
    /// ```
    /// use std::io;
    ///
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, Tenant};
    /// use referral_webhooks_door::Endpoints;
    ///
    /// async fn resolve(tenant: Tenant) -> Result<Option<Endpoint<Redpin>>, io::Error> {
    ///     Err(io::Error::other(format!("no database to look {tenant} up")))
    /// }
    /// let endpoints = Endpoints::new(resolve);
    /// # let _ = endpoints;
    /// ```
    #[must_use]
    pub fn new<R, F, T, E>(resolver: R) -> Self
    where
        R: Fn(Tenant) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<T>, E>> + Send + 'static,
        T: Into<Resolved<P>>,
        E: Into<BoxError>,
    {
        let resolver = move |tenant| {
            let looking = resolver(tenant);
            let looked = async move { looking.await.map(|found| found.map(Into::into)).map_err(Into::into) };
            looked.boxed()
        };
        // The fastest platform waits for 2 seconds, and storing takes a part of them.
        let resolve_within = P::CONTRACT.deadline.map_or(Duration::MAX, |deadline| deadline / 4);
        let settings = Settings {
            capacity: 10_000,
            cache_for: Duration::from_secs(30),
            unknown_for: Duration::from_secs(5),
            resolve_within: resolve_within.min(Duration::from_secs(2)),
            at_once: 8,
        };
        Self { resolver: Arc::new(resolver), settings, shared: Shared::new(settings) }
    }

    /// Sets the number of tenants whose endpoints are kept, 10,000 by default.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::Endpoints;
    /// # async fn resolve(_: Tenant) -> Result<Option<Endpoint<Redpin>>, std::io::Error> { Ok(None) }
    /// let endpoints = Endpoints::new(resolve).capacity(100_000);
    /// # let _ = endpoints;
    /// ```
    #[must_use]
    pub fn capacity(self, tenants: usize) -> Self {
        self.change(|settings| settings.capacity = tenants)
    }

    /// Sets the time for which an endpoint is kept, 30 seconds by default. It is the longest time for which a secret is
    /// accepted after it was removed without [`forget`](Self::forget). Zero looks up the endpoint for each request.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks::{Endpoint, Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::Endpoints;
    /// # async fn resolve(_: Tenant) -> Result<Option<Endpoint<Redpin>>, std::io::Error> { Ok(None) }
    /// let endpoints = Endpoints::new(resolve).cache_for(Duration::from_secs(5));
    /// # let _ = endpoints;
    /// ```
    #[must_use]
    pub fn cache_for(self, time: Duration) -> Self {
        self.change(|settings| settings.cache_for = time)
    }

    /// Sets the time for which a name without an endpoint is not looked up again, 5 seconds by default. It is the longest
    /// time for which a new tenant is unknown after a request came too early.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks::{Endpoint, Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::Endpoints;
    /// # async fn resolve(_: Tenant) -> Result<Option<Endpoint<Redpin>>, std::io::Error> { Ok(None) }
    /// let endpoints = Endpoints::new(resolve).unknown_for(Duration::from_secs(1));
    /// # let _ = endpoints;
    /// ```
    #[must_use]
    pub fn unknown_for(self, time: Duration) -> Self {
        self.change(|settings| settings.unknown_for = time)
    }

    /// Sets the time that a lookup may take, with the wait for its turn: by default a quarter of the platform's time-out,
    /// and 2 seconds at most.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks::{Endpoint, Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::Endpoints;
    /// # async fn resolve(_: Tenant) -> Result<Option<Endpoint<Redpin>>, std::io::Error> { Ok(None) }
    /// let endpoints = Endpoints::new(resolve).resolve_within(Duration::from_millis(300));
    /// # let _ = endpoints;
    /// ```
    #[must_use]
    pub fn resolve_within(self, time: Duration) -> Self {
        self.change(|settings| settings.resolve_within = time)
    }

    /// Sets the number of concurrent lookups, 8 by default and 2 at least. Half of them is for tenants that are known
    /// already. A resolver with a pool of connections needs as many of them.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::Endpoints;
    /// # async fn resolve(_: Tenant) -> Result<Option<Endpoint<Redpin>>, std::io::Error> { Ok(None) }
    /// let endpoints = Endpoints::new(resolve).at_once(32);
    /// # let _ = endpoints;
    /// ```
    #[must_use]
    pub fn at_once(self, lookups: usize) -> Self {
        self.change(|settings| settings.at_once = lookups)
    }

    fn change(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self.shared = Shared::new(self.settings);
        self
    }
}

/// Looking up.
impl<P: Platform> Endpoints<P> {
    /// Returns the endpoint of a tenant: the kept one, or else a fresh one.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Error, Tenant};
    /// use referral_webhooks_door::Endpoints;
    ///
    /// async fn body_limit(endpoints: &Endpoints<Redpin>, tenant: &Tenant) -> Result<usize, Error> {
    ///     Ok(endpoints.find(tenant).await?.body_limit())
    /// }
    /// # let _ = body_limit;
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownTenant`] if the resolver has no endpoint of this name, and [`ErrorKind::EndpointUnavailable`] if
    /// it did not answer. The reason is logged.
    pub async fn find(&self, tenant: &Tenant) -> Result<Endpoint<P>, Error> {
        self.find_cached(tenant, Instant::now()).await.map(|found| found.endpoint)
    }

    /// Returns an endpoint that is looked up now, or the kept one if a refresh of this tenant is less than a second old.
    /// Call it if a proof fails that is known to be genuine, such as that of a stored delivery.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Delivery, Error, StoredDelivery, Tenant};
    /// use referral_webhooks_door::Endpoints;
    ///
    /// async fn reopen(
    ///     endpoints: &Endpoints<Redpin>,
    ///     tenant: &Tenant,
    ///     stored: StoredDelivery,
    /// ) -> Result<Delivery<Redpin>, Error> {
    ///     match endpoints.find(tenant).await?.reopen(stored.clone()) {
    ///         Ok(delivery) => Ok(delivery),
    ///         Err(_) => endpoints.refresh(tenant).await?.reopen(stored),
    ///     }
    /// }
    /// # let _ = reopen;
    /// ```
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub async fn refresh(&self, tenant: &Tenant) -> Result<Endpoint<P>, Error> {
        match self.find_fresh(tenant, Instant::now()).await? {
            Some(found) => Ok(found.endpoint),
            None => self.find(tenant).await,
        }
    }

    /// Ends the use of a tenant's kept endpoint, of an earlier "unknown", and of lookups that have begun. Call it after a
    /// change of the tenant's row is committed.
    ///
    /// ```
    /// # use referral_webhooks::{Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::Endpoints;
    /// async fn rotate(endpoints: &Endpoints<Redpin>, tenant: &Tenant) {
    ///     // Commit the new secret, and then:
    ///     endpoints.forget(tenant);
    /// }
    /// # let _ = rotate;
    /// ```
    pub fn forget(&self, tenant: &Tenant) {
        self.shared.cache().forget(tenant);
    }

    /// Forgets all tenants, as [`forget`](Self::forget) does one.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::Endpoints;
    /// # async fn resolve(_: Tenant) -> Result<Option<Endpoint<Redpin>>, std::io::Error> { Ok(None) }
    /// let endpoints = Endpoints::new(resolve);
    /// endpoints.forget_all();
    /// assert_eq!(endpoints.kept(), 0);
    /// ```
    pub fn forget_all(&self) {
        self.shared.cache().forget_all();
    }

    /// Returns the number of tenants whose endpoints are kept: a gauge for metrics.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::Endpoints;
    /// # async fn resolve(_: Tenant) -> Result<Option<Endpoint<Redpin>>, std::io::Error> { Ok(None) }
    /// assert_eq!(Endpoints::new(resolve).kept(), 0);
    /// ```
    #[must_use]
    pub fn kept(&self) -> usize {
        self.shared.cache().len()
    }

    pub(crate) async fn find_cached(&self, tenant: &Tenant, arrived: Instant) -> Result<Found<P>, Error> {
        let found = self.look(tenant, arrived, Need::Cached).await?;
        found.ok_or_else(|| ErrorKind::EndpointUnavailable.into())
    }

    /// Returns an endpoint whose lookup began after the request arrived. `None` if the last such lookup of the tenant is
    /// too recent.
    pub(crate) async fn find_fresh(&self, tenant: &Tenant, arrived: Instant) -> Result<Option<Found<P>>, Error> {
        self.look(tenant, arrived, Need::Fresh).await
    }

    async fn look(&self, tenant: &Tenant, arrived: Instant, need: Need) -> Result<Option<Found<P>>, Error> {
        for _ in 0..MOST_LOOKS {
            // A statement of its own, so that the lock ends before the wait.
            let look = self.shared.cache().look(tenant, arrived, need, Instant::now());
            let mut landing = match look {
                Look::Found(found) => return Ok(Some(found)),
                Look::Refused(kind) => return Err(kind.into()),
                Look::Limited => return Ok(None),
                Look::Wait(landing) => landing,
                Look::Start(start) => self.begin(tenant.clone(), start),
            };
            // The error means that the lookup has ended.
            let _ = landing.changed().await;
        }
        Err(ErrorKind::EndpointUnavailable.into())
    }

    /// Begins a lookup in a task, because the request that began it can be dropped while others wait for it.
    fn begin(&self, tenant: Tenant, start: Start) -> watch::Receiver<()> {
        let Start { number, started, lane, takeoff, landing } = start;
        let (resolver, settings) = (Arc::clone(&self.resolver), self.settings);
        let flight = InFlight { shared: Arc::clone(&self.shared), tenant, number, _takeoff: takeoff };
        tokio::spawn(async move {
            let (shared, tenant) = (&flight.shared, &flight.tenant);
            let looking = async {
                let _permit = shared.lane(lane).acquire().await;
                resolver(tenant.clone()).await
            };
            let within = timeout_at(started + settings.resolve_within, AssertUnwindSafe(looking).catch_unwind());
            let looked = match within.await {
                Ok(Ok(Ok(resolved))) => Ok(resolved),
                Ok(Ok(Err(error))) => Err(error),
                Ok(Err(_)) => Err("the resolver panicked".into()),
                Err(_) => Err("the resolver did not answer in time".into()),
            };
            let answer = answer(looked, tenant, started, settings);
            let reported = match &answer {
                Answer::Endpoint { endpoint, .. } => Some(endpoint.clone()),
                Answer::Absent { .. } => None,
            };
            let is_first = shared.cache().settle(tenant, number, started, answer);
            if let Some(endpoint) = reported {
                log_weaknesses(&endpoint, tenant, is_first);
            }
        });
        landing
    }
}

/// Converts the result of a resolver, and logs a failure.
fn answer<P: Platform>(
    looked: Result<Option<Resolved<P>>, BoxError>,
    tenant: &Tenant,
    started: Instant,
    settings: Settings,
) -> Answer<P> {
    let now = Instant::now();
    let failed = |error: BoxError| {
        log_failed_lookup::<P>(tenant, error.as_ref());
        Answer::Absent { kind: ErrorKind::EndpointUnavailable, until: now + FAILED_FOR }
    };
    match looked {
        Ok(Some(Resolved { endpoint, valid_until })) => {
            let left = valid_until.map(|end| Duration::try_from(end - OffsetDateTime::now_utc()).unwrap_or_default());
            if left.is_some_and(|left| left.is_zero()) {
                return failed("the validity of the resolved endpoint has ended".into());
            }
            let valid_until = left.and_then(|left| now.checked_add(left));
            let cached = started.checked_add(settings.cache_for).unwrap_or(now);
            Answer::Endpoint { endpoint, until: cached, valid_until }
        }
        Ok(None) => Answer::Absent { kind: ErrorKind::UnknownTenant, until: now + settings.unknown_for },
        Err(error) => failed(error),
    }
}

/// A lookup in flight. Its drop ends the wait for it, also if its runtime is shut down.
struct InFlight<P: Platform> {
    shared: Arc<Shared<P>>,
    tenant: Tenant,
    number: u64,
    _takeoff: watch::Sender<()>,
}

impl<P: Platform> Drop for InFlight<P> {
    fn drop(&mut self) {
        // A no-op after an answer.
        self.shared.cache().abandon(&self.tenant, self.number);
    }
}

impl<P> Shared<P> {
    fn new(settings: Settings) -> Arc<Self> {
        let unproven = (settings.at_once / 2).clamp(1, Semaphore::MAX_PERMITS);
        let known = settings.at_once.saturating_sub(unproven).clamp(1, Semaphore::MAX_PERMITS);
        Arc::new(Self {
            cache: Mutex::new(EndpointCache::new(settings.capacity)),
            known: Semaphore::new(known),
            unproven: Semaphore::new(unproven),
        })
    }

    fn cache(&self) -> MutexGuard<'_, EndpointCache<P>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const fn lane(&self, lane: Lane) -> &Semaphore {
        match lane {
            Lane::Known => &self.known,
            Lane::Unproven => &self.unproven,
        }
    }
}

// Manual impls: `#[derive]` would require `P: Clone` and `P: Debug`.
impl<P: Platform> Clone for Endpoints<P> {
    fn clone(&self) -> Self {
        Self { resolver: Arc::clone(&self.resolver), settings: self.settings, shared: Arc::clone(&self.shared) }
    }
}

impl<P: Platform> fmt::Debug for Endpoints<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints")
            .field("platform", &P::NAME)
            .field("settings", &self.settings)
            .field("kept", &self.kept())
            .finish_non_exhaustive()
    }
}
