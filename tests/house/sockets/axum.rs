//! The extractor on axum.

use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use referral_webhooks_axum::platform::Platform;
use referral_webhooks_axum::{ContractLayer, Endpoint, Rejection, Reply, Webhook};
use tokio::net::TcpListener;

use super::{Door, Outcome, Outcomes, Server, Task};

pub(crate) struct Extractor;

struct Shop<P: Platform + Default> {
    endpoint: Endpoint<P>,
    outcomes: Outcomes<P>,
}

impl<P: Platform + Default> Clone for Shop<P> {
    fn clone(&self) -> Self {
        Self { endpoint: self.endpoint.clone(), outcomes: self.outcomes.clone() }
    }
}

impl<P: Platform + Default> FromRef<Shop<P>> for Endpoint<P> {
    fn from_ref(shop: &Shop<P>) -> Self {
        shop.endpoint.clone()
    }
}

impl Door for Extractor {
    async fn serve<P: Platform + Default>(&self, endpoint: Endpoint<P>, outcomes: Outcomes<P>) -> Server {
        let app = Router::new().fallback(post(receive::<P>)).layer(ContractLayer::<P>::new());
        serve(app.with_state(Shop { endpoint, outcomes })).await
    }
}

async fn receive<P: Platform + Default>(
    State(shop): State<Shop<P>>,
    received: Result<Webhook<P>, Rejection>,
) -> Response {
    let (received, response) = match received {
        Ok(Webhook(delivery)) => (Ok(delivery), Reply::Accepted.into_response()),
        Err(rejection) => (Err(rejection.error()), rejection.into_response()),
    };
    let outcome = Outcome { received: Some(received), status: response.status() };
    shop.outcomes.send(outcome).ok().unwrap();
    response
}

pub(crate) async fn serve(app: Router) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    Server { address, _guard: Box::new(Task(serving)) }
}
