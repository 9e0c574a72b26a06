//! SQLite: one file, one writer.

mod accept;
#[path = "../shared/admin.rs"]
mod admin;
#[path = "../shared/claim.rs"]
mod claim;
#[path = "../shared/columns.rs"]
mod columns;
mod commits;
mod connection;
mod deadline;
mod dialect;
mod fault;
mod file;
#[path = "../shared/history.rs"]
mod history;
mod log;
#[path = "../shared/marks.rs"]
mod marks;
mod mover;
mod open;
mod options;
#[path = "../shared/proof.rs"]
mod proof;
#[path = "../shared/read.rs"]
mod read;
mod readers;
#[path = "../shared/repeat.rs"]
mod repeat;
mod store;
#[path = "../shared/subjects.rs"]
mod subjects;
mod transaction;
#[path = "../shared/waits.rs"]
mod waits;
mod witness;
#[path = "../shared/work.rs"]
mod work;
mod writer;

pub use options::SqliteOptions;
pub use store::SqliteStore;
