//! Reasons in words, and the reason that an error gives.

mod error_text;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
mod reason;
mod redacted;
mod truncated;
mod values;

pub use self::reason::Reason;
pub(crate) use self::truncated::{MAX_REASON, truncated};
