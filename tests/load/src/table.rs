//! The result in plain text: a row for each server, and the goals.

use crate::rounds::{Rounds, Turn, Turns};
use crate::servers::{Framework, Handler};

/// The text of an unknown figure.
const UNKNOWN: &str = "not counted";

pub(crate) fn print(rounds: &Rounds) {
    println!(
        "\n{:<9} {:<24} {:>8} {:>6} {:>6} {:>7} {:>7} {:>7} {:>6} {:>6} {:>11} {:>11} {:>5}",
        "framework",
        "handler",
        "req/s",
        "x bare",
        "x svix",
        "p50 us",
        "p99 us",
        "CPU us",
        "x bare",
        "x svix",
        "instr user",
        "kernel",
        "busy"
    );
    for turns in &rounds.0 {
        let bare = rounds.of(turns.framework, Handler::Bare);
        let svix = rounds.of(turns.framework, Handler::Svix);
        println!(
            "{:<9} {:<24} {:>8} {:>6} {:>6} {:>7} {:>7} {:>7} {:>6} {:>6} {:>11} {:>11} {:>5}",
            turns.framework.name(),
            description(turns.handler),
            number(turns.median(PER_SECOND), 0),
            number(turns.ratio(bare, PER_SECOND), 2),
            number(turns.ratio(svix, PER_SECOND), 2),
            number(turns.median(|turn| Some(turn.p50)), 0),
            number(turns.median(|turn| Some(turn.p99)), 0),
            number(turns.median(CPU), 1),
            number(turns.ratio(bare, CPU), 2),
            number(turns.ratio(svix, CPU), 2),
            number(turns.median(|turn| turn.user_instructions), 0),
            number(turns.median(|turn| turn.kernel_instructions), 0),
            number(turns.median(|turn| turn.busy), 2),
        );
    }
    if rounds.0.iter().any(|turns| turns.median(|turn| turn.busy).is_some_and(|busy| busy < 0.9)) {
        println!("\nSomething else was on the servers' CPU: trust the ratios of CPU time, not those of requests/s.");
    }
    println!("\ngoals");
    for framework in Framework::ALL {
        let ours = rounds.of(framework, Handler::Ours);
        for goal in &GOALS {
            println!("  {:<5} {}", framework.name(), goal.verdict(ours, rounds.of(framework, goal.other)));
        }
    }
}

type Figure = fn(&Turn) -> Option<f64>;

const PER_SECOND: Figure = |turn| Some(turn.per_second);
const CPU: Figure = |turn| turn.cpu;
const INSTRUCTIONS: Figure = |turn| Some(turn.user_instructions? + turn.kernel_instructions?);

/// The goal for the ratio of our handler to another one.
struct Goal {
    name: &'static str,
    figure: Figure,
    other: Handler,
    bound: Bound,
}

enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

const GOALS: [Goal; 4] = [
    Goal { name: "requests/s", figure: PER_SECOND, other: Handler::Bare, bound: Bound::AtLeast(0.55) },
    Goal { name: "requests/s", figure: PER_SECOND, other: Handler::Svix, bound: Bound::AtLeast(1.25) },
    Goal { name: "instructions", figure: INSTRUCTIONS, other: Handler::Bare, bound: Bound::AtMost(1.9) },
    Goal { name: "instructions", figure: INSTRUCTIONS, other: Handler::Svix, bound: Bound::AtMost(0.45) },
];

impl Goal {
    fn verdict(&self, ours: &Turns, other: &Turns) -> String {
        let ratio = ours.ratio(other, self.figure);
        let (sign, bound, is_met) = match self.bound {
            Bound::AtMost(most) => ("<=", most, ratio.map(|ratio| ratio <= most)),
            Bound::AtLeast(least) => (">=", least, ratio.map(|ratio| ratio >= least)),
        };
        let goal = format!("{} {sign} {bound:.2} x {}", self.name, self.other.name());
        match (ratio, is_met) {
            (Some(ratio), Some(true)) => format!("{goal:<28} {ratio:.2} met"),
            (Some(ratio), _) => format!("{goal:<28} {ratio:.2} MISSED"),
            (None, _) => format!("{goal:<28} {UNKNOWN}"),
        }
    }
}

const fn description(handler: Handler) -> &'static str {
    match handler {
        Handler::Bare => "Bytes, 200",
        Handler::Ours => "Webhook<Redpin>, event",
        Handler::Svix => "svix crate + serde_json",
    }
}

fn number(number: Option<f64>, decimals: usize) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), |number| format!("{number:.decimals$}"))
}
