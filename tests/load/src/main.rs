//! What a whole request costs: servers on loopback, and the same load on each of them in turn.
//!
//! ```text
//! scripts/load            # about a minute and a half
//! scripts/load --quick    # a smoke run of five seconds; its numbers are rough
//! scripts/load strangers  # what 2,000 connections of strangers cost, in memory and in time of genuine deliveries
//! ```
//!
//! Axum and actix each serve the same route with three handlers: one that reads the body and answers, ours with the
//! typed event, and one with the `svix` crate and serde_json. Each of the six is a process of its own with one worker
//! thread. This process sends every one the same number of connections, each with one request under way, and goes
//! round: a turn for each server, each round starting with another of them, so that a change of clock speed or a busy
//! neighbour meets them all. Ratios are taken inside a round, and the middle one of all rounds is printed.
//!
//! Ratios are what to compare between runs and machines. Where the CPU counts instructions for us, those repeat best.
//! Valgrind could count everywhere, and is not asked: it hides the CPU's SHA instructions, and so would judge another
//! program. A goal that is missed is printed and breaks nothing; an answer that is wrong does.
#![allow(clippy::unwrap_used, reason = "a measurement may stop where it fails")]

mod child;
mod client;
mod effort;
mod machine;
mod meter;
mod place;
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
        ["strangers", "--smoke"] => strangers::measure(&strangers::SMOKE, &[]),
        ["strangers", ref words @ ..] => strangers::measure(&strangers::FULL, words),
        // How the program starts itself.
        ["serve", framework, handler] => {
            servers::serve(Framework::named(framework).unwrap(), Handler::named(handler).unwrap());
        }
        _ => panic!("usage: referral-webhooks-load [--quick | --smoke | strangers [--smoke | WORD...]]"),
    }
}

fn load(effort: Effort) {
    machine::print();
    let servers = Server::start_all();
    // Now that they have chosen theirs: they would have inherited this one's.
    println!("{effort}; {}", Place::Client.take());
    let rounds = rounds::measure(servers, effort);
    println!("{}", rounds.counting());
    table::print(&rounds);
}
