//! The intake of many tenants: their endpoints are found by the request.
//!
//! - Guarantees: an id, a subject and a body belong to one tenant, and a stored delivery is opened under the endpoint of its
//!   tenant only.
//! - Assumes: the name in the request is the name under which the endpoint was looked up. [`Endpoints`] verifies both.
//! - Without it: two merchants whose platform gives them one id are paid once, or each of them needs a worker.

use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Reply, Tenant};
use referral_webhooks_door::Endpoints;

use crate::inbox::Inbox;
use crate::intake::Intake;
use crate::not_stored::NotStored;
use crate::setup_error::SetupError;
use crate::store::{Accepted, Store};

/// The intake of all tenants of one route, made by [`Inbox::tenants`](crate::Inbox::tenants).
///
/// ```
/// use axum::Router;
/// use axum::extract::State;
/// use axum::routing::post;
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::{Delivery, Reply, Tenant};
/// use referral_webhooks_inbox::{MemoryStore, TenantIntake};
///
/// async fn on_redpin(intake: TenantIntake<Redpin, MemoryStore>, tenant: Tenant, delivery: Delivery<Redpin>) -> Reply {
///     intake.receive(&tenant, &delivery).await
/// }
/// # let _ = on_redpin;
/// ```
pub type TenantIntake<P, S> = Intake<P, S, Endpoints<P>>;

impl<S: Store> Inbox<S> {
    /// Adds the endpoints of many tenants, which are found by a name in the request. Ids and subjects are unique within a
    /// tenant, and tenants come, go and rotate their secrets while servers and workers run.
    ///
    /// - One worker processes the entries of all tenants. If more entries are due than it claims, each tenant has an equal
    ///   share, so that the backlog of one tenant does not delay another.
    /// - A stored delivery is verified again under the tenant's current endpoint. If the tenant has none, the attempt
    ///   fails, and the entry is a dead letter after its last attempt. [Redeliver](Self::redeliver) it when the tenant is
    ///   back.
    /// - Ids are kept for as long as an endpoint with the platform's tolerance needs. If the endpoint of a tenant accepts
    ///   repeats for longer, its ids are kept without end.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, EndpointError, Tenant};
    /// use referral_webhooks_inbox::{Endpoints, Inbox, MemoryStore};
    ///
    /// # async fn secret_of(_: &Tenant) -> Option<String> { None }
    /// let endpoints = Endpoints::<Redpin>::new(async |tenant: Tenant| match secret_of(&tenant).await {
    ///     Some(secret) => Endpoint::new(secret).map(Some),
    ///     None => Ok::<_, EndpointError>(None),
    /// });
    /// let inbox = Inbox::new(MemoryStore::new());
    /// let redpin = inbox.tenants("redpin", endpoints)?;
    /// # let _ = redpin;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`intake`](Self::intake).
    pub fn tenants<P: Platform>(&self, name: &str, endpoints: Endpoints<P>) -> Result<TenantIntake<P, S>, SetupError> {
        // The lookup of the endpoint may take a quarter of the platform's time-out.
        let platform = endpoints.platform().clone();
        let retention = Endpoint::usual_retention(&platform);
        let intake = self.intake_of(name, &platform, |_| endpoints, retention, (1, 2))?;
        // Each tenant has separate secrets, and they change.
        self.secrets.remove(name);
        Ok(intake)
    }
}

impl<P: Platform, S: Store> TenantIntake<P, S> {
    /// Returns the endpoints of the tenants, to [forget](Endpoints::forget) one after its secret was rotated.
    ///
    /// ```
    /// # use referral_webhooks::{Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_inbox::TenantIntake;
    /// # use referral_webhooks_inbox::store::Store;
    /// fn rotated<S: Store>(redpin: &TenantIntake<Redpin, S>, tenant: &Tenant) {
    ///     redpin.endpoints().forget(tenant);
    /// }
    /// # let _ = rotated::<referral_webhooks_inbox::MemoryStore>;
    /// ```
    #[must_use]
    pub const fn endpoints(&self) -> &Endpoints<P> {
        self.source()
    }

    /// Stores a delivery of a tenant, and returns the reply to the platform: [`Accepted`](Reply::Accepted) if it is durable, for
    /// repeats and conflicts too, and [`RetryLater`](Reply::RetryLater) otherwise.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks::{Delivery, Reply, Tenant};
    /// # use referral_webhooks_inbox::TenantIntake;
    /// # use referral_webhooks_inbox::store::Store;
    /// async fn on_redpin<S: Store>(
    ///     redpin: TenantIntake<Redpin, S>,
    ///     tenant: Tenant,
    ///     delivery: Delivery<Redpin>,
    /// ) -> Reply {
    ///     redpin.receive(&tenant, &delivery).await
    /// }
    /// ```
    pub async fn receive(&self, tenant: &Tenant, delivery: &Delivery<P>) -> Reply {
        self.reply(Some(tenant), delivery).await
    }

    /// Stores a delivery of a tenant, or returns the entry that has its id.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, Tenant};
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_inbox::{NotStored, TenantIntake};
    /// # use referral_webhooks_inbox::store::{Accepted, Store};
    /// async fn is_new<S: Store>(
    ///     redpin: &TenantIntake<Redpin, S>,
    ///     tenant: &Tenant,
    ///     delivery: &Delivery<Redpin>,
    /// ) -> Result<bool, NotStored> {
    ///     Ok(matches!(redpin.accept(tenant, delivery).await?, Accepted::Stored(_)))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store did not confirm the delivery within the budget. The delivery may be stored nevertheless, and then
    /// the platform's next attempt is a repeat.
    pub async fn accept(&self, tenant: &Tenant, delivery: &Delivery<P>) -> Result<Accepted, NotStored> {
        self.stored(Some(tenant), delivery).await
    }
}
