//! Guides, one per task.
//!
//! - [Answers that mean more than a receipt](answers)
//! - [Operate an inbox](operate)
//!
//! `referral-webhooks-inbox-sqlx` shows how to store and pay once.

#[doc = include_str!("answers.md")]
pub mod answers {}

#[doc = include_str!("operate.md")]
pub mod operate {}
