//! What is durable on SQLite a second, how long it takes, and against what:
//! `cargo bench -p referral-webhooks-inbox-sqlx --bench sqlite`.
//!
//! Everything is measured in one run, turn by turn, and printed as ratios beside the goals: the numbers are the
//! machine's, the ratios ours. All candidates write the same rows into the same tables.
//! Files are made in the current folder, for a temporary one may be in memory, and removed at the end.
//! An argument that is a number sets the seconds for which the inbox is measured for each row; `--quick` is for a look;
//! `resting`, `accepting`, `processing`, `filled` and `outage` choose parts.

mod engine;
#[path = "../shared/mod.rs"]
mod shared;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), shared::source::Failure> {
    shared::run::run().await
}
