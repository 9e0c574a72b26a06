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
//! Bodies have the endpoint's [deadline](Endpoint::body_deadline). Heads come before any route, so their deadline is the
//! server's, and `axum::serve` sets none: whoever opens connections and stays silent keeps them. Behind a reverse proxy
//! that waits for whole requests this does not matter. Everybody else serves with hyper itself, which `axum::serve` does
//! inside:
//!
//! ```
//! use std::time::Duration;
//!
//! use axum::Router;
//! use axum::serve::Listener;
//! use hyper::server::conn::http1;
//! use hyper_util::rt::{TokioIo, TokioTimer};
//! use hyper_util::service::TowerToHyperService;
//! use tokio::net::TcpListener;
//!
//! /// Like `axum::serve`, and closes connections on which no whole head came in time.
//! async fn serve(mut listener: TcpListener, app: Router, head_deadline: Duration) {
//!     let mut http = http1::Builder::new();
//!     http.timer(TokioTimer::new()).header_read_timeout(head_deadline);
//!     loop {
//!         // Axum's `accept` waits and tries again where the system has no more connections to give.
//!         let (stream, _) = Listener::accept(&mut listener).await;
//!         let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app.clone()));
//!         // What goes wrong with one connection is its sender's to see.
//!         tokio::spawn(async { drop(connection.await) });
//!     }
//! }
//! # let _ = serve;
//! ```
//!
//! `examples/many-platforms` is a program around it. Not `hyper_util::server::conn::auto`: it waits for the first bytes,
//! to tell HTTP/2, without a deadline.
//!
//! What it does not do: it remembers no ids, so a repeated delivery reaches the handler again, and it spawns nothing.

mod rejection;
mod reply;
mod webhook;

pub use referral_webhooks_tower::*;
pub use rejection::Rejection;
pub use reply::Reply;
pub use webhook::Webhook;
