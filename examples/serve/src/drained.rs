//! The end of a server of actix-web.

use referral_webhooks_axum::handlers;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::GRACE;

/// Waits until the token is cancelled, and then up to [`GRACE`] until the handlers whose connections are gone have ended.
/// An actix-web server with this signal stops after them, because a worker that stops drops its tasks.
pub async fn drained(shutdown: CancellationToken) {
    shutdown.cancelled().await;
    let _ = timeout(GRACE, handlers::ended()).await;
}
