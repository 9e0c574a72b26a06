//! What is durable on SQLite a second, how long it takes, and against what:
//! `cargo bench -p referral-webhooks-inbox-sqlx --bench sqlite`.
//!
//! Everything is measured in one run, turn by turn, and printed as ratios beside the goals: the numbers are the
//! machine's, the ratios ours. All candidates write the same rows into the same tables.
//! Files are made in the current folder, for a temporary one may be in memory, and removed at the end.
//! An argument that is a number sets the seconds for which the inbox is measured for each row; `--quick` is for a look;
//! `resting`, `accepting`, `processing`, `filled` and `outage` choose parts.

#[path = "shared/accepting.rs"]
mod accepting;
#[path = "shared/disk.rs"]
mod disk;
#[path = "sqlite/engine.rs"]
mod engine;
#[path = "shared/filled.rs"]
mod filled;
#[path = "shared/goal.rs"]
mod goal;
#[path = "shared/outage.rs"]
mod outage;
#[path = "shared/process.rs"]
mod process;
#[path = "shared/processing.rs"]
mod processing;
#[path = "shared/resting.rs"]
mod resting;
#[path = "shared/run.rs"]
mod run;
#[path = "shared/senders.rs"]
mod senders;
#[path = "shared/source.rs"]
mod source;
#[path = "shared/turn.rs"]
mod turn;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), source::Failure> {
    run::run().await
}
