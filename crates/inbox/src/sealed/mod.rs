//! Encryption at rest: a [`Sealed`] store around any other store, and its [`KeyRing`].
//!
//! - Guarantees: a reader of the database gets no body, header, subject or guessable delivery id. A sealed body opens
//!   only in the entry that it was sealed for.
//! - Assumes: keys and pepper are secret, and the pepper never changes. All processes of one store use the same pepper,
//!   which marks in the store enforce at start-up.
//! - Without it: a stolen backup is a list of the merchant's customers. With a changed pepper, repeats get other ids
//!   and are processed as new events.

mod error;
mod key_ring;
mod packing;
mod refused;
mod store;

pub use self::error::SealError;
pub use self::key_ring::KeyRing;
pub use self::store::Sealed;
