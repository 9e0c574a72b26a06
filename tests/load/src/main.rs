//! The cost of a whole request: servers on loopback, under the same load in turn.
//!
//! ```text
//! scripts/load            # about a minute and a half
//! scripts/load --quick    # a smoke run of five seconds; its numbers are rough
//! scripts/load refused    # the cost of keeping refused requests, under a flood of forgeries
//! scripts/load strangers  # the cost of 2,000 connections of strangers, in memory and in time of genuine deliveries
//! ```
//!
//! Axum and actix each serve the same route with three handlers: one that reads the body and answers, ours with the
//! typed event, and one with the `svix` crate and serde_json. Each of the six is a separate process with one worker
//! thread. This process opens the same number of connections to each of them, with one request in flight on each. In
//! every round each server has a turn, and each round starts with another server, so that a change of clock speed or a
//! busy machine affects all of them. Ratios are taken within a round, and the median of all rounds is printed.
//!
//! Compare ratios between runs and machines. Ratios of instructions repeat best, if the CPU counts instructions.
//! Valgrind could count on every machine, but it hides the CPU's SHA instructions and would judge another program.
//! A missed goal is printed, and the exit code stays 0. A wrong answer is an error.
#![allow(clippy::unwrap_used, reason = "a measurement may stop where it fails")]

mod child;
mod client;
mod effort;
mod machine;
mod meter;
mod place;
mod refused;
mod requests;
mod rounds;
mod servers;
mod strangers;
mod table;
mod theirs;

use child::Server;
use effort::Effort;
use place::Place;
use servers::{Framework, Handler};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => load(Effort::FULL),
        ["--quick"] => load(Effort::QUICK),
        ["--smoke"] => load(Effort::SMOKE),
        ["refused"] => refused::measure(&refused::FULL),
        ["refused", "--smoke"] => refused::measure(&refused::SMOKE),
        ["strangers", "--smoke"] => strangers::measure(&strangers::SMOKE, &[]),
        ["strangers", ref words @ ..] => strangers::measure(&strangers::FULL, words),
        // The command of a server process.
        ["serve", framework, handler] => {
            servers::serve(Framework::named(framework).unwrap(), Handler::named(handler).unwrap());
        }
        _ => panic!(
            "usage: referral-webhooks-load [--quick | --smoke | refused [--smoke] | strangers [--smoke | WORD...]]"
        ),
    }
}

fn load(effort: Effort) {
    machine::print();
    let servers = Server::start_all();
    // The servers already have their CPUs, and would have inherited this process's one.
    println!("{effort}; {}", Place::Client.take());
    let rounds = rounds::measure(servers, effort);
    println!("{}", rounds.counting());
    table::print(&rounds);
}
