//! Guides, one per task.
//!
//! - [Set up the database](set_up)
//! - [Store, and pay once](store_and_pay_once)

#[doc = include_str!("set_up.md")]
pub mod set_up {}

#[doc = include_str!("store_and_pay_once.md")]
pub mod store_and_pay_once {}
