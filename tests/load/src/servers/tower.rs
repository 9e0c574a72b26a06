//! The server on plain hyper.

use std::hint::black_box;
use std::net::TcpListener;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use referral_webhooks::platform::redpin::{Event, Redpin};
use referral_webhooks::{Delivery, Endpoint, Reply};
use referral_webhooks_tower::WebhookService;

use crate::requests::SECRET;

pub(super) fn serve(listener: TcpListener) {
    listener.set_nonblocking(true).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let service = TowerToHyperService::new(WebhookService::new(Endpoint::new(SECRET).unwrap(), ours));
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(5))
            .max_buf_size(16 * 1024)
            .half_close(true);
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let connection = http.serve_connection(TokioIo::new(stream), service.clone());
            tokio::spawn(async { drop(connection.await) });
        }
    });
}

async fn ours(delivery: Delivery<Redpin>) -> Reply {
    if let Event::ReferralCreated(referral) = delivery.event() {
        black_box(referral);
    }
    Reply::Accepted
}
