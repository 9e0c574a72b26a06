//! The page, as a browser sees it.

mod access;
mod acts;
mod browser;
mod hostile;
mod list;
mod live;
mod mounts;
mod seeds;
