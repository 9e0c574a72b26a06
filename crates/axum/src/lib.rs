//! Webhooks of referral-program platforms as an axum extractor.
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
//! Everything of the crates `referral_webhooks` and `referral_webhooks_tower` is re-exported here, so this is the one
//! dependency an application names. [`ContractLayer`] keeps a route's answers within the platform's contract, and
//! [`VerifyLayer`] goes around handlers that exist already.
//!
//! # Serving
//!
//! Bodies have the endpoint's [deadline](Endpoint::with_body_deadline), and all that are on their way share the process's
//! [`body_budget`]. Heads come before any route, so their deadline is the server's, and `axum::serve` sets none: half a
//! head keeps a connection for ever, and the program from ending. Behind a reverse proxy that waits for whole requests this
//! does not matter. Everybody else serves with hyper itself, as `axum::serve` does inside. `examples/serve` has this file:
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
//! /// Serves an axum router, or another tower service, until the token is cancelled. Requests that have begun may end within
//! /// [`GRACE`].
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
//!     // Half a request is not acknowledged, so its platform sends it again.
//!     let _ = timeout(GRACE, connections.shutdown()).await;
//! }
//! # let _ = (serve::<axum::Router, axum::body::Body>, until_signal);
//! ```
//!
//! Not `hyper_util::server::conn::auto`: it waits for the first bytes, to tell HTTP/2, without a deadline.
//!
//! What it does not do: it remembers no ids, so a repeated delivery reaches the handler again, and it spawns nothing.

mod webhook;

pub use referral_webhooks_tower::*;
pub use webhook::Webhook;
