//! Requests to `refhook dev` that reached no endpoint.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use referral_webhooks_axum::{NearMiss, WebhookRoutes, near_misses};
use time::OffsetDateTime;
use tokio::sync::mpsc;

/// The maximum length of a printed path.
const MAX_PATH: usize = 80;

/// A request that reached no endpoint.
pub(super) struct Missed {
    pub(super) method: String,
    /// The received path. Near an endpoint, its unknown segments are hidden.
    pub(super) received: String,
    /// The nearest endpoint and the difference, if one is near.
    pub(super) near: Option<NearMiss>,
    pub(super) status: StatusCode,
    pub(super) received_at: OffsetDateTime,
}

/// The fallback of the router, which reports requests that reached no endpoint.
#[derive(Clone)]
pub(super) struct Fallback {
    pub(super) routes: WebhookRoutes,
    pub(super) reports: mpsc::Sender<Missed>,
}

impl Fallback {
    pub(super) async fn answer(self, request: Request) -> Response {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let near = NearMiss::of(&self.routes, &method, &path);
        let response = near_misses(self.routes)(request).await;
        let received = near.as_ref().map_or(path, |near| near.received().to_owned());
        let missed = Missed {
            method: method.as_str().chars().take(16).collect(),
            received: received.chars().take(MAX_PATH).collect(),
            near,
            status: response.status(),
            received_at: OffsetDateTime::now_utc(),
        };
        // The channel closes only at the end of the program.
        let _ = self.reports.send(missed).await;
        response
    }
}
