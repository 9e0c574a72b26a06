//! Durable deliveries per second on SQLite, and their latency, compared with alternatives:
//! `cargo bench -p referral-webhooks-inbox-sqlx --bench sqlite`.
//!
//! Everything is measured in one run, in turns, and printed as ratios with their goals, because the absolute numbers
//! depend on the machine. All candidates write the same rows into the same tables.
//! The files are in the current folder, because a temporary one may be in memory, and are removed at the end.
//! A number as argument sets the seconds of measurement for each row. `--quick` makes a short run;
//! `resting`, `accepting`, `processing`, `filled`, `listing` and `outage` select parts.

mod engine;
#[path = "../shared/mod.rs"]
mod shared;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), shared::source::Failure> {
    shared::run::run().await
}
