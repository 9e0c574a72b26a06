//! The measurements, which are the same for every engine.

mod accepting;
mod disk;
mod filled;
mod goal;
mod listing;
mod outage;
mod process;
mod processing;
mod resting;
pub(crate) mod run;
mod senders;
pub(crate) mod source;
mod turn;
