//! The page as routes of actix-web.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::rt::time::timeout;
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body::Body as _;
use referral_webhooks_inbox::store::Store;

use crate::access::Operator;
use crate::service::InspectorService;
use crate::web::Body;

/// The most bytes of a sent form.
const MOST_BYTES: usize = 64 * 1024;

/// The time for a sent form.
const READ_WITHIN: Duration = Duration::from_secs(10);

impl<S: Store> InspectorService<S> {
    /// Returns the page as routes for `App::configure` and `Scope::configure` of actix-web. The path is that of the scope,
    /// and [`Inspector::at`](crate::Inspector::at) the whole one. It needs the feature `actix`.
    ///
    /// The [authorisation hook](crate::Inspector::authorise) sees the headers of a request. A middleware of the application
    /// can put an [`Operator`] into the extensions of the request, which the hook finds in those of its head.
    ///
    /// ```
    /// use actix_web::App;
    /// use http::request::Parts;
    /// use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// use referral_webhooks_inspector::{Inspector, Operator};
    ///
    /// let page = Inspector::new(Inbox::new(MemoryStore::new()))
    ///     .at("/admin/webhooks")
    ///     .authorise(|head: &Parts| std::future::ready(head.extensions.get::<Operator>().cloned()))
    ///     .build()?;
    /// let app = App::new().configure(page.configure("/admin/webhooks"));
    /// # let _ = app;
    /// # Ok::<(), referral_webhooks_inspector::BuildError>(())
    /// ```
    pub fn configure(&self, path: &str) -> impl FnOnce(&mut ServiceConfig) + use<S> {
        let (page, path) = (self.clone(), path.trim_end_matches('/').to_owned());
        move |config| {
            let answer = move |request: HttpRequest, payload: Payload| answer(page.clone(), request, payload);
            config.service(web::scope(&path).default_service(web::to(answer)));
        }
    }
}

async fn answer<S: Store>(page: InspectorService<S>, request: HttpRequest, payload: Payload) -> HttpResponse<Body> {
    let Some(head) = head(&request) else {
        return HttpResponse::with_body(StatusCode::BAD_REQUEST, Body::from("the head of the request is malformed"));
    };
    let form = if head.method == Method::POST { read(payload).await } else { Ok(Bytes::new()) };
    let (head, body) = page.answer(head, form).await.into_parts();
    let status = StatusCode::from_u16(head.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::with_body(status, body);
    for (name, value) in &head.headers {
        use actix_web::http::header::{HeaderName, HeaderValue};
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Reads a form.
async fn read(mut payload: Payload) -> Result<Bytes, &'static str> {
    let collect = async {
        let mut form = BytesMut::new();
        while let Some(piece) = payload.next().await {
            let piece = piece.ok().filter(|piece| form.len() + piece.len() <= MOST_BYTES)?;
            form.extend_from_slice(&piece);
        }
        Some(form.freeze())
    };
    match timeout(READ_WITHIN, collect).await {
        Ok(form) => form.ok_or("The form is incomplete, or longer than 64 KiB."),
        Err(_) => Err("The form did not come within 10 seconds."),
    }
}

/// Copies a head from `http` 0.2 to `http` 1; `None` if the versions differ about it.
fn head(request: &HttpRequest) -> Option<Parts> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().as_str().parse().ok()?;
    *head.uri_mut() = request.uri().to_string().parse::<Uri>().ok()?;
    let mut headers = HeaderMap::try_with_capacity(request.headers().len()).ok()?;
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        headers.try_append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?).ok()?;
    }
    *head.headers_mut() = headers;
    if let Some(operator) = request.extensions().get::<Operator>() {
        head.extensions_mut().insert(operator.clone());
    }
    Some(head.into_parts().0)
}

impl MessageBody for Body {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        self.size_hint().exact().map_or(BodySize::Stream, BodySize::Sized)
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.poll_frame(context)
            .map(|frame| frame.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default())))
    }
}
