//! The house as a whole.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

#[path = "house/endpoint.rs"]
mod endpoint;
#[path = "house/fixtures.rs"]
mod fixtures;
