//! The inbox: its store in memory, its doors, its workers.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

#[path = "inbox/admin.rs"]
mod admin;
#[path = "inbox/doors.rs"]
mod doors;
#[path = "inbox/durations.rs"]
mod durations;
#[path = "inbox/isolated.rs"]
mod isolated;
#[path = "inbox/memory.rs"]
mod memory;
#[cfg(feature = "metrics")]
#[path = "inbox/metrics.rs"]
mod metrics;
#[cfg(feature = "encrypt")]
#[path = "inbox/sealed.rs"]
mod sealed;
#[cfg(all(feature = "tower", feature = "actix"))]
#[path = "inbox/service.rs"]
mod service;
#[path = "inbox/support.rs"]
mod support;
#[path = "inbox/trouble.rs"]
mod trouble;
#[path = "inbox/workers.rs"]
mod workers;
