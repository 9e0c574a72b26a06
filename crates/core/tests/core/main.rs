//! The promises of the core, checked through its public API.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod accident_texts;
mod accidents;
mod advice;
mod allocation;
mod behaviours_keys;
mod behaviours_verifying;
mod beyond_the_suites;
mod beyond_the_suites_bytes;
mod contract;
mod hygiene;
mod identity;
mod known;
mod places;
mod secrets;
mod stored;
mod tolerance;
mod vectors_hmac;
mod vectors_svix;
mod verifier;
