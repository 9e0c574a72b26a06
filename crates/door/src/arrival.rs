//! A request that names its tenant, from its head to its delivery.

use std::fmt;

use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderMap, Request, Uri};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Rejection, Tenant};
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::contract::Delivered;
use crate::endpoint_cache::Found;
use crate::endpoints::Endpoints;
use crate::log::{log_other, log_refused};
use crate::receive::read_within_limits;

/// A request that names its tenant. The web crates make one at the head of the request.
///
/// - Guarantees: a delivery is verified under an endpoint that was valid after the last byte of its body. A request is
///   refused for good only under an endpoint whose lookup began after the request arrived.
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
/// use referral_webhooks_door::{Arrival, Endpoints};
///
/// async fn receive(
///     endpoints: &Endpoints<Redpin>,
///     tenant: &str,
///     request: Request<Bytes>,
/// ) -> Result<Delivery<Redpin>, Rejection> {
///     let arrival = Arrival::new(endpoints, Some(tenant))?;
///     let (head, body) = request.into_parts();
///     let pieces = stream::iter([Ok(body)]);
///     let body = arrival.read(&head.uri, &head.headers, 0, pieces).await?;
///     arrival.verify(Request::from_parts(head, body), None).await
/// }
/// # let _ = receive;
/// ```
pub struct Arrival<P: Platform> {
    endpoints: Endpoints<P>,
    tenant: Tenant,
    arrived: Instant,
}

impl<P: Platform> Arrival<P> {
    /// Returns the arrival of a request whose URL has this text at the place of the tenant.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnknownTenant`] if the text is absent or cannot be a name. The refusal is logged, without the text.
    pub fn new(endpoints: &Endpoints<P>, tenant: Option<&str>) -> Result<Self, Rejection> {
        match tenant.map(Tenant::new) {
            Some(Ok(tenant)) => Ok(Self { endpoints: endpoints.clone(), tenant, arrived: Instant::now() }),
            _ => {
                let rejection = Rejection::without_endpoint::<P>(ErrorKind::UnknownTenant.into());
                log_refused(&rejection, None);
                Err(rejection)
            }
        }
    }

    /// Returns the tenant. The application may have no endpoint of it.
    #[must_use]
    pub const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Checks the head of the request, then reads its body, as [`read`](crate::read) does.
    ///
    /// # Errors
    ///
    /// As [`read`](crate::read), and if the tenant has no endpoint. The refusal is logged.
    pub async fn read<S>(&self, uri: &Uri, headers: &HeaderMap, announced: u64, pieces: S) -> Result<Bytes, Rejection>
    where
        S: Stream<Item = Result<Bytes, Error>>,
    {
        let found = self.found().await?;
        let endpoint = match found.endpoint.check_head(uri, headers) {
            Ok(()) => found.endpoint,
            Err(error) => {
                let endpoint = self.fresh(found, error).await?;
                endpoint.check_head(uri, headers).map_err(|error| self.refuse(&endpoint, error))?;
                endpoint
            }
        };
        let body = read_within_limits(&endpoint, announced, pieces).await;
        body.map_err(|error| self.refuse(&endpoint, error))
    }

    /// Verifies and decodes the request, as [`verify`](crate::verify) does.
    ///
    /// # Errors
    ///
    /// If the request is not a delivery of this tenant. The refusal is logged.
    pub async fn verify(
        &self,
        request: Request<Bytes>,
        delivered: Option<&Delivered>,
    ) -> Result<Delivery<P>, Rejection> {
        let found = self.found().await?;
        // The headers are copied, because they may be judged twice. The body is shared.
        let received = found.endpoint.receive_owned(request.clone(), OffsetDateTime::now_utc());
        let delivery = match received {
            Ok(delivery) => delivery,
            Err(error) => {
                let endpoint = self.fresh(found, error).await?;
                let received = endpoint.receive_owned(request, OffsetDateTime::now_utc());
                received.map_err(|error| self.refuse(&endpoint, error))?
            }
        };
        if let Some(delivered) = delivered {
            delivered.set();
        }
        log_other(&delivery, Some(&self.tenant));
        Ok(delivery)
    }

    async fn found(&self) -> Result<Found<P>, Rejection> {
        let found = self.endpoints.find_cached(&self.tenant, self.arrived).await;
        found.map_err(|error| self.log(Rejection::without_endpoint::<P>(error)))
    }

    /// Returns an endpoint to judge the request again, because `error` was found under one that may be out of date.
    async fn fresh(&self, found: Found<P>, error: Error) -> Result<Endpoint<P>, Rejection> {
        if found.started >= self.arrived || !depends_on_endpoint(error.kind()) {
            return Err(self.refuse(&found.endpoint, error));
        }
        match self.endpoints.find_fresh(&self.tenant, self.arrived).await {
            Ok(Some(fresh)) => Ok(fresh.endpoint),
            Ok(None) => Err(self.log(Rejection::undecided::<P>(error))),
            Err(error) => Err(self.log(Rejection::without_endpoint::<P>(error))),
        }
    }

    fn refuse(&self, endpoint: &Endpoint<P>, error: Error) -> Rejection {
        self.log(endpoint.refuse(error))
    }

    fn log(&self, rejection: Rejection) -> Rejection {
        log_refused(&rejection, Some(&self.tenant));
        rejection
    }
}

/// Whether another endpoint of the tenant could accept the request.
const fn depends_on_endpoint(kind: ErrorKind) -> bool {
    !matches!(kind, ErrorKind::BodyTooLarge | ErrorKind::BodyIncomplete | ErrorKind::BodyBudgetSpent)
}

impl<P: Platform> fmt::Debug for Arrival<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival").field("platform", &P::NAME).field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
