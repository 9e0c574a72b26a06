//! Goals of measurements.

use std::fmt;

#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
}

impl Goal {
    /// A goal, and whether the measurement reached it.
    pub(crate) fn of(self, what: &str, measured: f64) -> String {
        let is_met = match self {
            Self::AtLeast(least) => measured >= least,
            Self::AtMost(most) => measured <= most,
            Self::Below(bound) => measured < bound,
        };
        format!("{what} {self}: {}", if is_met { "met" } else { "MISSED" })
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, ">= {least:.2}"),
            Self::AtMost(most) => write!(f, "<= {most}"),
            Self::Below(bound) => write!(f, "< {bound}"),
        }
    }
}
