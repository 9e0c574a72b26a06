//! Webhooks of referral-program platforms as an axum extractor.
//!
//! # Receive a webhook
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! referral-webhooks-axum = "0.1"
//! tracing-subscriber = "0.3"
//! ```
//!
//! A handler takes [`Webhook<P>`](Webhook) and returns a [`Reply`]. The router's state has the [`Endpoint`], and
//! [`ContractLayer`] keeps the answers of the route within the platform's contract:
//!
//! ```
//! use axum::{Router, routing::post};
//! use referral_webhooks_axum::platform::redpin::{self, Redpin};
//! use referral_webhooks_axum::{ConfigError, ContractLayer, Endpoint, Reply, Webhook};
//!
//! async fn on_redpin(Webhook(delivery): Webhook<Redpin>) -> Reply {
//!     match delivery.event() {
//!         redpin::Event::ReferralCreated(referral) => println!("{}: {:?}", delivery.id(), referral.status),
//!         other => println!("{}: {other:?}", delivery.id()),
//!     }
//!     Reply::Accepted
//! }
//!
//! fn app(secret: &str) -> Result<Router, ConfigError> {
//!     let on_redpin = post(on_redpin).layer(ContractLayer::<Redpin>::new());
//!     Ok(Router::new().route("/hooks/redpin", on_redpin).with_state(Endpoint::<Redpin>::new(secret)?))
//! }
//! # app("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
//! ```
//!
//! - A request that is not a delivery does not reach the handler. It is answered with a [`Rejection`].
//! - The contract layer belongs outermost: layers that answer in place of the handler (time-outs, limits, panic handlers)
//!   go inside, see [`ContractLayer`].
//! - [`VerifyLayer`] wraps handlers that exist already.
//! - A handler that stores deliveries in the inbox of `referral-webhooks-inbox` returns the reply of the inbox.
//!
//! Everything of the crates `referral_webhooks` and `referral_webhooks_tower` is re-exported here, so that an application
//! needs one dependency.
//!
//! # Answer a decision
//!
//! Some platforms take the answer to an event as a [decision](Acknowledges::Decision): one status is a yes, another one is a
//! no, and every other status asks for the event again. The inbox refuses such an event, so a handler of the application
//! answers it. A [`ContractLayer`] or [`ContractsLayer`] passes the yes and the no on, and translates every other answer, also
//! another success, into a status that decides neither way. The handler bounds its own time:
//!
//! ```
//! use std::time::Duration;
//!
//! use axum::http::StatusCode;
//! use axum::{Router, routing::post};
//! use referral_webhooks_axum::platform::{Event as _, Platform};
//! use referral_webhooks_axum::{Acknowledges, Endpoint, Webhook};
//! # async fn may_be_paid<E>(_: &E) -> Result<bool, std::io::Error> { Ok(true) }
//!
//! async fn on_question<P: Platform>(Webhook(delivery): Webhook<P>) -> StatusCode {
//!     let contract = delivery.platform().facts().contract;
//!     let Acknowledges::Decision { yes, no } = contract.acknowledges(delivery.event().name()) else {
//!         return contract.transient; // No question: this event belongs to the route of the inbox.
//!     };
//!     match tokio::time::timeout(Duration::from_secs(2), may_be_paid(delivery.event())).await {
//!         Ok(Ok(true)) => yes,
//!         Ok(Ok(false)) => no,
//!         Ok(Err(_)) | Err(_) => contract.transient, // neither a yes nor a no
//!     }
//! }
//!
//! fn app<P: Platform>(endpoint: Endpoint<P>) -> Router {
//!     Router::new().route("/hooks/questions", post(on_question::<P>)).with_state(endpoint)
//! }
//! # use referral_webhooks_axum::platform::redpin::Redpin;
//! # let _ = app(Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
//! ```
//!
//! # A platform from a file
//!
//! A [`Profile`](profile::Profile) is a platform that a file describes. Its route is like all others, and its contract layer
//! takes the profile:
//!
//! ```
//! use axum::{Router, routing::post};
//! use referral_webhooks_axum::platform::Event as _;
//! use referral_webhooks_axum::profile::Profile;
//! use referral_webhooks_axum::{ContractLayer, Endpoint, EndpointError, Reply, Webhook};
//!
//! async fn on_acme(Webhook(delivery): Webhook<Profile>) -> Reply {
//!     println!("{}: {:?}", delivery.id(), delivery.event().name());
//!     Reply::Accepted
//! }
//!
//! fn app(acme: Profile, secret: &str) -> Result<Router, EndpointError> {
//!     let on_acme = post(on_acme).layer(ContractLayer::of(acme));
//!     Ok(Router::new().route("/hooks/acme", on_acme).with_state(Endpoint::of(acme, secret)?))
//! }
//! # let acme: Profile = serde_json::from_str(r#"{
//! #     "name": "acme", "scheme": {"kind": "body-hmac", "header": "X-Acme-Signature"}, "event": {"name": "/type"}
//! # }"#).unwrap();
//! # app(acme, "acme-signing-secret-7f3a").unwrap();
//! ```
//!
//! # Many tenants
//!
//! One route serves many tenants with a [`TenantWebhook`]. An async function looks the endpoint up, and [`Endpoints`] keeps
//! it for a bounded time. Tenants come, go and rotate while the program runs; [`Endpoints`] says when a change applies:
//!
//! ```
//! use axum::{Router, routing::post};
//! use referral_webhooks_axum::platform::redpin::Redpin;
//! use referral_webhooks_axum::{ContractLayer, Endpoint, EndpointError, Endpoints, Reply, Tenant, TenantWebhook};
//! # #[derive(Clone)] struct Database;
//! # impl Database { async fn secret_of(&self, _: &str) -> Option<String> { None } }
//!
//! async fn resolve(database: Database, tenant: Tenant) -> Result<Option<Endpoint<Redpin>>, EndpointError> {
//!     database.secret_of(tenant.as_str()).await.map(Endpoint::new).transpose()
//! }
//!
//! async fn on_redpin(TenantWebhook(tenant, delivery): TenantWebhook<Redpin>) -> Reply {
//!     // Ids are unique within a tenant.
//!     println!("{tenant}: {}", delivery.id());
//!     Reply::Accepted
//! }
//!
//! fn app(database: Database) -> Router {
//!     let endpoints = Endpoints::new(move |tenant| resolve(database.clone(), tenant));
//!     let on_redpin = post(on_redpin).layer(ContractLayer::<Redpin>::new());
//!     Router::new().route("/hooks/redpin/{tenant}", on_redpin).with_state(endpoints)
//! }
//! # app(Database);
//! ```
//!
//! `examples/many-tenants` is a whole program.
//!
//! # Logs
//!
//! Refusals are `tracing` events with the target `referral_webhooks`, at the level `WARN`, or at `ERROR` if the application
//! is misconfigured. Translated answers are at `INFO` or `WARN`. A program without a subscriber shows no refusal, and neither does
//! `tracing_subscriber::fmt::init()` with the feature `env-filter` while `RUST_LOG` is unset, because its default is
//! `ERROR`. `RUST_LOG=info` and `tracing_subscriber::fmt().init()` show refusals.
//!
//! # Lifetime of a handler
//!
//! The handler of a delivery runs to its end, even if the sender closes the connection: [`ContractLayer`],
//! [`VerifyLayer`] and [`WebhookService`] move it into a task as soon as the request is verified. Before that the request
//! belongs to its connection, so that an incomplete body is freed with its sender. A route with the extractor alone,
//! without one of the layers, runs its handler in the connection, and `axum::serve` drops it with the connection.
//!
//! - The platform sends an event again if it got no answer, so the same delivery can reach the handler while the first run
//!   continues.
//! - Middleware that sets a task-local value or a limit of time for the handler's own work goes inside the layer. The span
//!   and the subscriber of `tracing` are kept.
//! - [`handlers`] counts the running handlers. The server below waits for them at its end, because a graceful shutdown
//!   waits for connections only.
//! - A sender that closes its side after the request still reads the answer if the server is built with
//!   `half_close(true)`, as the server below. `axum::serve` has no such setting.
//!
//! # Memory of incomplete bodies
//!
//! A body is read under the endpoint's [limit](Endpoint::with_body_limit) and [deadline](Endpoint::with_body_deadline).
//! All incomplete bodies of the process share one [`body_budget`], because their senders are unproven:
//!
//! ```
//! use referral_webhooks_axum::body_budget;
//!
//! body_budget::set(16 * 1024 * 1024);
//! println!("{} of {} bytes held", body_budget::held(), body_budget::limit());
//! ```
//!
//! # Serving
//!
//! The server reads heads before any route, so only the server can set their deadline. `axum::serve` sets none: a sender
//! with half a head keeps its connection open forever, and keeps the program from ending. A reverse proxy that waits for
//! whole requests solves this. Other programs serve with hyper, as `axum::serve` does internally. `examples/serve`
//! has this file:
//!
//! ```
//! use std::error::Error;
//! use std::io;
//! use std::time::Duration;
//!
//! use http_body::Body;
//! use hyper::body::Incoming;
//! use hyper::server::conn::http1;
//! use hyper::{Request, Response};
//! use hyper_util::rt::{TokioIo, TokioTimer};
//! use hyper_util::server::graceful::GracefulShutdown;
//! use hyper_util::service::TowerToHyperService;
//! use referral_webhooks_axum::handlers;
//! use tokio::net::TcpListener;
//! use tokio::signal::unix::{SignalKind, signal};
//! use tokio::time::{sleep, timeout};
//! pub use tokio_util::sync::CancellationToken;
//! use tower::Service;
//!
//! /// How long a connection may take to send a head.
//! pub const HEAD_DEADLINE: Duration = Duration::from_secs(5);
//!
//! /// How long connections may take to end after the signal. Docker kills after 10 seconds, Kubernetes after 30.
//! pub const GRACE: Duration = Duration::from_secs(5);
//!
//! /// Returns a token that is cancelled at SIGTERM and SIGINT: for the server and for the worker of an inbox.
//! ///
//! /// # Errors
//! ///
//! /// If the signals cannot be handled.
//! pub fn until_signal() -> io::Result<CancellationToken> {
//!     let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
//!     let token = CancellationToken::new();
//!     let cancelled = token.clone();
//!     tokio::spawn(async move {
//!         tokio::select! {
//!             _ = terminate.recv() => {}
//!             _ = interrupt.recv() => {}
//!         }
//!         cancelled.cancel();
//!     });
//!     Ok(token)
//! }
//!
//! /// Serves an axum router, or another tower service, until the token is cancelled. Requests and handlers that have begun
//! /// may end within [`GRACE`].
//! pub async fn serve<S, B>(listener: TcpListener, app: S, shutdown: CancellationToken)
//! where
//!     S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
//!     S::Future: Send,
//!     S::Error: Into<Box<dyn Error + Send + Sync>>,
//!     B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
//! {
//!     let mut http = http1::Builder::new();
//!     http.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
//!     // The longest head, and the largest buffer of a connection.
//!     http.max_buf_size(16 * 1024);
//!     // Some senders close their side as soon as the request is sent.
//!     http.half_close(true);
//!     let connections = GracefulShutdown::new();
//!     while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
//!         let Ok((stream, _)) = accepted else {
//!             // The system has no more connections to give.
//!             sleep(Duration::from_millis(100)).await;
//!             continue;
//!         };
//!         let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app.clone()));
//!         let connection = connections.watch(connection);
//!         // An error of a connection is its sender's to see.
//!         tokio::spawn(async { drop(connection.await) });
//!     }
//!     // From here on connections are refused, and the load balancer takes another receiver.
//!     drop(listener);
//!     // Half a request is not acknowledged, so its platform sends it again. Handlers whose sender is gone end too.
//!     let ended = async {
//!         connections.shutdown().await;
//!         handlers::ended().await;
//!     };
//!     let _ = timeout(GRACE, ended).await;
//! }
//! # let _ = (serve::<axum::Router, axum::body::Body>, until_signal);
//! ```
//!
//! `hyper_util::server::conn::auto` is unsuitable: it waits for the first bytes, to detect HTTP/2, without a deadline.
//!
//! # Limits
//!
//! The crate remembers no ids, so a repeated delivery reaches the handler again.

mod near_misses;
mod ping;
mod tenant_webhook;
mod webhook;

pub use near_misses::near_misses;
pub use ping::{Ping, answer_ping};
pub use referral_webhooks_tower::*;
pub use tenant_webhook::TenantWebhook;
pub use webhook::Webhook;
