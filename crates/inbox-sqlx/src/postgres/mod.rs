//! PostgreSQL: one database, and any number of machines.

mod accept;
#[path = "../shared/by_hand.rs"]
mod by_hand;
#[path = "../shared/claim.rs"]
mod claim;
#[path = "../shared/clock.rs"]
mod clock;
#[path = "../shared/columns.rs"]
mod columns;
mod dialect;
#[path = "../shared/history.rs"]
mod history;
mod listen;
mod open;
mod pool;
#[path = "../shared/proof.rs"]
mod proof;
#[path = "../shared/read.rs"]
mod read;
#[path = "../shared/repeat.rs"]
mod repeat;
mod store;
mod transaction;
#[path = "../shared/work.rs"]
mod work;
mod writer;

pub use store::PostgresStore;
