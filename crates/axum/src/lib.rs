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
//! What it does not do: it remembers no ids, so a repeated delivery reaches the handler again, and it spawns nothing.

mod rejection;
mod reply;
mod webhook;

pub use referral_webhooks_tower::*;
pub use rejection::Rejection;
pub use reply::Reply;
pub use webhook::Webhook;

/// The README's samples, compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
