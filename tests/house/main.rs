//! Tests of all crates together.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod bodies;
mod circles;
mod conformance;
mod dependencies;
mod documents;
mod endpoint;
mod fixtures;
mod generated;
mod inbox;
mod log_fields;
mod media_types;
mod names;
mod oracles;
mod profiles;
mod properties;
mod readme;
mod replies;
mod samples;
mod schemes;
mod sockets;
mod summaries;
mod tenants;
