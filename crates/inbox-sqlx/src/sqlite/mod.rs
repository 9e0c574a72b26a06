//! SQLite: one file, one writer.

mod accept;
mod address;
mod commits;
mod connection;
mod deadline;
mod dialect;
mod fault;
mod file;
mod folder;
mod in_memory;
mod log;
mod mover;
mod open;
mod options;
mod readers;
#[path = "../shared/mod.rs"]
mod shared;
mod statements;
mod store;
mod transaction;
mod trouble;
mod witness;
mod writer;

pub use options::SqliteOptions;
pub use store::SqliteStore;
