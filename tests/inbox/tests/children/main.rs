//! The inbox with processes that are killed, die of a delivery, or read for a long time.
#![allow(clippy::unwrap_used, reason = "tests may stop where they fail")]

mod killed;
mod process;
mod readers;
