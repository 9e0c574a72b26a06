//! Takes turns: all candidates of a table in one process, interleaved.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::counters::{Counters, Counts};

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    rounds: usize,
    turn: Duration,
}

impl Effort {
    pub(crate) const FULL: Self = Self { rounds: 41, turn: Duration::from_millis(2) };
    pub(crate) const QUICK: Self = Self { rounds: 5, turn: Duration::from_micros(500) };
}

/// Something to be measured, ready to be done any number of times.
pub(crate) struct Candidate<'a> {
    repeat: Box<dyn FnMut(u32) + 'a>,
}

impl<'a> Candidate<'a> {
    /// Makes a candidate of one act; its return value counts as used.
    pub(crate) fn new<T>(mut act: impl FnMut() -> T + 'a) -> Self {
        // The loop is inside, so that the indirect call is made once a turn and the act can be inlined.
        let repeat = move |times| {
            for _ in 0..times {
                black_box(act());
            }
        };
        Self { repeat: Box::new(repeat) }
    }
}

/// The cost of one act.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Nanoseconds in the lowest turn.
    pub(crate) lowest: f64,
    /// Nanoseconds in the middle one.
    pub(crate) median: f64,
    /// Of the turn with the fewest cycles.
    pub(crate) counts: Option<Counts>,
}

/// Measures candidates.
pub(crate) struct Harness {
    effort: Effort,
    counters: Result<Counters, String>,
}

impl Harness {
    pub(crate) fn new(effort: Effort) -> Self {
        Self { effort, counters: Counters::open() }
    }

    /// One line for the head of the output.
    pub(crate) fn describe(&self) -> String {
        let Effort { rounds, turn } = self.effort;
        let counters = match &self.counters {
            Ok(_) => "hardware counters: cycles and instructions, user mode".to_owned(),
            Err(why) => format!("no hardware counters ({why}): times only"),
        };
        format!("{rounds} rounds of about {} us for each candidate; {counters}", turn.as_micros())
    }

    /// The cost of each candidate, in their order.
    pub(crate) fn measure(&mut self, mut candidates: Vec<Candidate<'_>>) -> Vec<Cost> {
        let times: Vec<u32> = candidates.iter_mut().map(|candidate| self.times_a_turn(candidate)).collect();
        let mut turns: Vec<Vec<Turn>> = candidates.iter().map(|_| Vec::with_capacity(self.effort.rounds)).collect();
        for round in 0..self.effort.rounds {
            for position in 0..candidates.len() {
                let chosen = (position + round) % candidates.len();
                turns[chosen].push(self.turn(&mut candidates[chosen], times[chosen]));
            }
        }
        turns.into_iter().map(Cost::of).collect()
    }

    /// How often a candidate acts in a turn. Finding it out also warms it up.
    fn times_a_turn(&self, candidate: &mut Candidate<'_>) -> u32 {
        let mut times = 1;
        loop {
            let started = Instant::now();
            (candidate.repeat)(times);
            let taken = started.elapsed();
            if taken * 4 >= self.effort.turn {
                let scale = self.effort.turn.as_secs_f64() / taken.as_secs_f64();
                // At most four times the count so far, so it fits.
                return ((f64::from(times) * scale) as u32).max(1);
            }
            times *= 2;
        }
    }

    fn turn(&mut self, candidate: &mut Candidate<'_>, times: u32) -> Turn {
        let started = Instant::now();
        let counts = match &mut self.counters {
            Ok(counters) => counters.around(|| (candidate.repeat)(times)),
            Err(_) => {
                (candidate.repeat)(times);
                None
            }
        };
        let each = |total: f64| total / f64::from(times);
        Turn {
            nanoseconds: each(started.elapsed().as_secs_f64() * 1e9),
            counts: counts.map(|total| Counts { cycles: each(total.cycles), instructions: each(total.instructions) }),
        }
    }
}

/// One turn, divided by its number of acts.
struct Turn {
    nanoseconds: f64,
    counts: Option<Counts>,
}

impl Cost {
    fn of(mut turns: Vec<Turn>) -> Self {
        let fewest = turns.iter().filter_map(|turn| turn.counts).min_by(|a, b| a.cycles.total_cmp(&b.cycles));
        turns.sort_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds));
        Self { lowest: turns[0].nanoseconds, median: turns[turns.len() / 2].nanoseconds, counts: fewest }
    }

    /// Returns the cost relative to `other`: in cycles if they are counted, else in time, of the lowest turns.
    pub(crate) fn relative_to(&self, other: &Self) -> f64 {
        match (self.counts, other.counts) {
            (Some(own), Some(others)) => own.cycles / others.cycles,
            _ => self.lowest / other.lowest,
        }
    }
}
