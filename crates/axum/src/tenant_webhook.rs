//! The extractor of a verified delivery of a tenant.

use std::fmt;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{OriginalUri, RawPathParams};
use axum_core::RequestExt as _;
use axum_core::extract::{FromRef, FromRequest, Request};
use referral_webhooks_door::log_rejection;
use referral_webhooks_tower::platform::Platform;
use referral_webhooks_tower::{Delivery, Endpoints, ErrorKind, Rejection, Tenant, receive_for};

/// A verified delivery of a tenant, as a handler's last argument: the [`Webhook`](crate::Webhook) of a route that serves many
/// tenants.
///
/// The tenant is the segment `{tenant}` of the route, and the endpoints come from the router's state. The handler runs only
/// if the tenant has an endpoint, and if the request is a delivery under that endpoint. Any other request is answered with
/// the [`Rejection`].
///
/// ```
/// use axum::{Router, routing::post};
/// use referral_webhooks_axum::platform::redpin::Redpin;
/// use referral_webhooks_axum::{ContractLayer, Endpoints, Reply, TenantWebhook};
///
/// async fn on_redpin(TenantWebhook(tenant, delivery): TenantWebhook<Redpin>) -> Reply {
///     println!("{tenant}: {}", delivery.id());
///     Reply::Accepted
/// }
///
/// fn app(endpoints: Endpoints<Redpin>) -> Router {
///     let on_redpin = post(on_redpin).layer(ContractLayer::<Redpin>::new());
///     Router::new().route("/hooks/redpin/{tenant}", on_redpin).with_state(endpoints)
/// }
/// # let _ = app;
/// ```
///
/// The route of a platform that proves itself by a secret URL also has the token: `/hooks/refir/{tenant}/{token}` or
/// `/hooks/refir/{token}/{tenant}`. A token in the query parameter `token` leaves the tenant anywhere in the path.
///
/// A name is refused as unknown if it has other characters than those of a [`Tenant`], or if the path has it with percent
/// encoding. Behind a [`VerifyLayer::for_tenants`](crate::VerifyLayer::for_tenants) the handler gets the tenant and the
/// delivery of the layer, without a second verification.
pub struct TenantWebhook<P: Platform>(pub Tenant, pub Delivery<P>);

/// The error of a route without the segment.
const NO_SEGMENT: ErrorKind =
    ErrorKind::Misconfigured("the path of the route has no segment `{tenant}`, such as `/hooks/redpin/{tenant}`");

impl<P, S> FromRequest<S> for TenantWebhook<P>
where
    P: Platform,
    Endpoints<P>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Rejection> {
        if let (Some(tenant), Some(delivery)) =
            (request.extensions_mut().remove(), request.extensions_mut().remove::<Delivery<P>>())
        {
            return Ok(Self(tenant, delivery));
        }
        let endpoints = Endpoints::from_ref(state);
        let tenant = tenant_of(&mut request).await.map_err(|error| {
            let rejection = Rejection::without_endpoint(endpoints.platform(), error.into());
            log_rejection(&rejection, None, None);
            rejection
        })?;
        // The token of a secret URL can be in the prefix of a nested router.
        if let Some(OriginalUri(original)) = request.extensions().get().cloned() {
            *request.uri_mut() = original;
        }
        let receiving = receive_for(&endpoints, &tenant, request.with_limited_body());
        receiving.await.map(|(tenant, delivery)| Self(tenant, delivery))
    }
}

/// Returns the text of the segment, as the path has it.
async fn tenant_of(request: &mut Request) -> Result<String, ErrorKind> {
    let params = request.extract_parts::<RawPathParams>().await;
    let tenant = match &params {
        Ok(params) => params.iter().find(|(name, _)| *name == "tenant").ok_or(NO_SEGMENT)?.1,
        // A segment that is not UTF-8 after percent-decoding.
        Err(RawPathParamsRejection::InvalidUtf8InPathParam(_)) => return Err(ErrorKind::UnknownTenant),
        Err(_) => return Err(NO_SEGMENT),
    };
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    if uri.path().split('/').any(|segment| segment == tenant) {
        Ok(tenant.to_owned())
    } else {
        Err(ErrorKind::UnknownTenant)
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
