//! Guides, one per task.
//!
//! - [Store, and pay once](store_and_pay_once)

#[doc = include_str!("store_and_pay_once.md")]
pub mod store_and_pay_once {}
