//! PostgreSQL: one database, any number of machines.

mod accept;
mod address;
mod connections;
mod dialect;
mod items;
mod listen;
mod open;
mod options;
mod pool;
mod pooler;
mod rights;
#[path = "../shared/mod.rs"]
mod shared;
mod statements;
mod store;
mod transaction;
mod writer;

pub use options::PostgresOptions;
pub use store::PostgresStore;
