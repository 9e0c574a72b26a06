//! The promises of the core, checked through its public API.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod accident_texts;
mod accidents;
mod advice;
mod allocation;
mod beyond_the_suites;
mod beyond_the_suites_bytes;
mod contract;
mod contradictions;
mod dub;
mod friendbuy;
mod growsurf;
mod hygiene;
mod identity;
mod jws;
mod known;
mod loyaltylion;
mod mistakes;
mod places;
mod profile_mistakes;
mod profile_reading;
mod retention;
mod rewardful;
mod rotation;
mod secrets;
mod stored;
mod svix_suite_keys;
mod svix_suite_verifying;
mod tokens;
mod tokens_refused;
mod tolerance;
mod tolt;
mod vectors_hmac;
mod vectors_settings;
mod vectors_svix;
mod verifier;
