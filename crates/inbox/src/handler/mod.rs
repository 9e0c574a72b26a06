//! Handlers: the functions that workers run, and their answers.

mod answer;
mod boxed;
mod connection_of;
mod error;
mod state;
mod tx_handler;

pub use self::answer::IntoOutcome;
pub use self::boxed::boxed;
pub use self::connection_of::ConnectionOf;
pub use self::error::HandlerError;
pub use self::state::{Stateful, WithState};
pub use self::tx_handler::TxHandler;
