//! PostgreSQL: one database, and any number of machines.

mod accept;
#[path = "../shared/admin.rs"]
mod admin;
#[path = "../shared/claim.rs"]
mod claim;
#[path = "../shared/columns.rs"]
mod columns;
mod dialect;
#[path = "../shared/history.rs"]
mod history;
mod listen;
#[path = "../shared/marks.rs"]
mod marks;
mod open;
mod options;
mod pool;
#[path = "../shared/proof.rs"]
mod proof;
#[path = "../shared/read.rs"]
mod read;
#[path = "../shared/repeat.rs"]
mod repeat;
mod store;
#[path = "../shared/subjects.rs"]
mod subjects;
mod transaction;
#[path = "../shared/waits.rs"]
mod waits;
#[path = "../shared/work.rs"]
mod work;
mod writer;

pub use options::PostgresOptions;
pub use store::PostgresStore;
