//! The servers: each framework with each handler, in separate processes.

mod actix;
mod axum;
mod kinds;
mod serve;
mod tower;

pub(crate) use self::kinds::{Framework, Handler};
pub(crate) use self::serve::serve;
