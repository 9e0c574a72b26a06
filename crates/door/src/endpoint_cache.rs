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

use crate::moment::Moment;

/// The maximum number of names without an endpoint that are remembered.
const MOST_ABSENT: usize = 1_024;

/// The maximum number of unproven lookups in flight.
const MOST_UNPROVEN: usize = 512;

/// The minimum time between two lookups of a tenant that failed proofs cause.
const BETWEEN_REFRESHES: Duration = Duration::from_millis(250);

/// Bounded endpoints by tenant.
pub(crate) struct EndpointCache<P> {
    known: LruCache<Tenant, Known<P>, RandomState>,
    absent: LruCache<Tenant, Absent, RandomState>,
    flights: HashMap<Tenant, Flight>,
    /// The number of flights in [`Lane::Unproven`].
    unproven: usize,
    /// The number of the last lookup.
    last: LookupNumber,
}

/// The number of a lookup. A lookup that begins later has a higher one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LookupNumber(u64);

/// An endpoint, and its lookup.
pub(crate) struct Found<P> {
    pub(crate) endpoint: Endpoint<P>,
    pub(crate) number: LookupNumber,
}

/// A tenant with an endpoint. An expired endpoint stays, because its tenant remains known.
struct Known<P> {
    found: Found<P>,
    /// The end of the cached time.
    until: Moment,
    /// The end that the resolver stated.
    valid_until: Option<Moment>,
    refreshed: Option<Instant>,
}

/// A name without an endpoint, or whose lookup failed.
struct Absent {
    kind: ErrorKind,
    number: LookupNumber,
    until: Moment,
}

/// A lookup in flight. Its receiver ends with the lookup.
struct Flight {
    number: LookupNumber,
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
    /// To look again then, because the last refresh is too recent.
    Limited(Instant),
    /// To look again after a lookup has ended.
    Wait(watch::Receiver<()>),
    /// To begin a lookup, and to look again after it.
    Start(Start),
}

/// A lookup to begin.
pub(crate) struct Start {
    pub(crate) number: LookupNumber,
    pub(crate) started: Instant,
    pub(crate) lane: Lane,
    pub(crate) takeoff: watch::Sender<()>,
    pub(crate) landing: watch::Receiver<()>,
}

/// The result of a lookup.
pub(crate) enum Answer<P> {
    /// An endpoint, its cached end and its stated end.
    Endpoint { endpoint: Endpoint<P>, until: Moment, valid_until: Option<Moment> },
    /// No endpoint, until this time.
    Absent { kind: ErrorKind, until: Moment },
}

/// The demand of a request on an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A kept endpoint, or that of a later lookup.
    Cached,
    /// An endpoint of a later lookup.
    Newer,
}

impl<P: Clone> EndpointCache<P> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            known: LruCache::with_hasher(capacity.max(1), RandomState::new()),
            absent: LruCache::with_hasher(MOST_ABSENT, RandomState::new()),
            flights: HashMap::new(),
            unproven: 0,
            last: LookupNumber(0),
        }
    }

    /// Returns the number of known tenants.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Returns the last lookup that began before now.
    pub(crate) const fn last(&self) -> LookupNumber {
        self.last
    }

    /// Decides the next step of a request. The answer of a lookup after this one is usable, even if it is not kept.
    pub(crate) fn look(&mut self, tenant: &Tenant, after: LookupNumber, need: Need, now: Moment) -> Look<P> {
        let known = self.known.get(tenant);
        if let Some(Known { found, until, valid_until, .. }) = known
            && (found.number > after || need == Need::Cached && now.is_before(*until))
            && valid_until.is_none_or(|end| now.is_before(end))
        {
            return Look::Found(found.clone());
        }
        let refreshed = known.and_then(|known| known.refreshed);
        let lane = if known.is_some() && need == Need::Cached { Lane::Known } else { Lane::Unproven };
        if let Some(Absent { kind, number, until }) = self.absent.get(tenant)
            && match need {
                // The failure of an earlier lookup ends with its time, and "unknown" with the tenant's first endpoint.
                _ if *number > after => *kind == ErrorKind::UnknownTenant || now.is_before(*until),
                Need::Cached => now.is_before(*until),
                Need::Newer => false,
            }
        {
            return Look::Refused(*kind);
        }
        if let Some(flight) = self.flights.get(tenant) {
            return Look::Wait(flight.landing.clone());
        }
        let next = refreshed.map(|last| last + BETWEEN_REFRESHES).filter(|_| need == Need::Newer);
        if let Some(next) = next.filter(|next| now.instant() < *next) {
            return Look::Limited(next);
        }
        if lane == Lane::Unproven && self.unproven >= MOST_UNPROVEN {
            return Look::Refused(ErrorKind::EndpointUnavailable);
        }
        if let Some(known) = self.known.get_mut(tenant)
            && need == Need::Newer
        {
            known.refreshed = Some(now.instant());
        }
        Look::Start(self.start(tenant, lane, now.instant()))
    }

    fn start(&mut self, tenant: &Tenant, lane: Lane, started: Instant) -> Start {
        self.last.0 += 1;
        let (number, (takeoff, landing)) = (self.last, watch::channel(()));
        self.unproven += usize::from(lane == Lane::Unproven);
        self.flights.insert(tenant.clone(), Flight { number, lane, landing: landing.clone() });
        Start { number, started, lane, takeoff, landing }
    }

    /// Ends a lookup with its answer. Returns whether an endpoint is the first one of its tenant. An answer from before
    /// its tenant was forgotten is dropped.
    pub(crate) fn settle(&mut self, tenant: &Tenant, number: LookupNumber, answer: Answer<P>) -> bool {
        if !self.abandon(tenant, number) {
            return false;
        }
        match answer {
            Answer::Endpoint { endpoint, until, valid_until } => {
                self.absent.remove(tenant);
                let refreshed = self.known.get(tenant).and_then(|known| known.refreshed);
                let known = Known { found: Found { endpoint, number }, until, valid_until, refreshed };
                self.known.insert(tenant.clone(), known).is_none()
            }
            Answer::Absent { kind, until } => {
                if kind == ErrorKind::UnknownTenant {
                    self.known.remove(tenant);
                }
                self.absent.insert(tenant.clone(), Absent { kind, number, until });
                false
            }
        }
    }

    /// Ends a lookup without an answer. Returns `false` if its tenant was forgotten since it began.
    pub(crate) fn abandon(&mut self, tenant: &Tenant, number: LookupNumber) -> bool {
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

impl<P: Clone> Clone for Found<P> {
    fn clone(&self) -> Self {
        Self { endpoint: self.endpoint.clone(), number: self.number }
    }
}

#[cfg(test)]
mod tests;
