//! Plain hyper and axum over loopback, with faults that need a socket.

use std::convert::Infallible;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::routing::post;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use referral_webhooks_tower::platform::redpin::Redpin;
use referral_webhooks_tower::{Delivery, Message, Reply, VerifyLayer, WebhookService};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer as _, Service, service_fn};

use crate::support::{REFERRAL, redpin};

async fn credit(delivery: Delivery<Redpin>) -> Reply {
    assert_eq!(delivery.body(), REFERRAL);
    Reply::Accepted
}

/// The service behind the layer.
async fn inner(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let delivery = request.extensions().get::<Delivery<Redpin>>().unwrap().clone();
    Ok(credit(delivery).await.into())
}

/// Serves with hyper, one connection after another. A server that is `half_closing` answers senders that closed their side.
pub(crate) async fn on_hyper<S, B>(service: S, half_closing: bool) -> SocketAddr
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            // The sender checks the errors of a connection.
            let mut http = http1::Builder::new();
            http.half_close(half_closing);
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        }
    });
    address
}

pub(crate) async fn on_axum(app: Router) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    address
}

/// Returns the bytes of a signed request with this framing header and this body.
pub(crate) fn wire(framing: &str, body: &[u8]) -> Vec<u8> {
    let request = redpin().sign(&Message::new(REFERRAL, OffsetDateTime::now_utc())).unwrap();
    let mut wire = format!("POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{framing}\r\n").into_bytes();
    for (name, value) in request.headers() {
        wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    wire.extend_from_slice(b"\r\n");
    wire.extend_from_slice(body);
    wire
}

/// Returns the status. The sender keeps its side open, so the server ends the exchange.
async fn send(address: SocketAddr, wire: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(wire).await.unwrap();
    let mut answer = Vec::new();
    // A server that refuses early can reset the connection after its answer.
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.unwrap();
    std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap()
}

/// Sends a request, closes the sender's side, and returns the status, if there is an answer.
pub(crate) async fn half_closing(address: SocketAddr, wire: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(wire).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.unwrap();
    std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
}

#[tokio::test]
async fn hyper_and_axum_give_the_same_answers() {
    let endpoint = redpin().with_body_limit(REFERRAL.len()).with_body_deadline(Duration::from_millis(200));
    let service = WebhookService::new(endpoint.clone(), credit);
    let layered = VerifyLayer::new(endpoint.clone()).layer(service_fn(inner));
    let handler = post(|Extension(delivery)| credit(delivery).map(Response::<axum::body::Body>::from));
    let servers = [
        ("service on hyper", on_hyper(service.clone(), true).await),
        ("layer on hyper", on_hyper(layered, true).await),
        ("service on axum", on_axum(Router::new().route_service("/", service)).await),
        ("layer on axum", on_axum(Router::new().route("/", handler.layer(VerifyLayer::new(endpoint)))).await),
    ];
    let length = REFERRAL.len();
    let announced = format!("content-length: {length}");
    let chunked = "transfer-encoding: chunked";
    let (head, tail) = REFERRAL.split_at(10);
    let in_chunks = format!("{:x}\r\n{head}\r\n{:x}\r\n{tail}\r\n0\r\n\r\n", head.len(), tail.len());
    for (label, framing, body, want) in [
        ("announced", announced.as_str(), REFERRAL, 200),
        ("chunked", chunked, in_chunks.as_str(), 200),
        ("altered", &announced, &REFERRAL.replace("CREATED", "DELETED"), 401),
        ("announced too long", "content-length: 10000000000", "", 413),
        ("chunked too long", chunked, &in_chunks.replace("\r\n0\r\n", "\r\n1\r\n \r\n0\r\n"), 413),
        ("silent", &announced, head, 503),
        ("silent in chunks", chunked, &in_chunks[..10], 503),
    ] {
        for (server, address) in servers {
            assert_eq!(send(address, &wire(framing, body.as_bytes())).await, want, "{label}, {server}");
        }
    }
}
