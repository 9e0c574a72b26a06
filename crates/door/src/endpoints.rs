//! The endpoints of many tenants, looked up when a request names one.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use futures_util::FutureExt as _;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, Error, ErrorKind, Tenant};

use crate::endpoint_cache::{Found, LookupNumber, Need};
use crate::lookups::{Lookups, Settings};
use crate::resolved::Resolved;

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
/// The value is cheap to clone, and all clones share one cache. Change the settings first, because a change begins an empty
/// cache. [`find`](Self::find) must be called within a tokio runtime.
///
/// # What is kept, and for how long
///
/// - An endpoint accepts deliveries for 30 seconds after its lookup began ([`cache_for`](Self::cache_for)), and never after
///   the end that the resolver states ([`Resolved::until`]). If it cannot be looked up again, the platform is asked to send
///   the event again.
/// - A proof that fails under a kept endpoint is judged again under a fresh one, so a rotated secret is accepted at once.
///   Such lookups are limited to four a second for each tenant. A request between them waits for the next one. If 64
///   requests wait already, the proof stays undecided: the answer is the contract's
///   [`undecided`](referral_webhooks::Contract::undecided), which loses no event.
/// - An application that rotates a secret calls [`forget`](Self::forget), so that the old one ends at once. Each process
///   has its own cache.
/// - 10,000 tenants are kept ([`capacity`](Self::capacity)), the least recently used one is evicted first.
///
/// # Strangers who try names
///
/// A name without an endpoint is remembered for 5 seconds ([`unknown_for`](Self::unknown_for)), 1,024 of them at most, apart
/// from the known tenants. Lookups that a stranger can cause (of unknown names, after forgeries) share half of the
/// concurrent lookups ([`at_once`](Self::at_once)), so that tenants that are known already do not queue behind them. At most
/// 512 of them wait; a request beyond is asked to come again.
pub struct Endpoints<P: Platform>(Lookups<P>);

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
        P: Default,
        R: Fn(Tenant) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<T>, E>> + Send + 'static,
        T: Into<Resolved<P>>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self::of(P::default(), resolver)
    }

    /// Makes the endpoints of a platform that is a value, as [`new`](Self::new) does.
    ///
    /// ```
    /// use std::convert::Infallible;
    ///
    /// use referral_webhooks::Tenant;
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_door::{Endpoints, Resolved};
    ///
    /// let none = |_: Tenant| async { Ok::<Option<Resolved<Redpin>>, Infallible>(None) };
    /// assert_eq!(Endpoints::of(Redpin, none).kept(), 0);
    /// ```
    #[must_use]
    pub fn of<R, F, T, E>(platform: P, resolver: R) -> Self
    where
        R: Fn(Tenant) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<T>, E>> + Send + 'static,
        T: Into<Resolved<P>>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let resolver = move |tenant| {
            let looking = resolver(tenant);
            let looked = async move { looking.await.map(|found| found.map(Into::into)).map_err(Into::into) };
            looked.boxed()
        };
        // The fastest platform waits for 2 seconds, and storing takes a part of them.
        let resolve_within = platform.facts().contract.deadline.map_or(Duration::MAX, |deadline| deadline / 4);
        let settings = Settings {
            capacity: 10_000,
            cache_for: Duration::from_secs(30),
            unknown_for: Duration::from_secs(5),
            resolve_within: resolve_within.min(Duration::from_secs(2)),
            at_once: 8,
        };
        Self(Lookups::new(platform, resolver, settings))
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

    fn change(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.0.settings();
        change(&mut settings);
        Self(self.0.with_settings(settings))
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
        self.find_cached(tenant, self.last_lookup()).await.map(|found| found.endpoint)
    }

    /// Returns an endpoint that is looked up now, or the kept one if too many requests wait for a fresh one already. It
    /// waits up to a second, because a tenant has one such lookup a second. Call it if a proof fails that is known to be
    /// genuine, such as that of a stored delivery.
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
        match self.find_newer(tenant, self.last_lookup()).await? {
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
        self.0.cache().forget(tenant);
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
        self.0.cache().forget_all();
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
        self.0.cache().len()
    }

    /// Returns the last lookup that began before now. A later one is fresh for a request that arrives now.
    /// Returns the platform.
    ///
    /// ```
    /// # use std::convert::Infallible;
    /// # use referral_webhooks::Tenant;
    /// use referral_webhooks::platform::{Platform, redpin::Redpin};
    /// # use referral_webhooks_door::{Endpoints, Resolved};
    /// # let none = |_: Tenant| async { Ok::<Option<Resolved<Redpin>>, Infallible>(None) };
    /// assert_eq!(Endpoints::of(Redpin, none).platform().facts().name, "redpin");
    /// ```
    #[must_use]
    pub const fn platform(&self) -> &P {
        self.0.platform()
    }

    pub(crate) fn last_lookup(&self) -> LookupNumber {
        self.0.cache().last()
    }

    pub(crate) async fn find_cached(&self, tenant: &Tenant, at: LookupNumber) -> Result<Found<P>, Error> {
        let found = self.0.look(tenant, at, Need::Cached).await?;
        found.ok_or_else(|| ErrorKind::EndpointUnavailable.into())
    }

    /// Returns an endpoint of a later lookup. `None` if too many requests wait for one already.
    pub(crate) async fn find_newer(&self, tenant: &Tenant, than: LookupNumber) -> Result<Option<Found<P>>, Error> {
        self.0.look(tenant, than, Need::Newer).await
    }
}

// Manual impl: `#[derive]` would require `P: Clone`.
impl<P: Platform> Clone for Endpoints<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform> fmt::Debug for Endpoints<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints")
            .field("platform", &self.platform().facts().name)
            .field("settings", &self.0.settings())
            .field("kept", &self.kept())
            .finish_non_exhaustive()
    }
}
