//! Workers: claim entries, run handlers, end attempts.
//!
//! [`setup`] holds a worker's handlers and settings, and [`main_loop`] runs it, and [`run_until_idle`] runs it in
//! tests. A [`route`] leads from a claimed entry
//! to the handler of its platform. The three ways of running a handler are in [`run`], [`run_in_tx`] and
//! [`run_completing`]. [`lease`] keeps an entry while its handler runs, [`concurrency`] bounds the handlers, and
//! [`maintenance`] prunes.

mod attempt;
mod concurrency;
mod lease;
mod main_loop;
mod maintenance;
mod policy;
mod route;
mod run;
mod run_completing;
mod run_in_tx;
mod run_until_idle;
mod setup;

pub use self::attempt::Attempt;
pub use self::setup::Worker;
