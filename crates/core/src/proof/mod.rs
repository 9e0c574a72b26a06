//! Who sent it: schemes, their keys, and what a request proves. It knows no platform.

mod advice;
mod config_error;
mod error;
mod form;
pub(crate) mod hex;
mod json;
pub(crate) mod key;
pub(crate) mod message;
mod placeholder;
pub(crate) mod scheme;
mod secret;
pub(crate) mod tolerance;
mod trust;
mod verifier;
mod weakness;

pub use advice::Advice;
pub use config_error::ConfigError;
pub use error::{Error, ErrorKind};
pub use message::{Message, SignError};
pub use scheme::{BodyHmac, Scheme, Svix, TimestampedHmac, UrlToken, Variant};
pub use secret::Secret;
pub use tolerance::Tolerance;
pub use trust::Trust;
pub use verifier::{Verified, Verifier};
pub use weakness::{SecretRole, Weakness};
