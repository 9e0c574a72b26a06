//! What is durable on PostgreSQL a second, how long it takes, and against what:
//! `cargo bench -p referral-webhooks-inbox-sqlx --features postgres --bench postgres`.
//!
//! Everything is measured in one run, turn by turn, and printed as ratios beside the goals: the numbers are the
//! machine's, the ratios ours. All candidates write the same rows into the same tables.
//! The server is the one that `INBOX_TEST_POSTGRES` names, or one of our own in the current folder, removed at the
//! end.
//! An argument that is a number sets the seconds for which the inbox is measured for each row; `--quick` is for a look;
//! `resting`, `accepting`, `processing`, `filled` and `outage` choose parts.

mod engine;
#[path = "../shared/mod.rs"]
mod shared;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), shared::source::Failure> {
    shared::run::run().await
}
