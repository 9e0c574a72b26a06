//! The routes of the receiver, one a platform, with their secrets and samples.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::Request;
use axum::routing::post;
use bytes::Bytes;
use referral_webhooks_axum::platform::{Platform, Visit, visit_all};
use referral_webhooks_axum::profile::Profile;
use referral_webhooks_axum::{ContractLayer, Endpoint, Message, Trust, WebhookRoutes};
use referral_webhooks_fixtures::sample as fixture;
use referral_webhooks_inbox::{AnyIntake, Inbox, Intake, KeepRefused, Outcome, Worker};
use referral_webhooks_inbox_sqlx::SqliteStore;
use time::OffsetDateTime;
use tokio::sync::mpsc;

use super::forward::Forwarder;
use super::forwarding::Forwarding;
use super::receiver::{self, Receiver};
use super::report::Report;
use super::sample::{self, Sample};
use super::secrets::{Origin, Secrets};
use crate::doctor::Explainer;
use crate::failure::Failure;
use crate::secret::RawSecret;
use crate::sender::{Sender, body_time, dated};

/// The endpoint of one platform on this machine.
pub(super) struct Mount {
    pub(super) platform: &'static str,
    pub(super) url: String,
    /// `None` if the URL is the secret, or if the secret was given.
    pub(super) secret: Option<String>,
    pub(super) trust: Trust,
    pub(super) origin: Origin,
    /// Signs a request for curl with the present time; `None` if the secret only verifies.
    pub(super) example: Option<Example>,
}

/// A function that signs a request with the present time.
pub(super) type Example = Arc<dyn Fn() -> Option<Request<Bytes>> + Send + Sync>;

/// The router of the platforms, their endpoints and their samples.
pub(super) struct Site {
    pub(super) router: Router,
    /// The paths of the endpoints.
    pub(super) routes: WebhookRoutes,
    pub(super) mounts: Vec<Mount>,
    pub(super) samples: Vec<Sample>,
    pub(super) intakes: Vec<Arc<dyn AnyIntake>>,
    /// The explainers of refused requests, by the name of the endpoint.
    pub(super) explainers: BTreeMap<String, Explainer>,
    /// The worker that forwards, or completes what came.
    pub(super) worker: Worker<SqliteStore>,
}

/// What the endpoints have in common.
pub(super) struct Ground<'a> {
    pub(super) address: SocketAddr,
    pub(super) inbox: Inbox<SqliteStore>,
    pub(super) secrets: &'a mut Secrets,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) forwarding: Option<Forwarding>,
    /// The one platform that is wanted.
    pub(super) only: Option<&'a str>,
}

impl Site {
    /// Makes the routes of these profiles, and of the built-in platforms.
    pub(super) fn new(ground: Ground<'_>, profiles: &[Profile]) -> Result<Self, Failure> {
        let worker = ground.inbox.worker();
        let site = Self {
            router: Router::new(),
            routes: WebhookRoutes::new(),
            mounts: Vec::new(),
            samples: Vec::new(),
            intakes: Vec::new(),
            explainers: BTreeMap::new(),
            worker,
        };
        let mut builder = Builder { ground, site: Some(site), result: Ok(()) };
        for profile in profiles {
            builder.mount(profile, &profile.sample(OffsetDateTime::now_utc()))?;
        }
        visit_all(&mut builder);
        builder.result?;
        builder.site.ok_or_else(|| io::Error::other("no site").into())
    }
}

struct Builder<'a> {
    ground: Ground<'a>,
    /// Taken while an endpoint is added.
    site: Option<Site>,
    result: Result<(), Failure>,
}

impl Visit for Builder<'_> {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        let name = platform.facts().name;
        // A profile takes the place of the built-in platform of its name.
        if self.result.is_ok() && !self.has(name) {
            let body = fixture(name).map(|fixture| fixture.request.body().clone());
            let body = body.ok_or_else(|| Failure::from(io::Error::other(format!("no sample for {name}"))));
            self.result = body.and_then(|body| self.mount(&platform, &body));
        }
    }
}

impl Builder<'_> {
    fn has(&self, name: &str) -> bool {
        self.site.as_ref().is_some_and(|site| site.mounts.iter().any(|mount| mount.platform == name))
    }

    fn mount<P: Platform>(&mut self, platform: &P, body: &Bytes) -> Result<(), Failure> {
        let name = platform.facts().name;
        if self.ground.only.is_some_and(|only| only != name) {
            return Ok(());
        }
        if self.has(name) {
            return Err(io::Error::other(format!("two profiles have the name `{name}`")).into());
        }
        let (secret, origin) = self.ground.secrets.of(name, || random_secret(platform))?;
        let help = "give the secret as the platform shows it; `refhook doctor` finds what was changed on its way";
        let endpoint = Endpoint::of(platform.clone(), &*secret)
            .map_err(|error| Failure::new(format!("the secret of `{name}` cannot be used: {error}"), help))?;
        let path = format!("/hooks/{name}");
        let base = format!("http://{}{path}", self.ground.address);
        let (mount, samples) = examples(&endpoint, &secret, origin, &base, body)?;
        let trust = mount.trust;

        let intake = self.ground.inbox.intake(name, endpoint).map_err(io::Error::other)?;
        let intake = intake.keep_refused(KeepRefused::new());
        // In the order of their times, one at a time.
        let intake = if self.ground.forwarding.is_some() {
            intake.one_at_a_time(|_| Some("forward".to_owned()))
        } else {
            intake
        };
        let Some(mut site) = self.site.take() else { return Ok(()) };
        site.intakes.push(Arc::new(intake.clone()));
        let raw = RawSecret::exact(&secret, format!("the secret of `{name}`"));
        site.explainers.insert(name.to_owned(), Explainer::new(Sender::of(platform.clone()), vec![raw]));
        site.samples.extend(samples);
        site.mounts.push(mount);
        site.routes = match trust {
            Trust::Signed | Trust::SharedSecret => site.routes.route_of(platform, &path),
            Trust::SecretUrl => site.routes.route_of(platform, &path).route_of(platform, &format!("{path}/{{token}}")),
        };
        site.worker = match &self.ground.forwarding {
            Some(forwarding) => forwarded(site.worker, &intake, Arc::new(forwarding.forwarder(name)?)),
            None => received(site.worker, &intake),
        };
        let spool = self.ground.forwarding.as_ref().map(|forwarding| Arc::clone(&forwarding.spool));
        let receiver = Receiver { intake, spool, reports: self.ground.reports.clone() };
        let route = || post(receiver::receive::<P>).layer(ContractLayer::of(platform.clone()));
        let routes = Router::new().route(&path, route()).route(&format!("{path}/{{token}}"), route());
        site.router = site.router.merge(routes.with_state(receiver));
        self.site = Some(site);
        Ok(())
    }
}

/// Lets a worker forward known and unknown events.
fn forwarded<P: Platform>(
    worker: Worker<SqliteStore>,
    intake: &Intake<P, SqliteStore>,
    forwarder: Arc<Forwarder>,
) -> Worker<SqliteStore> {
    let unknown = Arc::clone(&forwarder);
    worker
        .run(intake, move |delivery, attempt| Arc::clone(&forwarder).forward(delivery, attempt))
        .unknown_events(intake, move |delivery, attempt| Arc::clone(&unknown).forward(delivery, attempt))
}

/// Lets a worker complete events at once, because no application processes them.
fn received<P: Platform>(worker: Worker<SqliteStore>, intake: &Intake<P, SqliteStore>) -> Worker<SqliteStore> {
    worker.run(intake, async |_, _| Outcome::Done).unknown_events(intake, async |_, _| Outcome::Done)
}

/// Returns the endpoint with an example, and its samples. A secret that only verifies has neither.
fn examples<P: Platform>(
    endpoint: &Endpoint<P>,
    secret: &str,
    origin: Origin,
    base: &str,
    body: &Bytes,
) -> io::Result<(Mount, Vec<Sample>)> {
    let (platform, facts) = (endpoint.platform(), endpoint.facts());
    let trust = facts.scheme.trust();
    let now = OffsetDateTime::now_utc();
    let uri: http::Uri = base.parse().map_err(io::Error::other)?;
    let example: Example = {
        let (endpoint, body, uri) = (endpoint.clone(), body.clone(), http::Uri::clone(&uri));
        Arc::new(move || {
            let (now, of_body) = (OffsetDateTime::now_utc(), body_time(endpoint.platform(), &body));
            endpoint.sign(&Message::new(dated(&body, of_body, now), now).uri(uri.clone())).ok()
        })
    };
    let signed = example();
    let samples = match &signed {
        None => Vec::new(),
        Some(_) => {
            let mut forged = random_secret(platform)?;
            // A scheme of key pairs has few secrets for tests.
            while forged == secret {
                forged = random_secret(platform)?;
            }
            let forger = Endpoint::of(platform.clone(), &forged).map_err(io::Error::other)?;
            sample::all(endpoint, &forger, base, body, now)?
        }
    };
    let url = match (trust, &signed) {
        (Trust::SecretUrl, Some(example)) => example.uri().to_string(),
        _ => base.to_owned(),
    };
    let shown = trust != Trust::SecretUrl && origin != Origin::Given;
    let secret = shown.then(|| secret.to_owned());
    let example = signed.map(|_| example);
    Ok((Mount { platform: facts.name, url, secret, trust, origin, example }, samples))
}

/// Returns a random secret, or one of the published key pairs if the scheme has such keys.
fn random_secret<P: Platform>(platform: &P) -> io::Result<String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(platform.facts().scheme.secret_from(&random))
}
