//! The server of `refhook dev`.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use referral_webhooks_inbox::CancellationToken;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::failure::Failure;

/// The time that a connection may take to send a head.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);

/// The pause after a failed accept, because the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(100);

/// The time for the answers to requests that have begun before the end.
const GRACE: Duration = Duration::from_secs(5);

/// Listens on loopback.
pub(super) async fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|error| {
        let help = "stop the program that listens there, or leave `--port` out to take any free port";
        Failure::new(format!("cannot listen on 127.0.0.1:{port}: {error}"), help)
    })
}

/// Serves HTTP/1.1, and HTTP/2 without TLS for tunnels that use it, until the token is cancelled. Requests that have begun
/// get their answers. A sender that closes its side after the request gets its answer, too.
pub(super) async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE).half_close(true);
    http.http2().timer(TokioTimer::new()).keep_alive_interval(Some(HEAD_DEADLINE));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (http, service) = (http.clone(), TowerToHyperService::new(router.clone()));
        let shutdown = shutdown.clone();
        connections.spawn(async move {
            let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
            // An error of a connection is its sender's to see.
            tokio::select! {
                _ = connection.as_mut() => return,
                () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}
