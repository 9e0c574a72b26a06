//! The cost of verification and decoding, compared with its lower limit and with peers.
//!
//! ```text
//! cargo bench -p referral-webhooks                          # about 20 seconds
//! cargo bench -p referral-webhooks --features ed25519       # with Svix's asymmetric signatures
//! cargo bench -p referral-webhooks -- --quick               # a smoke run; its numbers are rough
//! ```
//!
//! The candidates of a table run in one process, in turns of about 2 ms. Each round starts with another candidate, so
//! that a change of clock speed or a busy machine affects all of them. The lowest turn of each is the one that a quiet
//! machine would show. Compare ratios of lowest turns between runs and machines, and not nanoseconds.
//!
//! "The limit" is the SHA-256 compression function over as many blocks as the scheme must hash. No verification can be
//! faster on this CPU. All measurements use the public API and whole requests of nine headers. A missed goal is
//! printed, and the exit code stays 0, because a benchmark only informs.
#![allow(clippy::unwrap_used, reason = "a benchmark may stop where it fails")]

#[path = "verify/counters.rs"]
mod counters;
#[path = "verify/decoding.rs"]
mod decoding;
#[path = "verify/harness.rs"]
mod harness;
#[path = "verify/limit.rs"]
mod limit;
#[path = "verify/machine.rs"]
mod machine;
#[path = "verify/mirror.rs"]
mod mirror;
#[path = "verify/requests.rs"]
mod requests;
#[path = "verify/signatures.rs"]
mod signatures;
#[path = "verify/table.rs"]
mod table;

use harness::{Effort, Harness};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    // `cargo test --benches` omits `--bench` and only checks that this runs.
    let effort = if has("--quick") || !has("--bench") { Effort::QUICK } else { Effort::FULL };
    let mut harness = Harness::new(effort);
    machine::print();
    println!("{}", harness.describe());
    for size in [200, 1024, 4096, 64 * 1024] {
        signatures::table(&mut harness, size).print();
    }
    decoding::table(&mut harness).print();
}
