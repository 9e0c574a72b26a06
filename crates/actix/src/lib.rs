//! Webhooks of referral-program platforms as an actix-web extractor.
//!
//! # Receive a webhook
//!
//! ```toml
//! [dependencies]
//! actix-web = "4"
//! referral-webhooks-actix = "0.1"
//! tracing-subscriber = "0.3"
//! ```
//!
//! A handler takes [`Webhook<P>`](Webhook) and returns a [`Reply`]. [`webhook()`] mounts it with its [`Endpoint`], and keeps
//! the answers of the route within the platform's contract:
//!
//! ```
//! use actix_web::App;
//! use referral_webhooks_actix::platform::redpin::{Event, Redpin};
//! use referral_webhooks_actix::{Endpoint, Reply, Webhook, webhook};
//!
//! async fn on_redpin(Webhook(delivery): Webhook<Redpin>) -> Reply {
//!     if let Event::ReferralCreated(referral) = delivery.event() {
//!         println!("{}: {:?}", delivery.id(), referral.status);
//!     }
//!     Reply::Accepted
//! }
//!
//! let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
//! let app = App::new().configure(webhook("/hooks/redpin", endpoint, on_redpin));
//! # let _ = app;
//! # Ok::<(), referral_webhooks_actix::ConfigError>(())
//! ```
//!
//! - A request that is not a delivery does not reach the handler. It is answered with a [`Rejection`].
//! - The endpoint is made once, before `HttpServer::new`, and cloned for each worker of the server.
//! - Middleware that answers in place of the handler (time-outs, limits) goes inside the contract. Routes with such
//!   middleware are mounted without [`webhook()`], with [`EnforceContract`] outermost.
//! - [`VerifyDelivery`] wraps handlers that exist already, and [`receive`] is the step that all of them share.
//! - A handler that stores deliveries in the inbox of `referral-webhooks-inbox` returns the reply of the inbox.
//!
//! Everything of the core crate, `referral_webhooks`, is re-exported here. actix-web 4 uses `http` 0.2. One function copies
//! the parts of a request that the core needs, and the public items of this crate use `http` 1 only.
//!
//! # Many tenants
//!
//! One route serves many tenants with a [`TenantWebhook`]. An async function looks the endpoint up, and [`Endpoints`] keeps
//! it for a bounded time. Tenants come, go and rotate while the program runs; [`Endpoints`] says when a change applies:
//!
//! ```
//! use actix_web::App;
//! use referral_webhooks_actix::platform::redpin::Redpin;
//! use referral_webhooks_actix::{Endpoint, EndpointError, Endpoints, Reply, Tenant, TenantWebhook, tenant_webhook};
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
//! # let database = Database;
//! let endpoints = Endpoints::new(move |tenant| resolve(database.clone(), tenant));
//! let app = App::new().configure(tenant_webhook("/hooks/redpin/{tenant}", endpoints, on_redpin));
//! # let _ = app;
//! ```
//!
//! The endpoints are made once, before `HttpServer::new`, so that all workers of the server share the kept ones.
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
//! The handler of a delivery runs to its end, even if the connection is reset: [`webhook()`], [`EnforceContract`] and
//! [`VerifyDelivery`] move it into a task of the worker as soon as the request is verified. Before that the request belongs
//! to its connection, so that an incomplete body is freed with its sender. A route with the extractor alone runs its handler
//! in the connection, and actix-web drops it if the connection is reset.
//!
//! - The platform sends an event again if it got no answer, so the same delivery can reach the handler while the first run
//!   continues.
//! - Middleware that sets a task-local value goes inside. The span and the subscriber of `tracing` are kept.
//! - A sender that closes its side after the request still reads the answer, unless the server is built with
//!   `h1_allow_half_closed(false)`.
//! - [`handlers`] counts the running handlers, because actix-web waits for connections only. Wait for them before the server
//!   stops, because a worker that stops drops its tasks:
//!
//! ```
//! use std::time::Duration;
//!
//! use actix_web::rt::time::timeout;
//! use actix_web::{App, HttpServer};
//! use referral_webhooks_actix::handlers;
//!
//! async fn drained(signal: impl Future<Output = ()>) {
//!     signal.await;
//!     let _ = timeout(Duration::from_secs(5), handlers::ended()).await;
//! }
//!
//! # async fn until_signal() {}
//! let server = HttpServer::new(App::new).shutdown_signal(drained(until_signal()));
//! # let _ = server;
//! ```
//!
//! # Memory of incomplete bodies
//!
//! A body is read under the endpoint's [limit](Endpoint::with_body_limit) and [deadline](Endpoint::with_body_deadline).
//! All incomplete bodies of the process share one [`body_budget`], because their senders are unproven:
//!
//! ```
//! use referral_webhooks_actix::body_budget;
//!
//! body_budget::set(16 * 1024 * 1024);
//! println!("{} of {} bytes held", body_budget::held(), body_budget::limit());
//! ```
//!
//! actix-web itself limits the time of a head, to 5 seconds unless `HttpServer::client_request_timeout` sets another limit.
//!
//! # Limits
//!
//! The crate remembers no ids, so a repeated delivery reaches the handler again.

mod answer;
mod arguments;
mod configure;
mod enforce_contract;
mod enforce_contracts;
mod near_misses;
mod ping;
mod receive;
mod tenant_webhook;
mod verify_delivery;
mod webhook;

pub use answer::ContractFuture;
pub use arguments::{Arguments, LastArgument, LastTenantArgument, TenantArguments};
pub use configure::{tenant_webhook, webhook, webhook_with_current};
pub use enforce_contract::{ContractService, EnforceContract};
pub use enforce_contracts::{ContractsService, EnforceContracts};
pub use near_misses::NearMisses;
pub use receive::{receive, receive_for};
pub use referral_webhooks::*;
#[cfg(feature = "metrics")]
pub use referral_webhooks_door::describe_metrics;
pub use referral_webhooks_door::{
    Difference, Endpoints, NearMiss, Resolved, Terms, WebhookRoutes, body_budget, handlers,
};
pub use tenant_webhook::TenantWebhook;
pub use verify_delivery::{VerifyDelivery, VerifyService};
pub use webhook::Webhook;
