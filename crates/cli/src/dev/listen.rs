//! The server of `refhook dev`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

/// The time that a connection may take to send a head.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);

/// The pause after a failed accept, because the system has no more connections to give.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on loopback.
pub(super) async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|error| {
        let help = "help: stop the program that listens there, or leave `--port` out to take any free port";
        io::Error::new(error.kind(), format!("cannot listen on 127.0.0.1:{port}: {error}\n{help}"))
    })
}

/// Serves until the program ends. A sender that closes its side after the request gets its answer.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE).half_close(true);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        // An error of a connection is its sender's to see.
        tokio::spawn(async { drop(connection.await) });
    }
}
