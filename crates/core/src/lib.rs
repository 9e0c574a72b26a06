//! Receives webhooks of referral-program platforms: verifies them, decodes them, and identifies repeats.
//!
//! [`Endpoint::receive`] turns an `http::Request` and the current time into a [`Delivery`], which only verification can
//! make. The crate has no I/O, no threads and no clock.
//!
//! # Receive
//!
//! A handler takes a [`Delivery`], so an unverified request cannot reach it. Process each
//! [id](Delivery::id) once, because platforms repeat deliveries.
//!
//! ```
//! use referral_webhooks::platform::redpin::{Event, Redpin};
//! use referral_webhooks::{Endpoint, Message, Reply};
//! # use time::OffsetDateTime;
//! # let now = OffsetDateTime::UNIX_EPOCH;
//!
//! let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
//! # let request = endpoint.sign(&Message::new(r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#, now))?;
//! let status = match endpoint.receive(&request, now) {
//!     Ok(delivery) => match delivery.event() {
//!         Event::ReferralCreated(_) => Reply::Accepted.status(), // after the referral is stored
//!         _ => Reply::Accepted.status(),
//!     },
//!     Err(error) => endpoint.refuse(error).status(),
//! };
//! assert_eq!(status, 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Guides
//!
//! - [Rotate a secret](guide::rotate)
//! - [Test a handler](mod@guide::test)
//! - [Receive from your own platform](guide::your_own_platform)
//! - [Add a platform to this crate](guide::add_a_platform)
//! - [A platform from a file](guide::profile)
//! - Receive on a framework: the docs of `referral-webhooks-axum`, `-actix` and `-tower`.
//! - Store, pay once and operate: the docs of `referral-webhooks-inbox` and `-inbox-sqlx`.
//!
//! # Find out why a request is refused
//!
//! [`Error::kind`] is the category, [`Error::advice`] lists the probable causes for the log, and
//! [`Endpoint::weaknesses`] warns of weak secrets at start-up.
//!
//! # Receive from another sender
//!
//! A type of yours becomes a platform, with everything that the built-in [platforms](platform) have: see the guide
//! [your own platform](guide::your_own_platform). A [`Profile`](profile::Profile) describes one by a file: see
//! [a platform from a file](guide::profile). A [`Verifier`] with a [`Scheme`] verifies requests of other senders without
//! decoding them.
//!
//! | scheme | proof | settings |
//! |---|---|---|
//! | [`BodyHmac`] | HMAC-SHA256 of the body, in a header | prefix, hexadecimal or base64, form field, key in hexadecimal |
//! | [`TimestampedHmac`] | HMAC-SHA256 of time and body, in a header | element names, seconds or milliseconds |
//! | [`Svix`] | HMAC-SHA256 or Ed25519 of id, time and body, in three headers | |
//! | [`HeaderToken`] | a static secret in a header, never stored | prefix: `Bearer `, `Basic ` |
//! | [`BodyToken`] | a static secret in a member of the body, never stored | form field |
//! | [`UrlToken`] | a secret in the URL, never stored | |
//!
//! [`Trust`] says how much each proves. MD5 and SHA-1 are [refused by name](Algorithm): treat such a platform as unsigned,
//! and give it a secret URL.
//!
//! # Features
//!
//! - `json` (default): events and [`Endpoint`]. Without it the crate verifies and signs only.
//! - `platforms` (default): all built-in platforms. Each is a feature of its own, too: `redpin`, `prefinery`, …
//! - `profile` (default): platforms that are described by a file. It links no crate.
//! - `ed25519`: asymmetric signatures of Svix, and `whpk_` and `whsk_` keys.
//! - `jws`: `DetachedJws`, signatures under the keys of a JWK set. It links `ring`, which needs a C compiler.
//!
//! # Out of scope
//!
//! The crate reads no sockets (see `referral-webhooks-axum`), remembers no ids (see `referral-webhooks-inbox`), follows no
//! links, and calls no platform's API.

#![cfg_attr(docsrs, feature(doc_cfg))]
// A platform alone leaves helpers of the others unused.
#![cfg_attr(not(feature = "platforms"), allow(dead_code, unused_imports, unused_macros))]

mod chain;
#[cfg(feature = "json")]
mod delivery;
#[cfg(any(doc, doctest))]
pub mod guide;
mod interned;
#[cfg(feature = "json")]
pub mod platform;
#[cfg(feature = "profile")]
pub mod profile;
mod proof;
#[cfg(feature = "json")]
pub mod summary;
#[cfg(feature = "json")]
pub mod value;

#[cfg(feature = "json")]
pub use self::{
    delivery::{
        DEFAULT_BODY_LIMIT, Delivery, Endpoint, EndpointError, InvalidTenant, Observer, Received, Refused, Rejection,
        Reply, StoredDelivery, Tenant, http_message,
    },
    platform::contract::{
        Acknowledges, Contract, Disabling, Forbidden, Redelivery, Retention, Retries, RetryEnd, RetryTime,
    },
    platform::delivery_id::{DeliveryId, Strength},
};
pub use chain::{Chain, chain};
#[cfg(feature = "jws")]
pub use proof::DetachedJws;
pub use proof::{
    Advice, Algorithm, BodyHmac, BodyToken, ConfigError, Error, ErrorKind, Fingerprint, HeaderToken, Message,
    NotAFingerprint, Scheme, Secret, SecretRole, SignError, Svix, TimestampedHmac, Tolerance, Trust, UrlToken, Variant,
    Verified, Verifier, Weakness,
};
