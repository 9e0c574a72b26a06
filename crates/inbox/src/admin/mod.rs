//! What operators do.

mod erase;

pub use self::erase::{Erased, Redecoded};
