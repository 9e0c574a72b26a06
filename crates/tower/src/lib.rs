//! Webhooks of referral-program platforms for tower, hyper and other servers on the crate `http`.
//!
//! The crate has three ways in. All of them read the body under the endpoint's limit and deadline.
//!
//! - [`VerifyLayer`] wraps an existing service: it verifies, passes the verified bytes on, and inserts the [`Delivery`]
//!   into the request's extensions.
//! - [`WebhookService`] is a whole service: it receives, calls an async function with the delivery, and answers.
//! - [`receive`] is the step that both of them share. Servers without tower call it.
//!
//! [`ContractLayer`] keeps the answers of any other service within the platform's contract. Everything of the core crate,
//! `referral_webhooks`, is re-exported here.
//!
//! # Receive a webhook
//!
//! ```
//! use referral_webhooks_tower::platform::redpin::{Event, Redpin};
//! use referral_webhooks_tower::{ConfigError, Delivery, Endpoint, Reply, WebhookService};
//!
//! async fn on_redpin(delivery: Delivery<Redpin>) -> Reply {
//!     if let Event::ReferralCreated(referral) = delivery.event() {
//!         println!("{}: {:?}", delivery.id(), referral.status);
//!     }
//!     Reply::Accepted
//! }
//!
//! fn app(secret: &str) -> Result<axum::Router, ConfigError> {
//!     let service = WebhookService::new(Endpoint::new(secret)?, on_redpin);
//!     Ok(axum::Router::new().route_service("/hooks/redpin", service))
//! }
//! # app("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
//! ```
//!
//! # Many tenants
//!
//! [`TenantService`], [`VerifyLayer::for_tenants`] and [`receive_for`] look the endpoint up by the tenant that a request
//! names. An async function returns it from the application's database, and [`Endpoints`] keeps it for a bounded time:
//!
//! ```
//! use referral_webhooks_tower::platform::redpin::Redpin;
//! use referral_webhooks_tower::{Delivery, Endpoint, EndpointError, Endpoints, Reply, Tenant, TenantService};
//! # #[derive(Clone)] struct Database;
//! # impl Database { async fn secret_of(&self, _: &str) -> Option<String> { None } }
//!
//! async fn resolve(database: Database, tenant: Tenant) -> Result<Option<Endpoint<Redpin>>, EndpointError> {
//!     database.secret_of(tenant.as_str()).await.map(Endpoint::new).transpose()
//! }
//!
//! async fn on_redpin(tenant: Tenant, delivery: Delivery<Redpin>) -> Reply {
//!     // Ids are unique within a tenant.
//!     println!("{tenant}: {}", delivery.id());
//!     Reply::Accepted
//! }
//!
//! fn app(database: Database) -> axum::Router {
//!     let endpoints = Endpoints::new(move |tenant| resolve(database.clone(), tenant));
//!     let service = TenantService::new(endpoints, |head| head.uri.path().strip_prefix("/hooks/redpin/"), on_redpin);
//!     axum::Router::new().route_service("/hooks/redpin/{tenant}", service)
//! }
//! # app(Database);
//! ```
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
//! The handler of a delivery runs to its end, even if the sender closes the connection: [`WebhookService`],
//! [`VerifyLayer`] and [`ContractLayer`] move it into a task of tokio as soon as the request is verified. Before that the
//! request belongs to its connection, so that an incomplete body is freed with its sender. [`receive`] without a layer
//! leaves the handler in the connection, and hyper drops it with the connection.
//!
//! - The platform sends an event again if it got no answer, so the same delivery can reach the handler while the first run
//!   continues.
//! - Middleware that sets a task-local value goes inside the layer. The span and the subscriber of `tracing` are kept.
//! - [`handlers`] counts the running handlers, because a graceful shutdown waits for connections only:
//!
//! ```
//! use std::time::Duration;
//!
//! use referral_webhooks_tower::handlers;
//! use tokio::time::timeout;
//!
//! /// Waits for the handlers whose connections are gone. The connections have ended before.
//! async fn drain() {
//!     let _ = timeout(Duration::from_secs(5), handlers::ended()).await;
//! }
//! # let _ = drain;
//! ```
//!
//! A sender that closes its side after the request still reads the answer if hyper is built with `half_close(true)`.
//!
//! # Servers
//!
//! hyper runs a [`WebhookService`] in `hyper_util::service::TowerToHyperService`, as in `examples/tower-hyper`. axum mounts
//! it with `Router::route_service`, though `referral-webhooks-axum` has an extractor for axum. Three more servers were
//! tried manually with genuine, forged and unsigned requests; `service` is `WebhookService::new(endpoint, on_redpin)`:
//!
//! ```text
//! // poem 3.1.12, feature `tower-compat`
//! use poem::endpoint::TowerCompatExt;
//! let app = poem::Route::new().at("/hooks/redpin", service.compat());
//!
//! // salvo 1.1.0, feature `tower-compat`
//! use salvo::prelude::*;
//! let handler = TowerServiceCompat::<salvo::http::ReqBody, _, _, _>::compat(service);
//! let app = Router::with_path("hooks/redpin").goal(handler);
//!
//! // lambda_http 1.3.2, behind an HTTP API of Amazon's gateway; lambda_http decodes base64 bodies first
//! lambda_http::run(service).await
//! ```
//!
//! Layers are less portable, because poem and salvo pass requests of their own types to layers. Every server also needs a
//! deadline for request heads, which this crate cannot set: see the crate docs of `referral-webhooks-axum`.
//!
//! # Limits
//!
//! The crate needs a tokio runtime for the body deadline. It remembers no ids, so a repeated delivery reaches the handler
//! again. It does not listen.

mod answer;
mod body_error;
mod contract_layer;
mod contracts_layer;
mod near_misses;
mod original_uri;
mod ready;
mod receive;
mod route;
mod tenant_service;
mod verify_layer;
mod webhook_service;

pub use answer::ContractFuture;
pub use contract_layer::{ContractLayer, ContractService};
pub use contracts_layer::{ContractsLayer, ContractsService};
pub use near_misses::NearMisses;
pub use original_uri::OriginalUri;
pub use receive::{check_ping, receive, receive_for};
pub use referral_webhooks::*;
#[cfg(feature = "metrics")]
pub use referral_webhooks_door::describe_metrics;
pub use referral_webhooks_door::{
    Difference, Endpoints, NearMiss, Resolved, Route, Terms, WebhookRoutes, body_budget, handlers,
};
pub use tenant_service::TenantService;
pub use verify_layer::{AnswerBody, VerifyLayer, VerifyService};
pub use webhook_service::WebhookService;
