//! cargo doc -p serve
//!
//! The accept loop and the shutdown of the other examples. Copy this file, because `axum::serve` has no deadline for
//! request heads.

mod drained;
mod exit;

pub use drained::drained;
pub use exit::exit_code;

use std::error::Error;
use std::io;
use std::time::Duration;

use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use referral_webhooks_axum::handlers;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};
pub use tokio_util::sync::CancellationToken;
use tower::Service;

/// How long a connection may take to send a head.
pub const HEAD_DEADLINE: Duration = Duration::from_secs(5);

/// How long connections may take to end after the signal. Docker kills after 10 seconds, Kubernetes after 30.
pub const GRACE: Duration = Duration::from_secs(5);

/// Returns a token that is cancelled at SIGTERM and SIGINT: for the server and for the worker of an inbox.
///
/// # Errors
///
/// If the signals cannot be handled.
pub fn until_signal() -> io::Result<CancellationToken> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(token)
}

/// Serves an axum router, or another tower service, until the token is cancelled. Requests and handlers that have begun
/// may end within [`GRACE`].
pub async fn serve<S, B>(listener: TcpListener, app: S, shutdown: CancellationToken)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    // The longest head, and the largest buffer of a connection.
    http.max_buf_size(16 * 1024);
    // Some senders close their side as soon as the request is sent.
    http.half_close(true);
    let connections = GracefulShutdown::new();
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _)) = accepted else {
            // The system has no more connections to give.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app.clone()));
        let connection = connections.watch(connection);
        // An error of a connection is its sender's to see.
        tokio::spawn(async { drop(connection.await) });
    }
    // From here on connections are refused, and the load balancer takes another receiver.
    drop(listener);
    // Half a request is not acknowledged, so its platform sends it again. Handlers whose sender is gone end too.
    let ended = async {
        connections.shutdown().await;
        handlers::ended().await;
    };
    let _ = timeout(GRACE, ended).await;
}
