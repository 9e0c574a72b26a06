//! Serving with a deadline for heads.

use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

/// Like `axum::serve`, and closes connections on which no whole head came in time.
pub(crate) async fn serve(mut listener: TcpListener, app: Router, head_deadline: Duration) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_deadline);
    loop {
        // Axum's `accept` waits and tries again where the system has no more connections to give.
        let (stream, _) = Listener::accept(&mut listener).await;
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app.clone()));
        // What goes wrong with one connection is its sender's to see.
        tokio::spawn(async { drop(connection.await) });
    }
}
