//! Webhooks of referral-program platforms for tower, hyper, and whatever speaks `http`.
//!
//! Three ways in, all under the endpoint's body limit and body deadline:
//!
//! - [`VerifyLayer`] goes around a service that exists already: it verifies, passes the very bytes on, and puts the
//!   [`Delivery`] into the request's extensions.
//! - [`WebhookService`] is a whole service: it receives, calls an async function with the delivery, and answers.
//! - [`receive`] is the step that both take, for servers that know neither.
//!
//! # Servers
//!
//! hyper takes a [`WebhookService`] in `hyper_util::service::TowerToHyperService`, as in `examples/tower-hyper`; axum
//! takes it as `Router::route_service`, though `referral-webhooks-axum` is more at home there. Three more were tried by
//! hand, each with good, forged and unsigned requests; `service` is `WebhookService::new(endpoint, on_redpin)`:
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
//! // lambda_http 1.3.2, behind an HTTP API of Amazon's gateway; bodies in base64 are decoded before they come here
//! lambda_http::run(service).await
//! ```
//!
//! Layers travel less well: poem and salvo hand requests of their own types to theirs. Every server also needs a
//! deadline for request heads, which is not this crate's to set: see the crate docs of `referral-webhooks-axum`.
//!
//! Everything of the core crate, `referral_webhooks`, is re-exported here. It needs a tokio runtime, for the
//! deadline. What it does not do: it remembers no ids, and it does not listen.

mod contract_layer;
mod receive;
mod verify_layer;
mod webhook_service;

pub use contract_layer::{ContractFuture, ContractLayer, ContractService};
pub use receive::receive;
pub use referral_webhooks::*;
pub use referral_webhooks_door::body_budget;
pub use verify_layer::{AnswerBody, VerifyLayer, VerifyService};
pub use webhook_service::WebhookService;
