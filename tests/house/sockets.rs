//! Every fixture over a real socket: an axum server on loopback, and a real HTTP client.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use referral_webhooks_axum::platform::{self, Platform, Visit};
use referral_webhooks_axum::{ContractLayer, Delivery, Endpoint, Error, Rejection, Reply, Webhook};
use referral_webhooks_fixtures::{Fixture, all};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::endpoint::endpoint;
use crate::fixtures::{differences, of, report};

#[test]
fn every_fixture_is_received_over_a_socket_as_it_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut walk = Walk { runtime, walked: 0, mismatches: Vec::new() };
    platform::visit_all(&mut walk);
    assert_eq!(walk.walked, all().count(), "fixtures walked");
    report(walk.mismatches);
}

struct Walk {
    runtime: Runtime,
    walked: usize,
    mismatches: Vec<String>,
}

impl Visit for Walk {
    fn visit<P: Platform>(&mut self) {
        for fixture in of(P::NAME) {
            self.walked += 1;
            let mismatches = self.runtime.block_on(mismatches::<P>(&fixture));
            self.mismatches.extend(mismatches.iter().map(|what| format!("{}: {what}", fixture.path())));
        }
    }
}

/// Sends one fixture to a server of its own, and says what differs from the file beside it.
async fn mismatches<P: Platform>(fixture: &Fixture) -> Vec<String> {
    // The server asks the real clock, so the endpoint allows for the time since the fixture was made.
    let since = OffsetDateTime::now_utc().unix_timestamp() - fixture.now + SLACK;
    let endpoint = endpoint::<P>(fixture, Duration::from_secs(since.try_into().unwrap()));
    let (address, mut outcomes) = serve(endpoint.clone()).await;
    let answered = if fixture.request.body().len() < fixture.content_length {
        hang_up(address, fixture).await
    } else {
        Some(send(address, fixture).await)
    };
    let outcome = tokio::time::timeout(Duration::from_secs(10), outcomes.recv()).await;
    let Ok(Some((received, status))) = outcome else { return vec!["the handler was not reached".to_owned()] };
    let mut mismatches = differences(&endpoint, &received, fixture);
    if answered.is_some_and(|answered| answered != status) {
        mismatches.push(format!("the handler answered {status}, the client saw {answered:?}"));
    }
    mismatches
}

/// Seconds that a fixture may take from here to the server; stale ones are at least an hour too old.
const SLACK: i64 = 60;

/// What the extractor made of a request, and the status that was answered.
type Outcome<P> = (Result<Delivery<P>, Error>, StatusCode);

/// The state of a server that receives one fixture.
struct Server<P: Platform> {
    endpoint: Endpoint<P>,
    outcomes: mpsc::UnboundedSender<Outcome<P>>,
}

impl<P: Platform> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self { endpoint: self.endpoint.clone(), outcomes: self.outcomes.clone() }
    }
}

impl<P: Platform> axum::extract::FromRef<Server<P>> for Endpoint<P> {
    fn from_ref(server: &Server<P>) -> Self {
        server.endpoint.clone()
    }
}

async fn serve<P: Platform>(endpoint: Endpoint<P>) -> (SocketAddr, mpsc::UnboundedReceiver<Outcome<P>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (outcomes, received) = mpsc::unbounded_channel();
    let app =
        Router::new().fallback(receive::<P>).layer(ContractLayer::<P>::new()).with_state(Server { endpoint, outcomes });
    tokio::spawn(axum::serve(listener, app).into_future());
    (address, received)
}

async fn receive<P: Platform>(State(server): State<Server<P>>, received: Result<Webhook<P>, Rejection>) -> Response {
    let (outcome, response) = match received {
        Ok(Webhook(delivery)) => (Ok(delivery), Reply::Accepted.into_response()),
        Err(rejection) => (Err(rejection.error()), rejection.into_response()),
    };
    server.outcomes.send((outcome, response.status())).unwrap();
    response
}

async fn send(address: SocketAddr, fixture: &Fixture) -> StatusCode {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut request: Request<Full<Bytes>> = fixture.request.clone().map(Full::new);
    let path = request.uri().path_and_query().unwrap().as_str();
    *request.uri_mut() = format!("http://{address}{path}").parse::<Uri>().unwrap();
    client.request(request).await.unwrap_or_else(|error| panic!("{}: {error}", fixture.path())).status()
}

/// Sends less than was announced, and closes. What the server answers then may not arrive.
async fn hang_up(address: SocketAddr, fixture: &Fixture) -> Option<StatusCode> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let path = fixture.request.uri().path_and_query().unwrap();
    let mut wire = format!("POST {path} HTTP/1.1\r\n").into_bytes();
    for (name, value) in fixture.request.headers() {
        wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    wire.extend_from_slice(b"\r\n");
    wire.extend_from_slice(fixture.request.body());
    stream.write_all(&wire).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let status = answer.strip_prefix(b"HTTP/1.1 ")?.first_chunk::<3>()?;
    StatusCode::from_bytes(status).ok()
}
