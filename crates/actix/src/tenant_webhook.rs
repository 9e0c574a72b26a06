//! The extractor of a verified delivery of a tenant.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::future::LocalBoxFuture;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Rejection, Tenant};

use crate::receive::{endpoints, receive_for, tenant};

/// A verified delivery of a tenant, as a handler's argument: the [`Webhook`](crate::Webhook) of a route that serves many
/// tenants.
///
/// The tenant is the segment `{tenant}` of the route, and the endpoints come from the application's data: mount the handler
/// with [`tenant_webhook`](crate::tenant_webhook()), or pass the endpoints to `app_data`, directly or in a `web::Data`. The
/// handler runs only if the tenant has an endpoint, and if the request is a delivery under that endpoint. Any other request
/// is answered with the [`Rejection`].
///
/// ```
/// use actix_web::App;
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Endpoints, Reply, TenantWebhook, tenant_webhook};
///
/// async fn on_redpin(TenantWebhook(tenant, delivery): TenantWebhook<Redpin>) -> Reply {
///     println!("{tenant}: {}", delivery.id());
///     Reply::Accepted
/// }
///
/// fn app(endpoints: Endpoints<Redpin>) {
///     App::new().configure(tenant_webhook("/hooks/redpin/{tenant}", endpoints, on_redpin));
/// }
/// # let _ = app;
/// ```
///
/// The route of a platform that proves itself by a secret URL also has the token: `/hooks/refir/{tenant}/{token}` or
/// `/hooks/refir/{token}/{tenant}`. A token in the query parameter `token` leaves the tenant anywhere in the path.
///
/// A name is refused as unknown if it has other characters than those of a [`Tenant`], or if the path has it with percent
/// encoding. Behind a [`VerifyDelivery::for_tenants`](crate::VerifyDelivery::for_tenants) the handler gets the tenant and the
/// delivery of the middleware, without a second verification.
pub struct TenantWebhook<P: Platform>(pub Tenant, pub Delivery<P>);

impl<P: Platform> FromRequest for TenantWebhook<P> {
    type Error = Rejection;
    type Future = LocalBoxFuture<'static, Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let verified = {
            let extensions = request.extensions();
            extensions.get::<Tenant>().cloned().zip(extensions.get::<Delivery<P>>().cloned())
        };
        if let Some((tenant, delivery)) = verified {
            return Box::pin(async { Ok(Self(tenant, delivery)) });
        }
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let endpoints = endpoints(&request)?;
            let received = receive_for(&endpoints, tenant(&request, endpoints.platform())?, &request, payload).await;
            received.map(|(tenant, delivery)| Self(tenant, delivery))
        })
    }
}

// Manual impl: `#[derive]` would require `P: Clone`.
impl<P: Platform> Clone for TenantWebhook<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1.clone())
    }
}

impl<P: Platform> fmt::Debug for TenantWebhook<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TenantWebhook").field(&self.0).field(&self.1).finish()
    }
}
