//! Webhooks of referral-program platforms for tower, hyper, and whatever speaks `http`.
//!
//! Three ways in, all under the endpoint's body limit and body deadline:
//!
//! - [`VerifyLayer`] goes around a service that exists already: it verifies, passes the very bytes on, and puts the
//!   [`Delivery`](referral_webhooks::Delivery) into the request's extensions.
//! - [`WebhookService`] is a whole service: it receives, calls an async function with the delivery, and answers.
//! - [`receive`] is the step that both take, for servers that know neither.
//!
//! Everything of the core crate, `referral_webhooks`, is re-exported here. It needs a tokio runtime, for the
//! deadline. What it does not do: it remembers no ids, and it does not listen.

mod answer;
mod contract_layer;
mod receive;
mod verify_layer;
mod webhook_service;

pub use answer::{AnswerBody, answer, refuse};
pub use contract_layer::{ContractLayer, ContractService};
pub use receive::receive;
pub use referral_webhooks::*;
pub use verify_layer::{VerifyLayer, VerifyService};
pub use webhook_service::WebhookService;
