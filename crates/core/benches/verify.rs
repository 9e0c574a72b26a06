//! What verifying and decoding cost, beside what they must cost and what peers charge.
//!
//! ```text
//! cargo bench -p referral-webhooks                          # about 20 seconds
//! cargo bench -p referral-webhooks --features ed25519       # with Svix's asymmetric signatures
//! cargo bench -p referral-webhooks -- --quick               # a smoke run; its numbers are rough
//! ```
//!
//! A table's candidates run in one process, in turns of about 2 ms, each round starting with another of them, so
//! that a change of clock speed or a busy neighbour meets them all. The lowest turn of each is what a quiet
//! machine would show; ratios of lowest turns are what to compare between runs and machines, nanoseconds are not.
//!
//! "The limit" is the SHA-256 compression function alone over as many blocks as the scheme must hash: no
//! verification can be faster on this CPU. Everything is measured through the public API, over whole requests of
//! nine headers. A goal that is missed is printed and breaks nothing: a benchmark informs.
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
