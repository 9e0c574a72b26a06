//! A store in memory, for tests.
//!
//! - Guarantees: the same rules as a database store, which the conformance suite checks on both.
//! - Assumes: one mutex around all rows makes every call atomic. It is never held across an await.
//! - Without it: a test of a merchant needs a database, or passes with rules that production does not have.

mod figures;
mod matching;
mod refused;
mod row;
mod rows;
mod store;
mod turns;

pub use self::store::MemoryStore;
