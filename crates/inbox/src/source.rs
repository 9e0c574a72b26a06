//! The source of an intake's endpoint: one endpoint that can be replaced, or those of many tenants.
//!
//! - Guarantees: a stored delivery is verified under the endpoint that is current when it is processed. A delivery of a
//!   tenant is never verified under the endpoint of another one.
//! - Assumes: workers and ready-made routes ask for the endpoint at each delivery, and keep none.
//! - Without it: a new secret needs a restart of every worker.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, Observer, StoredDelivery, Tenant};
use referral_webhooks_door::Endpoints;
use tokio::time::timeout;

/// The longest wait for a fresh endpoint, so that deliveries that do not verify occupy no worker for long.
const MOST_REFRESH: Duration = Duration::from_millis(200);

/// The source of an intake's endpoint: [`OneEndpoint`], or [`Endpoints`] of many tenants. It is sealed.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks_inbox::store::Store;
/// use referral_webhooks_inbox::{Intake, Source};
///
/// /// Prints the name of an intake of one endpoint or of many tenants.
/// fn print<P: Platform, S: Store>(intake: &Intake<P, S, impl Source<P>>) {
///     println!("{}", intake.name());
/// }
/// ```
pub trait Source<P: Platform>: sealed::Source<P> {}

impl<P: Platform> Source<P> for OneEndpoint<P> {}
impl<P: Platform> Source<P> for Endpoints<P> {}

pub(crate) mod sealed {
    use super::*;

    #[expect(unnameable_types, reason = "a sealed trait")]
    pub trait Source<P: Platform>: fmt::Debug + Clone + Send + Sync + 'static {
        /// Verifies a stored delivery again, under the endpoint of its tenant.
        fn reopen(
            &self,
            tenant: Option<&str>,
            stored: StoredDelivery,
        ) -> impl Future<Output = Result<Delivery<P>, Unopened>> + Send;

        /// Returns the endpoint of a tenant; `None` if it is unknown now.
        fn endpoint_of(&self, tenant: Option<&str>) -> impl Future<Output = Option<Endpoint<P>>> + Send;
    }
}

/// The error of a stored delivery that cannot be verified now.
#[derive(Debug)]
#[expect(unnameable_types, reason = "in the signature of a sealed trait")]
pub enum Unopened {
    /// The delivery does not verify: its secret was removed, or the body was altered.
    Unverified(Error),
    /// The entry's tenant has no endpoint, or it could not be looked up.
    NoEndpoint(String, Error),
    /// The entry has a tenant, and the intake has one endpoint.
    HasTenant(String),
    /// The entry has no tenant, and the intake serves tenants.
    HasNoTenant,
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unverified(error) => write!(f, "the stored delivery does not verify: {error}"),
            Self::NoEndpoint(tenant, error) => write!(f, "no endpoint of tenant `{tenant}`: {error}"),
            Self::HasTenant(tenant) => {
                write!(f, "the entry belongs to tenant `{tenant}`, and the endpoint has no tenants")
            }
            Self::HasNoTenant => f.write_str("the entry has no tenant, and the endpoint is one of tenants"),
        }
    }
}

/// The endpoint of an [`Intake`](crate::Intake) without tenants. It can be [replaced](crate::Intake::replace).
pub struct OneEndpoint<P>(Arc<Replaceable<P>>);

struct Replaceable<P> {
    endpoint: RwLock<Endpoint<P>>,
    /// The observers of requests, which every later endpoint gets too.
    observers: RwLock<Vec<Arc<dyn Observer>>>,
}

impl<P: Platform> OneEndpoint<P> {
    pub(crate) fn new(endpoint: Endpoint<P>, observer: Arc<dyn Observer>) -> Self {
        let endpoint = RwLock::new(endpoint.observed_by(Arc::clone(&observer)));
        Self(Arc::new(Replaceable { endpoint, observers: RwLock::new(vec![observer]) }))
    }

    pub(crate) fn get(&self) -> Endpoint<P> {
        // An assignment does not panic, so a poisoned lock guards a whole endpoint.
        self.0.endpoint.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds an observer of requests.
    pub(crate) fn observe(&self, observer: Arc<dyn Observer>) {
        let mut observers = self.0.observers.write().unwrap_or_else(PoisonError::into_inner);
        observers.push(Arc::clone(&observer));
        self.write(self.get().observed_by(observer));
    }

    /// Replaces the endpoint.
    pub(crate) fn set(&self, endpoint: Endpoint<P>) {
        let observers = self.0.observers.read().unwrap_or_else(PoisonError::into_inner);
        self.write(observers.iter().cloned().fold(endpoint, Endpoint::observed_by));
    }

    fn write(&self, endpoint: Endpoint<P>) {
        *self.0.endpoint.write().unwrap_or_else(PoisonError::into_inner) = endpoint;
    }
}

impl<P: Platform> sealed::Source<P> for OneEndpoint<P> {
    async fn reopen(&self, tenant: Option<&str>, stored: StoredDelivery) -> Result<Delivery<P>, Unopened> {
        match tenant {
            Some(tenant) => Err(Unopened::HasTenant(tenant.to_owned())),
            None => self.get().reopen(stored).map_err(Unopened::Unverified),
        }
    }

    async fn endpoint_of(&self, tenant: Option<&str>) -> Option<Endpoint<P>> {
        tenant.is_none().then(|| self.get())
    }
}

impl<P: Platform> sealed::Source<P> for Endpoints<P> {
    async fn reopen(&self, tenant: Option<&str>, stored: StoredDelivery) -> Result<Delivery<P>, Unopened> {
        let Some(tenant) = tenant.and_then(|tenant| Tenant::new(tenant).ok()) else {
            return Err(Unopened::HasNoTenant);
        };
        let no_endpoint = |error| Unopened::NoEndpoint(tenant.to_string(), error);
        let cached = self.find(&tenant).await.map_err(no_endpoint)?;
        let error = match cached.reopen(stored.clone()) {
            Ok(delivery) => return Ok(delivery),
            Err(error) => error,
        };
        // Another process may have accepted the delivery with a secret that is newer than the cached ones.
        match timeout(MOST_REFRESH, self.refresh(&tenant)).await {
            Ok(fresh) => fresh.map_err(no_endpoint)?.reopen(stored).map_err(Unopened::Unverified),
            // The cached endpoint is less than a second old.
            Err(_) => Err(Unopened::Unverified(error)),
        }
    }

    async fn endpoint_of(&self, tenant: Option<&str>) -> Option<Endpoint<P>> {
        self.find(&Tenant::new(tenant?).ok()?).await.ok()
    }
}

// Manual impls: `#[derive]` would require `P: Clone` and `P: Debug`.
impl<P> Clone for OneEndpoint<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Platform> fmt::Debug for OneEndpoint<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
