//! Receives webhooks of referral-program platforms: verifies them, decodes them, tells repeats.
//!
//! [`Endpoint::receive`] turns an `http::Request` and the time into a [`Delivery`], which only verification can
//! make. The crate opens nothing, starts nothing and never asks what time it is.
//!
//! What it does not do: it reads no sockets (see `referral-webhooks-axum`), remembers no ids, follows no links,
//! and calls no platform's API.

#[cfg(feature = "json")]
mod delivery;
#[cfg(feature = "json")]
pub mod platform;
mod proof;
#[cfg(feature = "json")]
pub mod value;

#[cfg(feature = "json")]
pub use self::{
    delivery::{DEFAULT_BODY_LIMIT, Delivery, Endpoint, EndpointError, Refusal, Reply, StoredDelivery},
    platform::contract::{Contract, Disabling, Forbidden, Redelivery, Retention, Retries},
    platform::delivery_id::{DeliveryId, Strength},
};
pub use proof::{
    Advice, BodyHmac, ConfigError, Error, ErrorKind, Message, Scheme, Secret, SecretRole, SignError, Svix,
    TimestampedHmac, Tolerance, Trust, UrlToken, Variant, Verified, Verifier, Weakness,
};
