//! The step from a request of any server to a delivery.

use std::error::Error as StdError;

use bytes::{Buf as _, Bytes};
use futures_util::{Stream, StreamExt as _};
use http::Request;
use http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt as _;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, Rejection, Tenant};
use referral_webhooks_door as door;
use referral_webhooks_door::{Arrival, Endpoints};

use crate::body_error::body_error;
use crate::original_uri::original_uri;

/// Any error of a body.
type BoxError = Box<dyn StdError + Send + Sync>;

/// Receives a request: checks its head, reads its body, verifies and decodes it as of this machine's clock.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use referral_webhooks_tower::platform::redpin::Redpin;
/// use referral_webhooks_tower::{Endpoint, Reply, receive};
///
/// async fn answer(endpoint: &Endpoint<Redpin>, request: Request<Full<Bytes>>) -> Response<String> {
///     match receive(endpoint, request).await {
///         Ok(delivery) => {
///             println!("{}", delivery.id());
///             Reply::Accepted.into()
///         }
///         Err(rejection) => rejection.into(),
///     }
/// }
/// # let _ = answer;
/// ```
///
/// # Errors
///
/// If the request is not a delivery. The reason is logged with advice for the operator, as a `warn` event of `tracing`
/// with the target `referral_webhooks`. A genuine delivery with the event `Other` is logged in the same way.
pub fn receive<P, B>(
    endpoint: &Endpoint<P>,
    request: Request<B>,
) -> impl Future<Output = Result<Delivery<P>, Rejection>> + use<P, B>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    // Outside of the `async` block, because the future would otherwise hold the request twice.
    let (mut head, body) = request.into_parts();
    let delivered = head.extensions.remove();
    head.uri = original_uri(&head.extensions, &head.uri).clone();
    // The future owns its endpoint, so that axum can return it as it is.
    let endpoint = endpoint.clone();
    async move {
        let body = read(&endpoint, &head, body).await?;
        door::verify(&endpoint, Request::from_parts(head, body), delivered.as_ref())
    }
}

/// Receives a request of a tenant, as [`receive`] does under the tenant's endpoint.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use referral_webhooks_tower::platform::redpin::Redpin;
/// use referral_webhooks_tower::{Endpoints, Reply, receive_for};
///
/// async fn answer(endpoints: &Endpoints<Redpin>, request: Request<Full<Bytes>>) -> Response<String> {
///     // The tenant of `/hooks/redpin/acme` is `acme`.
///     let tenant = request.uri().path().strip_prefix("/hooks/redpin/").unwrap_or_default().to_owned();
///     match receive_for(endpoints, &tenant, request).await {
///         Ok((tenant, delivery)) => {
///             println!("{tenant}: {}", delivery.id());
///             Reply::Accepted.into()
///         }
///         Err(rejection) => rejection.into(),
///     }
/// }
/// # let _ = answer;
/// ```
///
/// # Errors
///
/// As [`receive`]; [`ErrorKind::UnknownTenant`](referral_webhooks::ErrorKind::UnknownTenant) if the application has no endpoint of the tenant, or if the text cannot be
/// the name of a tenant; [`ErrorKind::EndpointUnavailable`](referral_webhooks::ErrorKind::EndpointUnavailable) if the endpoint could not be looked up.
pub fn receive_for<P, B>(
    endpoints: &Endpoints<P>,
    tenant: &str,
    request: Request<B>,
) -> impl Future<Output = Result<(Tenant, Delivery<P>), Rejection>> + use<P, B>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    let arrival = Arrival::new(endpoints, Some(tenant));
    let (head, body) = request.into_parts();
    async move {
        let arrival = arrival?;
        let delivery = receive_arrival(&arrival, head, body).await?;
        Ok((arrival.tenant().clone(), delivery))
    }
}

/// Receives a request of a tenant.
pub(crate) async fn receive_arrival<P, B>(
    arrival: &Arrival<P>,
    mut head: Parts,
    body: B,
) -> Result<Delivery<P>, Rejection>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    let delivered = head.extensions.remove();
    head.uri = original_uri(&head.extensions, &head.uri).clone();
    let (announced, pieces) = pieces(body);
    let body = arrival.read(seen(&head), announced, pieces).await?;
    arrival.verify(Request::from_parts(head, body), delivered.as_ref()).await
}

/// Checks the head, then reads the body.
pub(crate) async fn read<P, B>(endpoint: &Endpoint<P>, head: &Parts, body: B) -> Result<Bytes, Rejection>
where
    P: Platform,
    B: Body,
    B::Error: Into<BoxError>,
{
    let (announced, pieces) = pieces(body);
    door::read(endpoint, seen(head), announced, pieces).await
}

fn seen(head: &Parts) -> door::Head<'_> {
    let uri = original_uri(&head.extensions, &head.uri);
    door::Head { method: &head.method, uri, headers: &head.headers }
}

/// Returns the announced length of a body, and its pieces.
fn pieces<B>(body: B) -> (u64, impl Stream<Item = Result<Bytes, Error>>)
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let announced = body.size_hint().lower();
    let pieces = body.into_data_stream().map(|piece| match piece {
        Ok(mut piece) => Ok(piece.copy_to_bytes(piece.remaining())),
        Err(error) => Err(body_error(error.into().as_ref())),
    });
    (announced, pieces)
}

/// Checks a request by which a platform checks that a URL exists: the URL must carry the endpoint's token, if it has one.
///
/// ```
/// use http::Request;
/// use referral_webhooks_tower::{Endpoint, check_ping, platform::refir::Refir};
///
/// let endpoint = Endpoint::<Refir>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// let (right, ()) = Request::get("/hooks/kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA").body(())?.into_parts();
/// let (wrong, ()) = Request::get("/hooks/another-token-here").body(())?.into_parts();
/// assert!(check_ping(&endpoint, &right).is_ok());
/// assert_eq!(check_ping(&endpoint, &wrong).unwrap_err().status(), 404);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the token is missing or wrong. The refusal is logged.
pub fn check_ping<P: Platform>(endpoint: &Endpoint<P>, head: &Parts) -> Result<(), Rejection> {
    let uri = original_uri(&head.extensions, &head.uri);
    endpoint.check_url(uri).map_err(|error| {
        let request = || {
            let mut request = Request::from_parts(head.clone(), Bytes::new());
            request.uri_mut().clone_from(uri);
            request
        };
        door::refuse(endpoint, error, &request, Some(0))
    })
}
