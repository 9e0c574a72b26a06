//! What the core promises, checked through its public door.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

#[path = "core/vectors.rs"]
mod vectors;
#[path = "core/verifier.rs"]
mod verifier;
