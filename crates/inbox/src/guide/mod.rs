//! Guides, one per task.
//!
//! - [Operate an inbox](operate)
//!
//! `referral-webhooks-inbox-sqlx` shows how to store and pay once.

#[doc = include_str!("operate.md")]
pub mod operate {}
