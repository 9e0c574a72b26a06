//! Guides, one per task.
//!
//! - [Rotate a secret](rotate)
//! - [Test a handler](mod@test)
//! - [Your own platform](your_own_platform)
//! - [Add a platform](add_a_platform) to this crate
//! - [A platform from a file](profile)
//!
//! `referral-webhooks-axum` and `-actix` show how to receive, `referral-webhooks-inbox-sqlx` how to store and pay once,
//! and `referral-webhooks-inbox` how to operate an inbox.

#[doc = include_str!("rotate.md")]
pub mod rotate {}

#[doc = include_str!("test.md")]
pub mod test {}

#[doc = include_str!("add_a_platform.md")]
pub mod add_a_platform {}

#[cfg(feature = "profile")]
#[doc = include_str!("profile.md")]
pub mod profile {}

#[doc = include_str!("your_own_platform.md")]
pub mod your_own_platform {}
