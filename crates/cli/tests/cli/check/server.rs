//! A server on a thread, for services that are right or wrong.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;

/// Serves until the end of the test process.
pub(crate) fn serve(router: Router, half_close: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || runtime.block_on(accept(listener, router, half_close)));
    address
}

async fn accept(listener: TcpListener, router: Router, half_close: bool) -> Infallible {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).half_close(half_close);
    loop {
        let stream = listener.accept().await.unwrap().0;
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        tokio::spawn(async { drop(connection.await) });
    }
}
