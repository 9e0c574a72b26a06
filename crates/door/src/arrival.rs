//! A request that names its tenant, from its head to its delivery.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http::{Request, Uri};
use referral_webhooks::platform::Platform;
use referral_webhooks::{DEFAULT_BODY_LIMIT, Delivery, Endpoint, Error, ErrorKind, Rejection, Tenant};
use time::OffsetDateTime;

use crate::body::{Bounds, Unread};
use crate::delivered::Delivered;
use crate::endpoint_cache::LookupNumber;
use crate::endpoints::Endpoints;
use crate::log::{log_other, log_refused};
use crate::metrics;
use crate::receive::{Head, after, bounds, read_judged, report};
use crate::route::Route;

/// A request that names its tenant. The web crates make one at the head of the request.
///
/// A token in the URL is the last segment of the path apart from the tenant: both `/acme/TOKEN` and `/TOKEN/acme` have one.
///
/// - Guarantees: a delivery is verified under an endpoint that was valid after the last byte of its body. A request is
///   finally refused only under an endpoint whose lookup began after the request arrived.
/// - Assumes: a platform signs with a secret after the application has committed it.
/// - Without it: a slowly sent body is accepted after the grace of its secret, and a delivery with a new secret is lost at
///   a platform for which a refusal is final.
///
/// ```
/// use bytes::Bytes;
/// use futures_util::stream;
/// use http::Request;
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::{Delivery, Rejection};
/// use referral_webhooks_door::{Arrival, Endpoints, Head};
///
/// async fn receive(
///     endpoints: &Endpoints<Redpin>,
///     tenant: &str,
///     request: Request<Bytes>,
/// ) -> Result<Delivery<Redpin>, Rejection> {
///     let arrival = Arrival::new(endpoints, Some(tenant))?;
///     let (head, body) = request.into_parts();
///     let pieces = stream::iter([Ok(body)]);
///     let seen = Head { method: &head.method, uri: &head.uri, headers: &head.headers, route: None };
///     let body = arrival.read(seen, 0, pieces).await?;
///     arrival.verify(Request::from_parts(head, body), None).await
/// }
/// # let _ = receive;
/// ```
pub struct Arrival<P: Platform> {
    endpoints: Endpoints<P>,
    tenant: Tenant,
    /// The last lookup that began before the request arrived.
    arrived: LookupNumber,
}

impl<P: Platform> Arrival<P> {
    /// Returns the arrival of a request whose URL has this text at the place of the tenant.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::{Arrival, Endpoints};
    /// # async fn resolve(_: Tenant) -> Result<Option<Endpoint<Redpin>>, std::io::Error> { Ok(None) }
    /// let endpoints = Endpoints::new(resolve);
    /// assert_eq!(Arrival::new(&endpoints, Some("acme"))?.tenant().as_str(), "acme");
    /// assert_eq!(Arrival::new(&endpoints, Some("a/b")).unwrap_err().status(), 401);
    /// # Ok::<(), referral_webhooks::Rejection>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownTenant`] if the text is absent or cannot be a name. The refusal is logged, without the text.
    pub fn new(endpoints: &Endpoints<P>, tenant: Option<&str>) -> Result<Self, Rejection> {
        match tenant.map(Tenant::new) {
            Some(Ok(tenant)) => Ok(Self { endpoints: endpoints.clone(), tenant, arrived: endpoints.last_lookup() }),
            _ => {
                let rejection = Rejection::without_endpoint(endpoints.platform(), ErrorKind::UnknownTenant.into());
                log_refused(&rejection, None, None, None);
                Err(rejection)
            }
        }
    }

    /// Returns the tenant. The application may have no endpoint of it.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Tenant, platform::redpin::Redpin};
    /// # use referral_webhooks_door::{Arrival, Endpoints};
    /// # async fn resolve(_: Tenant) -> Result<Option<Endpoint<Redpin>>, std::io::Error> { Ok(None) }
    /// let arrival = Arrival::new(&Endpoints::new(resolve), Some("acme"))?;
    /// println!("a request for {}", arrival.tenant());
    /// # Ok::<(), referral_webhooks::Rejection>(())
    /// ```
    #[must_use]
    pub const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Checks the head of the request, then reads its body, as [`read`](crate::read) does.
    ///
    /// # Errors
    ///
    /// As [`read`](crate::read), and if the tenant has no endpoint. The refusal is logged.
    pub async fn read<S>(&self, head: Head<'_>, announced: u64, pieces: S) -> Result<Bytes, Rejection>
    where
        S: Stream<Item = Result<Bytes, Error>>,
    {
        let uri = self.without_tenant(head.uri);
        let head = Head { uri: &uri, ..head };
        let judged = self.judge(self.arrived, head.route, |endpoint| endpoint.check_head(&uri, head.headers)).await;
        let (endpoint, refusal) = match judged {
            Ok((endpoint, ())) => (Some(endpoint), None),
            Err(Refusal { rejection, endpoint }) => (endpoint, Some(rejection)),
        };
        let bounds = endpoint.as_ref().map_or(WITHOUT_ENDPOINT, bounds);
        let verdict = refusal.map_or(Ok(()), |rejection| Err(rejection.error()));
        let body = read_judged(bounds, verdict, &head, announced, pieces).await;
        body.map_err(|Unread { error, kept, length }| match (refusal, endpoint) {
            (Some(rejection), None) => after(rejection, length),
            (refusal, Some(endpoint)) => {
                let rejection = refusal.unwrap_or_else(|| self.refuse(&endpoint, error, head.route));
                report(&endpoint, &rejection, &|| head.with(kept.clone()), length);
                after(rejection, length)
            }
            (None, None) => {
                after(self.log(Rejection::without_endpoint(self.endpoints.platform(), error), head.route), length)
            }
        })
    }

    /// Verifies and decodes the request, as [`verify`](crate::verify) does.
    ///
    /// # Errors
    ///
    /// If the request is not a delivery of this tenant. The refusal is logged.
    pub async fn verify(
        &self,
        mut request: Request<Bytes>,
        delivered: Option<&Delivered>,
    ) -> Result<Delivery<P>, Rejection> {
        *request.uri_mut() = self.without_tenant(request.uri());
        // The headers are copied, because they may be judged again. The body is shared.
        let judge = |endpoint: &Endpoint<P>| endpoint.receive_owned(request.clone(), OffsetDateTime::now_utc());
        // The body may have taken longer than an endpoint is kept.
        let judged = self.judge(self.endpoints.last_lookup(), request.extensions().get(), judge).await;
        let (endpoint, delivery) = judged.map_err(|Refusal { rejection, endpoint }| {
            let length = Some(request.body().len() as u64);
            if let Some(endpoint) = endpoint {
                report(&endpoint, &rejection, &|| request.clone(), length);
            }
            after(rejection, length)
        })?;
        if let Some(delivered) = delivered {
            delivered.set(&delivery);
            delivered.name(&endpoint, Some(&self.tenant), &delivery);
        }
        // A tenant is no label, and the name of its endpoint may be the tenant's.
        metrics::genuine(endpoint.facts().name, &delivery);
        log_other(&endpoint, &delivery, Some(&self.tenant));
        endpoint.report_received(&delivery);
        Ok(delivery)
    }

    /// Returns a URL without its last segment, if that is the tenant. The token is then the segment before it.
    fn without_tenant(&self, uri: &Uri) -> Uri {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = uri.path().strip_suffix(self.tenant.as_str()).and_then(|path| path.strip_suffix('/'));
        let shorter = path.map(|path| format!("{path}{query}").parse());
        // A path of the tenant alone has no token.
        shorter.and_then(Result::ok).unwrap_or_else(|| uri.clone())
    }

    /// Judges the request under a kept endpoint. If it fails, judges it under later ones, until the lookup of one began after
    /// the request arrived. That happens at the third one at the latest.
    async fn judge<T>(
        &self,
        at: LookupNumber,
        route: Option<&Route>,
        judge: impl Fn(&Endpoint<P>) -> Result<T, Error>,
    ) -> Result<(Endpoint<P>, T), Refusal<P>> {
        let refused = |rejection| Refusal { rejection: self.log(rejection, route), endpoint: None };
        let unresolved = |error| refused(Rejection::without_endpoint(self.endpoints.platform(), error));
        let mut found = self.endpoints.find_cached(&self.tenant, at).await.map_err(unresolved)?;
        loop {
            let error = match judge(&found.endpoint) {
                Ok(judged) => return Ok((found.endpoint, judged)),
                Err(error) => error,
            };
            if found.number > self.arrived || !depends_on_endpoint(error.kind()) {
                let rejection = self.refuse(&found.endpoint, error, route);
                return Err(Refusal { rejection, endpoint: Some(found.endpoint) });
            }
            let newer = self.endpoints.find_newer(&self.tenant, found.number).await.map_err(unresolved)?;
            found = newer.ok_or_else(|| refused(Rejection::undecided(self.endpoints.platform(), error)))?;
        }
    }

    fn refuse(&self, endpoint: &Endpoint<P>, error: Error, route: Option<&Route>) -> Rejection {
        self.log(endpoint.refuse(error), route)
    }

    fn log(&self, rejection: Rejection, route: Option<&Route>) -> Rejection {
        log_refused(&rejection, None, Some(&self.tenant), route.map(Route::as_str));
        rejection
    }
}

/// The bounds of the body of a request without an endpoint.
const WITHOUT_ENDPOINT: Bounds = Bounds { limit: DEFAULT_BODY_LIMIT, deadline: Duration::from_secs(15), kept: 0 };

/// A logged refusal, with the endpoint that refused the request.
struct Refusal<P: Platform> {
    rejection: Rejection,
    endpoint: Option<Endpoint<P>>,
}

/// Whether another endpoint of the tenant could accept the request.
const fn depends_on_endpoint(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::BodyTooLarge
            | ErrorKind::BodyIncomplete
            | ErrorKind::BodyMalformed
            | ErrorKind::BodyLayerFailed
            | ErrorKind::BodyBudgetSpent
    )
}

impl<P: Platform> fmt::Debug for Arrival<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("platform", &self.endpoints.platform().facts().name)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
