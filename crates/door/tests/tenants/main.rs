//! Endpoints that are found by the tenant of a request: kept, rotated, unknown, and not to be had.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod failures;
mod keeping;
mod logs;
mod rotation;
mod strangers;
mod support;
