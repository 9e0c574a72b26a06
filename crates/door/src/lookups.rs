//! The lookups of endpoints, in tasks.
//!
//! - Guarantees: lookups are bounded in number and time, and end whether or not their requests wait. A request waits for the
//!   lookup of its tenant only.
//! - Assumes: the future of a request is dropped when its sender disconnects, and a runtime can be shut down while requests
//!   of another runtime wait (each worker of actix-web has one).
//! - Without it: a sender who disconnects ends the lookup that others wait for, a panic of the resolver blocks its tenant
//!   forever, and strangers hold every connection of the application's database.

use std::error::Error as StdError;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Error, ErrorKind, Tenant};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout};

use crate::endpoint_cache::{Answer, EndpointCache, Found, Lane, Look, LookupNumber, Need, Start};
use crate::log::{log_failed_lookup, log_weaknesses};
use crate::moment::Moment;
use crate::resolved::Resolved;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A lookup by the application.
pub(crate) type Resolving<P> = BoxFuture<'static, Result<Option<Resolved<P>>, BoxError>>;

/// The time for which a failed lookup is not repeated.
const FAILED_FOR: Duration = Duration::from_millis(500);

/// The maximum number of lookups for one request. More are needed only if the tenant is forgotten meanwhile.
const MOST_LOOKS: usize = 8;

/// The maximum number of requests that wait for the next refresh of their tenant. Each holds its body.
const MOST_LIMITED: usize = 64;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) capacity: usize,
    pub(crate) cache_for: Duration,
    pub(crate) unknown_for: Duration,
    pub(crate) resolve_within: Duration,
    pub(crate) at_once: usize,
}

/// The application's resolver, with the cache of its answers.
pub(crate) struct Lookups<P: Platform> {
    platform: P,
    resolver: Arc<dyn Fn(Tenant) -> Resolving<P> + Send + Sync>,
    settings: Settings,
    shared: Arc<Shared<P>>,
}

struct Shared<P> {
    cache: Mutex<EndpointCache<P>>,
    known: Semaphore,
    unproven: Semaphore,
    /// The places of requests that wait for the next refresh of their tenant.
    limited: Semaphore,
}

impl<P: Platform> Lookups<P> {
    pub(crate) fn new(
        platform: P,
        resolver: impl Fn(Tenant) -> Resolving<P> + Send + Sync + 'static,
        settings: Settings,
    ) -> Self {
        Self { platform, resolver: Arc::new(resolver), settings, shared: Shared::new(settings) }
    }

    pub(crate) const fn platform(&self) -> &P {
        &self.platform
    }

    pub(crate) const fn settings(&self) -> Settings {
        self.settings
    }

    /// Returns the same resolver with an empty cache.
    pub(crate) fn with_settings(self, settings: Settings) -> Self {
        Self { settings, shared: Shared::new(settings), ..self }
    }

    pub(crate) fn cache(&self) -> MutexGuard<'_, EndpointCache<P>> {
        self.shared.cache()
    }

    /// Returns a kept endpoint or one of a later lookup. `None` if a later one is needed, and too many requests wait for one
    /// already.
    pub(crate) async fn look(
        &self,
        tenant: &Tenant,
        after: LookupNumber,
        need: Need,
    ) -> Result<Option<Found<P>>, Error> {
        for _ in 0..MOST_LOOKS {
            // A statement of its own, so that the lock ends before the wait.
            let look = self.cache().look(tenant, after, need, Moment::now());
            let mut landing = match look {
                Look::Found(found) => return Ok(Some(found)),
                Look::Refused(kind) => return Err(kind.into()),
                Look::Limited(next) => {
                    let Ok(_place) = self.shared.limited.try_acquire() else { return Ok(None) };
                    sleep_until(next).await;
                    continue;
                }
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
        let (platform, resolver, settings) = (self.platform.clone(), Arc::clone(&self.resolver), self.settings);
        let flight = InFlight { shared: Arc::clone(&self.shared), tenant, number, _takeoff: takeoff };
        tokio::spawn(async move {
            let (shared, tenant) = (&flight.shared, &flight.tenant);
            let looking = async {
                let _permit = shared.lane(lane).acquire().await;
                resolver(tenant.clone()).await
            };
            let within = timeout(settings.resolve_within, AssertUnwindSafe(looking).catch_unwind());
            let looked = match within.await {
                Ok(Ok(Ok(resolved))) => Ok(resolved),
                Ok(Ok(Err(error))) => Err(error),
                Ok(Err(_)) => Err("the resolver panicked".into()),
                Err(_) => Err("the resolver did not answer in time".into()),
            };
            let answer = answer(&platform, looked, tenant, started, settings);
            let reported = match &answer {
                Answer::Endpoint { endpoint, .. } => Some(endpoint.clone()),
                Answer::Absent { .. } => None,
            };
            let is_first = shared.cache().settle(tenant, number, answer);
            if let Some(endpoint) = reported {
                log_weaknesses(&endpoint, tenant, is_first);
            }
        });
        landing
    }
}

/// Converts the result of a resolver, and logs a failure.
fn answer<P: Platform>(
    platform: &P,
    looked: Result<Option<Resolved<P>>, BoxError>,
    tenant: &Tenant,
    started: Instant,
    settings: Settings,
) -> Answer<P> {
    let now = Moment::now();
    let failed = |error: BoxError| {
        log_failed_lookup(platform, tenant, error.as_ref());
        Answer::Absent { kind: ErrorKind::EndpointUnavailable, until: now + FAILED_FOR }
    };
    match looked {
        Ok(Some(Resolved { endpoint, valid_until })) => {
            let valid_until = valid_until.map(|end| now.at(end));
            if valid_until.is_some_and(|end| !now.is_before(end)) {
                return failed("the validity of the resolved endpoint has ended".into());
            }
            let cached = settings.cache_for.saturating_sub(now.instant() - started);
            Answer::Endpoint { endpoint, until: now + cached, valid_until }
        }
        Ok(None) => Answer::Absent { kind: ErrorKind::UnknownTenant, until: now + settings.unknown_for },
        Err(error) => failed(error),
    }
}

/// A lookup in flight. Its drop ends the wait for it, also if its runtime is shut down.
struct InFlight<P: Platform> {
    shared: Arc<Shared<P>>,
    tenant: Tenant,
    number: LookupNumber,
    _takeoff: watch::Sender<()>,
}

impl<P: Platform> Drop for InFlight<P> {
    fn drop(&mut self) {
        // A no-op after an answer.
        self.shared.cache().abandon(&self.tenant, self.number);
    }
}

impl<P: Clone> Shared<P> {
    fn new(settings: Settings) -> Arc<Self> {
        let unproven = (settings.at_once / 2).clamp(1, Semaphore::MAX_PERMITS);
        let known = settings.at_once.saturating_sub(unproven).clamp(1, Semaphore::MAX_PERMITS);
        Arc::new(Self {
            cache: Mutex::new(EndpointCache::new(settings.capacity)),
            known: Semaphore::new(known),
            unproven: Semaphore::new(unproven),
            limited: Semaphore::new(MOST_LIMITED),
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

// Manual impl: `#[derive]` would require `P: Clone`.
impl<P: Platform> Clone for Lookups<P> {
    fn clone(&self) -> Self {
        let (platform, resolver) = (self.platform.clone(), Arc::clone(&self.resolver));
        Self { platform, resolver, settings: self.settings, shared: Arc::clone(&self.shared) }
    }
}
