//! The endpoints that a process has looked up, and the lookups in flight: decisions without I/O.
//!
//! - Guarantees: at most one lookup of a tenant is in flight. A cached endpoint is returned before its end only. A lookup
//!   that began before its tenant was forgotten changes no entry. Known tenants, unknown names and lookups are bounded in
//!   number, and unknown names evict no known tenant.
//! - Assumes: every call holds the lock of the cache, and every [`Start`] is followed by [`settle`](EndpointCache::settle)
//!   or [`abandon`](EndpointCache::abandon).
//! - Without it: a burst of requests of one tenant is a burst of queries, a secret is accepted after its application has
//!   replaced it, and a stranger who tries names fills the memory.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::time::Duration;

use hashlink::LruCache;
use referral_webhooks::{Endpoint, ErrorKind, Tenant};
use tokio::sync::watch;
use tokio::time::Instant;

/// The maximum number of names without an endpoint that are remembered.
const MOST_ABSENT: usize = 1_024;

/// The maximum number of unproven lookups in flight.
const MOST_UNPROVEN: usize = 256;

/// The minimum time between two lookups of a tenant that failed proofs cause.
pub(crate) const BETWEEN_REFRESHES: Duration = Duration::from_secs(1);

/// Bounded endpoints by tenant.
pub(crate) struct EndpointCache<P> {
    known: LruCache<Tenant, Known<P>, RandomState>,
    absent: LruCache<Tenant, Absent, RandomState>,
    flights: HashMap<Tenant, Flight>,
    /// The number of flights in [`Lane::Unproven`].
    unproven: usize,
    numbered: u64,
}

/// An endpoint, and the time at which its lookup began.
pub(crate) struct Found<P> {
    pub(crate) endpoint: Endpoint<P>,
    pub(crate) started: Instant,
}

/// A tenant with an endpoint. An expired endpoint stays, because its tenant remains known.
struct Known<P> {
    found: Found<P>,
    /// The end of the cached time.
    until: Instant,
    /// The end that the resolver stated.
    valid_until: Option<Instant>,
    refreshed: Option<Instant>,
}

/// A name without an endpoint, or whose lookup failed.
struct Absent {
    kind: ErrorKind,
    started: Instant,
    until: Instant,
}

/// A lookup in flight. Its receiver ends with the lookup.
struct Flight {
    number: u64,
    lane: Lane,
    landing: watch::Receiver<()>,
}

/// The queue of a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// The tenant is known, and its endpoint has expired.
    Known,
    /// A stranger can cause the lookup: by an unknown name or by a forgery.
    Unproven,
}

/// The next step of a request.
pub(crate) enum Look<P> {
    /// To use the endpoint.
    Found(Found<P>),
    /// To refuse.
    Refused(ErrorKind),
    /// To leave the proof undecided, because the last refresh is too recent.
    Limited,
    /// To look again after a lookup has ended.
    Wait(watch::Receiver<()>),
    /// To begin a lookup, and to look again after it.
    Start(Start),
}

/// A lookup to begin.
pub(crate) struct Start {
    pub(crate) number: u64,
    pub(crate) started: Instant,
    pub(crate) lane: Lane,
    pub(crate) takeoff: watch::Sender<()>,
    pub(crate) landing: watch::Receiver<()>,
}

/// The result of a lookup.
pub(crate) enum Answer<P> {
    /// An endpoint, its cached end and its stated end.
    Endpoint { endpoint: Endpoint<P>, until: Instant, valid_until: Option<Instant> },
    /// No endpoint, until this time.
    Absent { kind: ErrorKind, until: Instant },
}

/// The demand of a request on the age of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Any endpoint that has not ended.
    Cached,
    /// An endpoint whose lookup began after the request arrived.
    Fresh,
}

impl<P> EndpointCache<P> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            known: LruCache::with_hasher(capacity.max(1), RandomState::new()),
            absent: LruCache::with_hasher(MOST_ABSENT, RandomState::new()),
            flights: HashMap::new(),
            unproven: 0,
            numbered: 0,
        }
    }

    /// Returns the number of known tenants.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Decides the next step of a request that arrived at this time.
    pub(crate) fn look(&mut self, tenant: &Tenant, arrived: Instant, need: Need, now: Instant) -> Look<P> {
        let is_usable = |started: Instant, until: Instant| started >= arrived || need == Need::Cached && now < until;
        let known = self.known.get(tenant);
        if let Some(Known { found, until, valid_until, .. }) = known
            && is_usable(found.started, *until)
            && valid_until.is_none_or(|end| now < end)
        {
            return Look::Found(found.clone());
        }
        let refreshed = known.and_then(|known| known.refreshed);
        let lane = if known.is_some() && need == Need::Cached { Lane::Known } else { Lane::Unproven };
        if let Some(Absent { kind, started, until }) = self.absent.get(tenant)
            && is_usable(*started, *until)
        {
            return Look::Refused(*kind);
        }
        if let Some(flight) = self.flights.get(tenant) {
            return Look::Wait(flight.landing.clone());
        }
        if need == Need::Fresh && refreshed.is_some_and(|last| now < last + BETWEEN_REFRESHES) {
            return Look::Limited;
        }
        if lane == Lane::Unproven && self.unproven >= MOST_UNPROVEN {
            return Look::Refused(ErrorKind::EndpointUnavailable);
        }
        if let Some(known) = self.known.get_mut(tenant)
            && need == Need::Fresh
        {
            known.refreshed = Some(now);
        }
        Look::Start(self.start(tenant, lane, now))
    }

    fn start(&mut self, tenant: &Tenant, lane: Lane, started: Instant) -> Start {
        self.numbered += 1;
        let (number, (takeoff, landing)) = (self.numbered, watch::channel(()));
        self.unproven += usize::from(lane == Lane::Unproven);
        self.flights.insert(tenant.clone(), Flight { number, lane, landing: landing.clone() });
        Start { number, started, lane, takeoff, landing }
    }

    /// Ends a lookup with its answer. Returns whether an endpoint is the first one of its tenant. An answer from before
    /// its tenant was forgotten is dropped.
    pub(crate) fn settle(&mut self, tenant: &Tenant, number: u64, started: Instant, answer: Answer<P>) -> bool {
        if !self.abandon(tenant, number) {
            return false;
        }
        match answer {
            Answer::Endpoint { endpoint, until, valid_until } => {
                self.absent.remove(tenant);
                let refreshed = self.known.get(tenant).and_then(|known| known.refreshed);
                let known = Known { found: Found { endpoint, started }, until, valid_until, refreshed };
                self.known.insert(tenant.clone(), known).is_none()
            }
            Answer::Absent { kind, until } => {
                if kind == ErrorKind::UnknownTenant {
                    self.known.remove(tenant);
                }
                self.absent.insert(tenant.clone(), Absent { kind, started, until });
                false
            }
        }
    }

    /// Ends a lookup without an answer. Returns `false` if its tenant was forgotten since it began.
    pub(crate) fn abandon(&mut self, tenant: &Tenant, number: u64) -> bool {
        let is_current = self.flights.get(tenant).is_some_and(|flight| flight.number == number);
        if is_current {
            self.end_flight(tenant);
        }
        is_current
    }

    pub(crate) fn forget(&mut self, tenant: &Tenant) {
        self.known.remove(tenant);
        self.absent.remove(tenant);
        self.end_flight(tenant);
    }

    pub(crate) fn forget_all(&mut self) {
        self.known.clear();
        self.absent.clear();
        self.flights.clear();
        self.unproven = 0;
    }

    fn end_flight(&mut self, tenant: &Tenant) {
        if let Some(flight) = self.flights.remove(tenant) {
            self.unproven -= usize::from(flight.lane == Lane::Unproven);
        }
    }
}

impl<P> Clone for Found<P> {
    fn clone(&self) -> Self {
        Self { endpoint: self.endpoint.clone(), started: self.started }
    }
}
