//! Receives webhooks of referral-program platforms: verifies them, decodes them, tells repeats.
//!
//! [`Endpoint::receive`] turns an `http::Request` and the time into a [`Delivery`], which only verification can
//! make. The crate opens nothing, starts nothing and never asks what time it is.
//!
//! What it does not do: it reads no sockets (see `referral-webhooks-axum`), remembers no ids, follows no links,
//! and calls no platform's API.

#[cfg(feature = "actix")]
mod actix;
mod advice;
#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "json")]
mod canonical;
mod config_error;
#[cfg(feature = "json")]
mod contract;
#[cfg(feature = "json")]
mod delivery;
#[cfg(feature = "json")]
mod delivery_id;
#[cfg(feature = "json")]
mod endpoint;
#[cfg(feature = "json")]
mod endpoint_error;
mod error;
mod form;
mod hex;
mod json;
mod key;
mod placeholder;
#[cfg(feature = "json")]
pub mod platform;
#[cfg(feature = "json")]
mod rejection;
#[cfg(feature = "json")]
mod reply;
mod scheme;
mod secret;
mod sign;
#[cfg(feature = "json")]
mod stored;
mod tolerance;
mod trust;
#[cfg(feature = "json")]
pub mod value;
mod verifier;
mod weakness;

pub use advice::Advice;
pub use config_error::ConfigError;
#[cfg(feature = "json")]
pub use contract::{Contract, Disabling, Forbidden, Redelivery, Retention, Retries};
#[cfg(feature = "json")]
pub use delivery::Delivery;
#[cfg(feature = "json")]
pub use delivery_id::{DeliveryId, Strength};
#[cfg(feature = "json")]
pub use endpoint::{DEFAULT_BODY_LIMIT, Endpoint};
#[cfg(feature = "json")]
pub use endpoint_error::EndpointError;
pub use error::{Error, ErrorKind};
#[cfg(feature = "json")]
pub use rejection::Rejection;
#[cfg(feature = "json")]
pub use reply::Reply;
pub use scheme::{BodyHmac, Scheme, Svix, TimestampedHmac, UrlToken, Variant};
pub use secret::Secret;
pub use sign::{Message, SignError};
#[cfg(feature = "json")]
pub use stored::StoredDelivery;
pub use tolerance::Tolerance;
pub use trust::Trust;
pub use verifier::{Verified, Verifier};
pub use weakness::{SecretRole, Weakness};
