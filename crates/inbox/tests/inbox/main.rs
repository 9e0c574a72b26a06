//! Tests of the inbox over its store in memory.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod admin;
mod answers;
mod by_hand;
mod conformance;
mod dedupe;
mod durations;
mod faults;
mod fulfilment;
mod health;
mod intake;
mod isolated;
mod items;
mod ledger;
#[cfg(feature = "tower")]
mod log_lines;
#[cfg(feature = "metrics")]
mod metrics;
mod mistakes;
mod profiled;
mod profiles;
#[cfg(feature = "tower")]
mod refused;
#[cfg(feature = "encrypt")]
mod rotation;
#[cfg(all(feature = "tower", feature = "actix"))]
mod routes;
#[cfg(feature = "encrypt")]
mod sealed;
mod support;
mod tenants;
#[cfg(feature = "tower")]
mod tokens;
mod unknown_events;
mod workers;
