//! The extractor, the rejection and the middleware, without a port and over loopback.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

#[path = "actix/application.rs"]
mod application;
#[path = "actix/contracts.rs"]
mod contracts;
#[path = "actix/decompression.rs"]
mod decompression;
#[path = "actix/middleware.rs"]
mod middleware;
#[path = "actix/refusals.rs"]
mod refusals;
#[path = "actix/sockets.rs"]
mod sockets;
#[path = "actix/support.rs"]
mod support;
#[path = "actix/tokens.rs"]
mod tokens;
