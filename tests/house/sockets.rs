//! Every fixture over a real socket, through every door: a server on loopback, and an HTTP client.

pub(crate) mod actix;
pub(crate) mod axum;
pub(crate) mod client;
pub(crate) mod tower;

use std::any::Any;
use std::net::SocketAddr;
use std::time::Duration;

use http::StatusCode;
use referral_webhooks::platform::{self, Platform, Visit};
use referral_webhooks::{Delivery, Endpoint, Error};
use referral_webhooks_fixtures::{Expected, Fixture, all};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::endpoint::endpoint;
use crate::fixtures::{differences, of, report};

#[test]
fn the_axum_extractor_gives_every_fixture_its_outcome() {
    walk(axum::Extractor);
}

#[test]
fn the_actix_extractor_gives_every_fixture_its_outcome() {
    walk(actix::Extractor);
}

#[test]
fn the_actix_middleware_gives_every_fixture_its_outcome() {
    walk(actix::Middleware);
}

#[test]
fn the_tower_service_gives_every_fixture_its_outcome() {
    walk(tower::Service);
}

#[test]
fn the_tower_layer_gives_every_fixture_its_outcome() {
    walk(tower::Layer);
}

/// A door, with its server.
pub(crate) trait Door {
    /// Starts a server that receives at this endpoint under any path, and reports the outcome of each request.
    async fn serve<P: Platform + Default>(&self, endpoint: Endpoint<P>, outcomes: Outcomes<P>) -> Server;
}

/// A server that runs as long as its guard exists.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _guard: Box<dyn Any>,
}

pub(crate) type Outcomes<P> = mpsc::UnboundedSender<Outcome<P>>;

/// The outcome of a request.
pub(crate) struct Outcome<P: Platform + Default> {
    /// The handler's delivery or error. `None` if the handler was not called.
    pub(crate) received: Option<Result<Delivery<P>, Error>>,
    /// The status of the response.
    pub(crate) status: StatusCode,
}

/// Sends every fixture through a door.
#[track_caller]
fn walk(door: impl Door) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut walk = Walk { door, runtime, walked: 0, mismatches: Vec::new() };
    platform::visit_all(&mut walk);
    assert_eq!(walk.walked, all().count(), "fixtures walked");
    report(walk.mismatches);
}

struct Walk<D> {
    door: D,
    runtime: Runtime,
    walked: usize,
    mismatches: Vec<String>,
}

impl<D: Door> Visit for Walk<D> {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        let door = std::any::type_name::<D>().rsplit_once("sockets::").unwrap().1;
        for fixture in of(P::default().facts().name) {
            self.walked += 1;
            let mismatches = self.runtime.block_on(mismatches::<P>(&self.door, &fixture));
            self.mismatches.extend(mismatches.iter().map(|what| format!("{} by {door}: {what}", fixture.path())));
        }
    }
}

/// Sends a fixture to a new server. Returns the differences from the expected outcome.
async fn mismatches<P: Platform + Default>(door: &impl Door, fixture: &Fixture) -> Vec<String> {
    // The server reads the real clock, so the endpoint accepts deliveries that have become old since.
    let endpoint = endpoint::<P>(fixture, true);
    let (outcomes, mut received) = mpsc::unbounded_channel();
    let server = door.serve(endpoint.clone(), outcomes).await;
    let answered = if fixture.request.body().len() < fixture.content_length {
        client::hang_up(server.address, fixture).await
    } else {
        Some(client::send(server.address, fixture).await)
    };
    let outcome = tokio::time::timeout(Duration::from_secs(10), received.recv()).await;
    let Ok(Some(Outcome { received, status })) = outcome else { return vec!["the server did not answer".to_owned()] };
    let mut mismatches = match received {
        Some(received) => differences(&endpoint, &received, fixture, true),
        None => refusal_differs(status, fixture),
    };
    if answered.is_some_and(|answered| answered != status) {
        mismatches.push(format!("{status} was answered, and the client saw {answered:?}"));
    }
    mismatches
}

fn refusal_differs(status: StatusCode, fixture: &Fixture) -> Vec<String> {
    match fixture.expected {
        Expected::Error { status: want, .. } if status == want => Vec::new(),
        Expected::Error { kind, status: want, .. } => vec![format!("expected {want} for `{kind}`, got {status}")],
        Expected::Event(_) => vec![format!("expected an event, was refused with {status}")],
    }
}

/// A task that ends with the test.
struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
