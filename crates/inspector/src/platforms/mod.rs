//! Stored deliveries, decoded once more by their platform's own decoder.
//!
//! - Guarantees: a body is decoded as it was when it came, without a secret. The proof is not checked, so a result is for people
//!   and tools and no proof.
//! - Assumes: an entry names its platform. Platforms of the application are handed over.
//! - Without it: the page could show bytes only, and would not know which values a platform marks as personal.

mod decoded;
mod payload;
mod personal;
#[expect(clippy::module_inception, reason = "the type has the name of its concept")]
mod platforms;
mod signed_at;

pub use decoded::Decoded;
pub use platforms::Platforms;
