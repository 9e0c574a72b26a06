//! The values in events: each keeps the text that the platform sent, and reads it on request.

mod amount;
mod id;
mod open;
mod personal;
mod raw;
mod text;
mod timestamp;

pub use amount::Amount;
pub use id::Id;
pub(crate) use open::{Word, open_enum};
pub use personal::Personal;
pub use raw::{RawBody, RawJson};
pub use timestamp::Timestamp;
