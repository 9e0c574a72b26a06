//! SQLite: one file, one writer.

mod accept;
#[path = "../shared/by_hand.rs"]
mod by_hand;
#[path = "../shared/claim.rs"]
mod claim;
#[path = "../shared/clock.rs"]
mod clock;
#[path = "../shared/columns.rs"]
mod columns;
mod commits;
mod deadline;
mod dialect;
#[path = "../shared/history.rs"]
mod history;
mod open;
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

pub use store::SqliteStore;
