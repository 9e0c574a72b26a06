//! Encryption at rest.

mod error;
mod key_ring;
mod store;

pub use self::error::SealError;
pub use self::key_ring::KeyRing;
pub use self::store::Sealed;
