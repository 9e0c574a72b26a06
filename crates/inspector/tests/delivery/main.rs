//! The page of a delivery, refused requests, history and health, as a browser asks for them.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod downloads;
mod endpoints;
mod history;
mod hostile;
mod kinds;
mod mask;
mod parts;
mod refused;
mod reveal;
mod site;
