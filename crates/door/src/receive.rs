//! The two steps from a request to a delivery: reading its body and verifying it.

use bytes::Bytes;
use futures_util::Stream;
use http::header::EXPECT;
use http::{HeaderMap, Method, Request, Uri};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Rejection};
use time::OffsetDateTime;

use crate::body::{Bounds, Unread, Verdict, reach, read_body};
use crate::delivered::Delivered;
use crate::label::label;
use crate::log::{log_other, log_rejection, warn_of_weak_secrets};
use crate::metrics;
use crate::route::Route;

/// The head of a request.
///
/// ```
/// use http::{HeaderMap, Method, Uri};
/// use referral_webhooks_door::Head;
///
/// let (uri, headers) = (Uri::from_static("/hooks/redpin"), HeaderMap::new());
/// let head = Head { method: &Method::POST, uri: &uri, headers: &headers, route: None };
/// # let _ = head;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Head<'r> {
    /// The method.
    pub method: &'r Method,
    /// The URL.
    pub uri: &'r Uri,
    /// The headers.
    pub headers: &'r HeaderMap,
    /// The template of the route, if the framework provides it.
    pub route: Option<&'r Route>,
}

impl Head<'_> {
    /// Returns a request with this head.
    pub(crate) fn with<B>(&self, body: B) -> Request<B> {
        let mut request = Request::new(body);
        request.method_mut().clone_from(self.method);
        request.uri_mut().clone_from(self.uri);
        request.headers_mut().clone_from(self.headers);
        if let Some(route) = self.route {
            request.extensions_mut().insert(route.clone());
        }
        request
    }
}

/// Checks the head of a request, then reads its body under the endpoint's limit and deadline, and the process's
/// [`body_budget`](crate::body_budget).
///
/// The body of a refused request is drained within the same deadline, so that its sender reads the answer: up to the limit
/// beyond the limit, and up to a mebibyte if the limit is less. A body of which the sender announces more, and a body that
/// waits for `100 Continue`, stay unread.
///
/// ```
/// # use bytes::Bytes;
/// # use futures_util::{FutureExt as _, stream};
/// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
/// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// # let request = endpoint.sign(&Message::new("{}", time::OffsetDateTime::now_utc()))?;
/// use referral_webhooks_door::Head;
///
/// let pieces = stream::iter([Ok(Bytes::from("{")), Ok(Bytes::from("}"))]);
/// let head = Head { method: request.method(), uri: request.uri(), headers: request.headers(), route: None };
/// let body = referral_webhooks_door::read(&endpoint, head, 2, pieces);
/// assert_eq!(body.now_or_never().unwrap()?, "{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the head is invalid, if the `announced` length is over the limit, or if the body cannot be read. The refusal is
/// logged.
pub async fn read<P, S>(endpoint: &Endpoint<P>, head: Head<'_>, announced: u64, pieces: S) -> Result<Bytes, Rejection>
where
    P: Platform,
    S: Stream<Item = Result<Bytes, Error>>,
{
    warn_of_weak_secrets(endpoint);
    let judged = endpoint.check_head(head.uri, head.headers);
    let body = read_judged(bounds(endpoint), judged, &head, announced, pieces).await;
    body.map_err(|Unread { error, kept, length }| refuse(endpoint, error, &|| head.with(kept.clone()), length))
}

/// Returns the bounds of an endpoint's bodies.
pub(crate) fn bounds<P: Platform>(endpoint: &Endpoint<P>) -> Bounds {
    let (limit, deadline, kept) = (endpoint.body_limit(), endpoint.body_deadline(), endpoint.observed_bytes());
    Bounds { limit, deadline, kept }
}

/// Reads the body of a request whose head was judged, or drains it. The length of an unread body is the announced one, if
/// its end was not received.
///
/// A body stays unread if it is longer than the reach. It also does if its sender waits for the permission to send it,
/// unless an observer keeps it.
pub(crate) async fn read_judged<S>(
    bounds: Bounds,
    judged: Result<(), Error>,
    head: &Head<'_>,
    announced: u64,
    pieces: S,
) -> Result<Bytes, Unread>
where
    S: Stream<Item = Result<Bytes, Error>>,
{
    let is_out_of_reach = announced > reach(bounds.limit) as u64;
    let waits = head.headers.contains_key(EXPECT);
    let verdict = match judged {
        Ok(()) if announced <= bounds.limit as u64 => Verdict::Collect,
        Ok(()) if is_out_of_reach || waits => Verdict::Refuse(ErrorKind::BodyTooLarge.into()),
        Ok(()) => Verdict::Drain(ErrorKind::BodyTooLarge.into()),
        Err(error) if is_out_of_reach || waits && bounds.kept == 0 => Verdict::Refuse(error),
        Err(error) => Verdict::Drain(error),
    };
    let body = read_body(pieces, verdict, bounds).await;
    body.map_err(|unread| Unread {
        length: unread.length.or_else(|| Some(announced).filter(|_| announced > 0)),
        ..unread
    })
}

/// Verifies and decodes a request as of this machine's clock, and marks it as [`Delivered`].
///
/// ```
/// # use bytes::Bytes;
/// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
/// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let request = endpoint.sign(&Message::new("{}", time::OffsetDateTime::now_utc()).id("msg_1"))?;
/// let delivery = referral_webhooks_door::verify(&endpoint, request.map(Bytes::from), None)?;
/// assert_eq!(delivery.id().as_str(), "msg_1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the request is not a delivery. The refusal is logged.
pub fn verify<P: Platform>(
    endpoint: &Endpoint<P>,
    request: Request<Bytes>,
    delivered: Option<&Delivered>,
) -> Result<Delivery<P>, Rejection> {
    // The log and observers see a refused request, which the endpoint consumes.
    let (is_observed, route, no_headers) = (endpoint.is_observed(), request.extensions().get(), HeaderMap::new());
    let headers = if is_observed { request.headers() } else { &no_headers };
    let seen = Head { method: request.method(), uri: request.uri(), headers, route }.with(request.body().clone());
    // The clock is read after the body, so that a slowly sent delivery ages.
    let received = endpoint.receive_owned(request, OffsetDateTime::now_utc());
    let delivery = received.map_err(|error| {
        let length = seen.body().len() as u64;
        refuse(endpoint, error, &|| seen.clone(), Some(length))
    })?;
    if let Some(delivered) = delivered {
        delivered.set(&delivery);
        delivered.name(endpoint, None, &delivery);
    }
    metrics::genuine(label(endpoint), &delivery);
    log_other(endpoint, &delivery, None);
    endpoint.report_received(&delivery);
    Ok(delivery)
}

/// Returns the refusal for an error, logs it, and reports the request to the endpoint's observers, if it has any.
///
/// ```
/// # use bytes::Bytes;
/// # use referral_webhooks::{Endpoint, ErrorKind, platform::redpin::Redpin};
/// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let request = || http::Request::new(Bytes::new());
/// let rejection = referral_webhooks_door::refuse(&endpoint, ErrorKind::BodyIncomplete.into(), &request, None);
/// assert_eq!(rejection.status(), 503);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
pub fn refuse<P: Platform>(
    endpoint: &Endpoint<P>,
    error: Error,
    request: &dyn Fn() -> Request<Bytes>,
    body_length: Option<u64>,
) -> Rejection {
    let rejection = after(endpoint.refuse(error), body_length);
    let request = request();
    let route = request.extensions().get::<Route>().map(|route| route.as_str().to_owned());
    let path = route.unwrap_or_else(|| endpoint.masked_path(request.uri()));
    log_rejection(&rejection, endpoint.name(), Some(&path));
    report(endpoint, &rejection, &|| request.clone(), body_length);
    rejection
}

/// The longest body after whose refusal a connection is kept, in bytes. A server's buffer grows to twice the body, and a
/// flood of kept connections would hold as many buffers.
const KEPT: u64 = 16 * 1024;

/// Returns the answer to a refused request with a body of this length.
pub(crate) const fn after(rejection: Rejection, body_length: Option<u64>) -> Rejection {
    match body_length {
        Some(length) if length > KEPT => rejection.closing(),
        _ => rejection,
    }
}

/// Reports a refused request to the endpoint's observers, if it has any.
pub(crate) fn report<P: Platform>(
    endpoint: &Endpoint<P>,
    rejection: &Rejection,
    request: &dyn Fn() -> Request<Bytes>,
    body_length: Option<u64>,
) {
    if endpoint.is_observed() {
        endpoint.report_refused(rejection, OffsetDateTime::now_utc(), &request(), body_length);
    }
}
