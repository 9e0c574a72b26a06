//! The cost of verifying and decoding, compared with the theoretical minimum and with peers.
//!
//! ```text
//! cargo bench -p referral-webhooks                          # about 20 seconds
//! cargo bench -p referral-webhooks --features ed25519       # with Svix's asymmetric signatures
//! cargo bench -p referral-webhooks -- --quick               # a smoke run; its numbers are rough
//! ```
//!
//! A table's candidates run in one process, in turns of about 2 ms. Each round starts with another candidate, so that a
//! change of clock speed or other load affects them all. The lowest turn of each is the cost on a quiet machine. Compare
//! ratios of lowest turns between runs and machines, not nanoseconds.
//!
//! "The limit" is the SHA-256 compression function alone over as many blocks as the scheme must hash: no
//! verification can be faster on this CPU. Everything is measured through the public API, over whole requests of
//! nine headers. A missed goal is printed and does not fail the run.
#![allow(clippy::unwrap_used, reason = "a benchmark may stop where it fails")]

mod counters;
mod decoding;
mod harness;
mod limit;
mod machine;
mod mirror;
mod requests;
mod signatures;
mod table;

use harness::{Effort, Harness};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    // `cargo test --benches` runs this without `--bench`, to see that it works.
    let effort = if has("--quick") || !has("--bench") { Effort::QUICK } else { Effort::FULL };
    let mut harness = Harness::new(effort);
    machine::print();
    println!("{}", harness.describe());
    for size in [200, 1024, 4096, 64 * 1024] {
        signatures::table(&mut harness, size).print();
    }
    decoding::table(&mut harness).print();
}
