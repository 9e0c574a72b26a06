//! What the core promises, checked through its public door.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

#[path = "core/advice.rs"]
mod advice;
#[path = "core/allocation.rs"]
mod allocation;
#[path = "core/behaviours_keys.rs"]
mod behaviours_keys;
#[path = "core/behaviours_verifying.rs"]
mod behaviours_verifying;
#[path = "core/beyond_the_suites.rs"]
mod beyond_the_suites;
#[path = "core/beyond_the_suites_bytes.rs"]
mod beyond_the_suites_bytes;
#[path = "core/contract.rs"]
mod contract;
#[path = "core/hygiene.rs"]
mod hygiene;
#[path = "core/identity.rs"]
mod identity;
#[path = "core/known.rs"]
mod known;
#[path = "core/secrets.rs"]
mod secrets;
#[path = "core/tolerance.rs"]
mod tolerance;
#[path = "core/vectors_hmac.rs"]
mod vectors_hmac;
#[path = "core/vectors_svix.rs"]
mod vectors_svix;
