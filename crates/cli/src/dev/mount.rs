//! The routes of the receiver, one a platform, with their secrets and samples.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::Request;
use axum::routing::post;
use bytes::Bytes;
use referral_webhooks_axum::platform::{Platform, Visit, visit_all};
use referral_webhooks_axum::{ContractLayer, Endpoint, Message, Trust, WebhookRoutes};
use referral_webhooks_fixtures::sample as fixture;
use time::OffsetDateTime;
use tokio::sync::mpsc;

use super::receiver::{self, Receiver, Seen};
use super::report::Report;
use super::sample::{self, Sample};
use crate::sender::{body_time, dated};

/// The endpoint of one platform on this machine.
pub(super) struct Mount {
    pub(super) platform: &'static str,
    pub(super) url: String,
    /// `None` if the URL is the secret.
    pub(super) secret: Option<String>,
    /// A signed request to try with curl.
    pub(super) example: Request<Bytes>,
}

/// The router of all platforms, their endpoints and their samples.
pub(super) struct Site {
    pub(super) router: Router,
    /// The paths of the endpoints.
    pub(super) routes: WebhookRoutes,
    pub(super) mounts: Vec<Mount>,
    pub(super) samples: Vec<Sample>,
}

impl Site {
    pub(super) fn new(address: SocketAddr, reports: mpsc::Sender<Report>) -> io::Result<Self> {
        let site =
            Self { router: Router::new(), routes: WebhookRoutes::new(), mounts: Vec::new(), samples: Vec::new() };
        let mut builder = Builder { address, reports, seen: Arc::default(), site, result: Ok(()) };
        visit_all(&mut builder);
        builder.result.map(|()| builder.site)
    }
}

struct Builder {
    address: SocketAddr,
    reports: mpsc::Sender<Report>,
    seen: Arc<Seen>,
    site: Site,
    result: io::Result<()>,
}

impl Visit for Builder {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        if self.result.is_ok() {
            self.result = self.mount(&platform);
        }
    }
}

impl Builder {
    fn mount<P: Platform>(&mut self, platform: &P) -> io::Result<()> {
        let facts = platform.facts();
        let (endpoint, secret) = new_endpoint(platform)?;
        let (mut forger, mut forged) = new_endpoint(platform)?;
        // A scheme of key pairs has few secrets for tests.
        while forged == secret {
            (forger, forged) = new_endpoint(platform)?;
        }
        let body =
            fixture(facts.name).ok_or_else(|| io::Error::other(format!("no sample for {}", facts.name)))?.request;
        let path = format!("/hooks/{}", facts.name);
        let base = format!("http://{}{path}", self.address);

        let now = OffsetDateTime::now_utc();
        let uri = base.parse().map_err(io::Error::other)?;
        let message = Message::new(dated(body.body(), body_time(platform, body.body()), now), now).uri(uri);
        let example = endpoint.sign(&message).map_err(io::Error::other)?;
        let (url, secret) = match facts.scheme.trust() {
            Trust::Signed | Trust::SharedSecret => (base.clone(), Some(secret)),
            Trust::SecretUrl => (example.uri().to_string(), None),
        };
        let routes = std::mem::take(&mut self.site.routes);
        self.site.routes = match facts.scheme.trust() {
            Trust::Signed | Trust::SharedSecret => routes.route_of(platform, &path),
            Trust::SecretUrl => routes.route_of(platform, &path).route_of(platform, &format!("{path}/{{token}}")),
        };
        self.site.samples.extend(sample::all(&endpoint, &forger, &base, body.body(), now)?);
        self.site.mounts.push(Mount { platform: facts.name, url, secret, example });

        let receiver = Receiver { endpoint, seen: Arc::clone(&self.seen), reports: self.reports.clone() };
        let route = || post(receiver::receive::<P>).layer(ContractLayer::of(platform.clone()));
        let routes = Router::new().route(&path, route()).route(&format!("{path}/{{token}}"), route());
        self.site.router = std::mem::take(&mut self.site.router).merge(routes.with_state(receiver));
        Ok(())
    }
}

/// Returns an endpoint with a random secret, or with one of the published key pairs if the scheme has such keys.
fn new_endpoint<P: Platform>(platform: &P) -> io::Result<(Endpoint<P>, String)> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let secret = platform.facts().scheme.secret_from(&random);
    Ok((Endpoint::of(platform.clone(), &secret).map_err(io::Error::other)?, secret))
}
