//! The page, as a browser sees it.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod access;
mod acts;
mod browser;
mod hostile;
mod list;
mod live;
mod mounts;
mod seeds;
