//! The service, the layers and the step that they share: without a port, on hyper, and on axum.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

#[path = "tower/contracts.rs"]
mod contracts;
#[path = "tower/decompression.rs"]
mod decompression;
#[path = "tower/layer.rs"]
mod layer;
#[path = "tower/lifetime.rs"]
mod lifetime;
#[path = "tower/refusals.rs"]
mod refusals;
#[path = "tower/service.rs"]
mod service;
#[path = "tower/sockets.rs"]
mod sockets;
#[path = "tower/support.rs"]
mod support;
#[path = "tower/tokens.rs"]
mod tokens;
