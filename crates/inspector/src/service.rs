//! The page as a tower service.
//!
//! - Guarantees: no page and no action without an allowed name, an admitted person and, for actions, a form of the session.
//!   Every response has the headers that protect it. The bytes and the time of a form are bounded.
//! - Assumes: the server bounds heads and connections.
//! - Without it: a stranger reads deliveries, or acts through the browser of an operator.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use referral_webhooks_inbox::store::Store;
use time::OffsetDateTime;
use tokio::time::timeout;
use tower_service::Service;

use crate::settings::Settings;
use crate::site;
use crate::web::Body;
use crate::web::answer::protected;

/// The most bytes of a sent form.
const MOST_BYTES: usize = 64 * 1024;

/// The time for a sent form.
const READ_WITHIN: Duration = Duration::from_secs(10);

/// The deliveries page as a tower service, for axum, hyper and others. It is cheap to clone.
///
/// ```
/// use axum::Router;
/// use referral_webhooks_inbox::store::Store;
/// use referral_webhooks_inspector::InspectorService;
///
/// fn app<S: Store>(page: InspectorService<S>) -> Router {
///     Router::new().nest_service("/admin/webhooks", page)
/// }
/// # let _ = app::<referral_webhooks_inbox::MemoryStore>;
/// ```
pub struct InspectorService<S>(Arc<Settings<S>>);

impl<S> Clone for InspectorService<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for InspectorService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InspectorService").field(&self.0).finish()
    }
}

impl<S: Store> InspectorService<S> {
    pub(crate) fn new(settings: Settings<S>) -> Self {
        Self(Arc::new(settings))
    }

    /// Answers a request whose form was read; `Err` if it could not be read, in words for the operator.
    pub(crate) async fn answer(self, head: Parts, form: Result<Bytes, &'static str>) -> Response<Body> {
        protected(site::answer(self.0, head, form, OffsetDateTime::now_utc()).await)
    }
}

impl<S, B> Service<Request<B>> for InspectorService<S>
where
    S: Store,
    B: http_body::Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let page = self.clone();
        async move {
            let (head, body) = request.into_parts();
            let form = if head.method == Method::POST { read(body).await } else { Ok(Bytes::new()) };
            Ok(page.answer(head, form).await)
        }
        .boxed()
    }
}

/// Reads a form.
async fn read<B>(body: B) -> Result<Bytes, &'static str>
where
    B: http_body::Body<Error: Into<Box<dyn Error + Send + Sync>>>,
{
    match timeout(READ_WITHIN, Limited::new(body, MOST_BYTES).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err("The form is incomplete, or longer than 64 KiB."),
        Err(_) => Err("The form did not come within 10 seconds."),
    }
}
