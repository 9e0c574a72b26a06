//! Authentication of the sender: schemes, keys, and proofs. It knows no platform.

mod advice;
mod algorithm;
mod base64;
mod config_error;
mod error;
mod fingerprint;
pub(crate) mod form;
pub(crate) mod hex;
mod json;
pub(crate) mod member;
pub(crate) mod message;
mod placeholder;
mod rotation;
pub(crate) mod scheme;
mod secret;
pub(crate) mod signed_time;
pub(crate) mod tolerance;
mod trust;
mod verified;
mod verifier;
mod weakness;

pub use advice::Advice;
pub use algorithm::Algorithm;
pub use config_error::ConfigError;
pub use error::{Error, ErrorKind};
pub use fingerprint::{Fingerprint, NotAFingerprint};
pub use message::{Message, SignError};
pub use scheme::Scheme;
pub use scheme::body_hmac::BodyHmac;
pub use scheme::body_token::BodyToken;
#[cfg(feature = "jws")]
pub use scheme::detached_jws::DetachedJws;
pub use scheme::header_token::HeaderToken;
pub use scheme::svix::Svix;
pub use scheme::timestamped_hmac::TimestampedHmac;
pub use scheme::url_token::UrlToken;
pub use scheme::variant::Variant;
pub use secret::Secret;
pub use tolerance::Tolerance;
pub use trust::Trust;
pub use verified::Verified;
pub use verifier::Verifier;
pub use weakness::{SecretRole, Weakness};
