//! Tables of accidents, and the search through chains of them.
//!
//! An accident is one row: its name, the advice, and a function that returns the possible originals of a value. The
//! rows of a stage are applied to every value that is known, and to their results again, so that accidents may be
//! nested in any order within a stage. The number of values and of their bytes is bounded, because an untrusted value
//! may have any number of originals.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::accident::{Accident, Repair};

/// An accident in a table: its name, the next step, and the way back.
pub(super) struct Undo<T, C> {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    /// Adds the possible originals of a value.
    pub(super) back: fn(&T, &C, &mut Originals<T>),
}

/// The possible originals of a value, each with the accident in words.
pub(super) struct Originals<T>(Vec<(Cow<'static, str>, T)>);

impl<T> Originals<T> {
    pub(super) fn add(&mut self, what: impl Into<Cow<'static, str>>, original: T) {
        self.0.push((what.into(), original));
    }
}

/// A value that accidents can change.
pub(super) trait Changeable: Clone {
    /// The parts that two equal values share.
    fn identity(&self, state: &mut impl Hasher);

    /// The length in bytes.
    fn weight(&self) -> usize;
}

/// Accidents that may be nested in each other up to a depth.
pub(super) struct Stage<T: 'static, C: 'static> {
    /// The tables of accidents.
    pub(super) undos: &'static [&'static [Undo<T, C>]],
    pub(super) depth: usize,
    /// The maximum length of a value that the stage changes, in bytes.
    pub(super) longest: usize,
    /// The maximum number of new values.
    pub(super) values: usize,
    /// The maximum number of their bytes.
    pub(super) bytes: usize,
}

/// The accidents that are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Only those that leave a trace in the changed value.
    Traces,
    All,
}

/// The values behind chains of accidents, in the order of the number of accidents.
pub(super) struct Unfolded<T> {
    pub(super) repairs: Vec<Repair<T>>,
    /// The least number of accidents behind a value that a limit excluded.
    pub(super) lost_at: usize,
}

/// Returns a value and its possible originals.
pub(super) fn unfold<T: Changeable, C>(as_it_came: T, stages: &[Stage<T, C>], context: &C) -> Unfolded<T> {
    let mut seen = HashSet::from([identity(&as_it_came)]);
    let mut unfolded = Unfolded { repairs: vec![Repair::none(as_it_came)], lost_at: usize::MAX };
    for stage in stages {
        let lost_at = extend(&mut unfolded.repairs, &mut seen, stage, context);
        unfolded.lost_at = unfolded.lost_at.min(lost_at);
    }
    unfolded.repairs.sort_by_key(|repair| repair.accidents.len());
    unfolded
}

/// Adds the originals of one stage. Returns the least number of accidents behind an excluded one.
fn extend<T: Changeable, C>(
    repairs: &mut Vec<Repair<T>>,
    seen: &mut HashSet<u64>,
    stage: &Stage<T, C>,
    context: &C,
) -> usize {
    let (mut values, mut bytes, mut start) = (0, 0, 0);
    for _ in 0..stage.depth {
        let end = repairs.len();
        for position in start..end {
            if repairs[position].repaired.weight() > stage.longest {
                continue;
            }
            for undo in stage.undos.iter().copied().flatten() {
                let mut originals = Originals(Vec::new());
                (undo.back)(&repairs[position].repaired, context, &mut originals);
                for (what, original) in originals.0 {
                    if !seen.insert(identity(&original)) {
                        continue;
                    }
                    values += 1;
                    bytes += original.weight();
                    if values > stage.values || bytes > stage.bytes {
                        let counts = repairs[position..end].iter().map(|repair| repair.accidents.len() + 1);
                        return counts.min().unwrap_or(usize::MAX);
                    }
                    let mut accidents = repairs[position].accidents.clone();
                    accidents.push(Accident::new(undo.name, &what, undo.help));
                    repairs.push(Repair { accidents, repaired: original });
                }
            }
        }
        start = end;
    }
    usize::MAX
}

fn identity(value: &impl Changeable) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.identity(&mut hasher);
    hasher.finish()
}

impl Changeable for bytes::Bytes {
    fn identity(&self, state: &mut impl Hasher) {
        self.hash(state);
    }

    fn weight(&self) -> usize {
        self.len()
    }
}
