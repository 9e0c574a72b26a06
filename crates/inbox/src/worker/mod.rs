//! Takes entries out of the store and hands them to handlers.

pub(crate) mod attempt;
mod concurrency;
mod main_loop;
mod maintenance;
mod run_completing;
mod run_in_tx;

pub use self::attempt::Attempt;
pub use self::main_loop::Worker;
