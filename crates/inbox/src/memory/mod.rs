//! A store in memory, for tests.

mod rows;
mod store;

pub use self::store::{LEASE_OVER, MemoryStore};
