//! The report on requests that just miss an endpoint.

use std::future::{Ready, ready};

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER};
use actix_web::web;
use actix_web::{HttpRequest, HttpResponse, Route};
use referral_webhooks_door::{NearMiss, Translation, WebhookRoutes};

/// The report on requests that just miss an endpoint: logs each, and answers it.
///
/// - Near misses are a trailing or doubled slash, another letter case, percent-encoding, a misspelt or missing segment, and
///   a method other than `POST`. The log has the platform, the template of the nearest endpoint, the difference, and the
///   received path without unknown segments, which may be secrets. At most 20 events are logged in 10 seconds.
/// - A `POST` near an endpoint gets the platform's transient status, so that the platform keeps the event until the URL is
///   corrected. See [`NearMiss::status`].
/// - Any other request gets 404.
///
/// The application has it twice: its default service gets unknown paths, and [`webhook`](crate::webhook()) finds it in the
/// application's data for other methods.
///
/// ```
/// use actix_web::App;
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Endpoint, NearMisses, Reply, Webhook, WebhookRoutes, webhook};
///
/// async fn on_redpin(_: Webhook<Redpin>) -> Reply {
///     Reply::Accepted
/// }
///
/// fn app(endpoint: Endpoint<Redpin>) {
///     let missed = NearMisses::new(WebhookRoutes::new().route::<Redpin>("/hooks/redpin"));
///     App::new()
///         .configure(webhook("/hooks/redpin", endpoint, on_redpin))
///         .app_data(missed.clone())
///         .default_service(missed.service());
/// }
/// ```
#[derive(Debug, Clone)]
pub struct NearMisses(WebhookRoutes);

impl NearMisses {
    /// Returns the report of an application with these endpoints.
    ///
    /// ```
    /// use referral_webhooks_actix::platform::redpin::Redpin;
    /// use referral_webhooks_actix::{NearMisses, WebhookRoutes};
    ///
    /// let missed = NearMisses::new(WebhookRoutes::new().route::<Redpin>("/hooks/redpin"));
    /// # let _ = missed;
    /// ```
    #[must_use]
    pub const fn new(routes: WebhookRoutes) -> Self {
        Self(routes)
    }

    /// Returns the default service of an application or a resource.
    ///
    /// ```
    /// # use actix_web::App;
    /// # use referral_webhooks_actix::{NearMisses, WebhookRoutes};
    /// let app = App::new().default_service(NearMisses::new(WebhookRoutes::new()).service());
    /// # let _ = app;
    /// ```
    pub fn service(&self) -> Route {
        let missed = self.clone();
        web::to(move |request: HttpRequest| -> Ready<HttpResponse> { ready(missed.answer(&request)) })
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let method = http::Method::from_bytes(request.method().as_str().as_bytes());
        let Some(miss) = method.ok().and_then(|method| NearMiss::of(&self.0, &method, request.path())) else {
            return HttpResponse::NotFound().finish();
        };
        miss.log();
        let status = StatusCode::from_u16(miss.status().as_u16());
        let mut response = HttpResponse::build(status.expect("both versions of http have the same statuses"));
        if miss.status() == miss.terms().contract().transient
            && let Some(wait) = Translation::transient(miss.terms()).retry_after
        {
            response.insert_header((RETRY_AFTER, wait.as_secs()));
        }
        if miss.status() == 405 {
            response.insert_header((ALLOW, "POST"));
        }
        response.finish()
    }
}

/// Answers another method than `POST` at an endpoint.
pub(crate) async fn other_method(request: HttpRequest) -> HttpResponse {
    match request.app_data::<NearMisses>() {
        Some(missed) => missed.answer(&request),
        None => HttpResponse::MethodNotAllowed().insert_header((ALLOW, "POST")).finish(),
    }
}
