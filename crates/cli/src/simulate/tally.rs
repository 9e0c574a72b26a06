//! The counts of a simulation, and the state of the endpoint at the platform.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use referral_webhooks::Disabling;

use super::span::written;

/// The counts of a simulation.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// The events of the script.
    pub(super) events: u64,
    /// Events with at least one attempt.
    pub(super) sent: u64,
    pub(super) attempts: u64,
    pub(super) accepted: u64,
    /// Attempts after an answer that accepts the same delivery.
    pub(super) repeated: u64,
    /// Attempts that the platform's schedule asked for.
    pub(super) retried: u64,
    pub(super) lost: BTreeMap<Lost, u64>,
    /// Answers that the contract forbids because of their effect, by status.
    pub(super) forbidden: BTreeMap<u16, u64>,
    pub(super) end: Option<End>,
}

/// The reason for which a platform does not send a delivery again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lost {
    /// The retries ended at this time after the first attempt.
    GivenUp(Duration),
    /// The platform may go on after this time, and the simulation does not.
    StillRetried(Duration),
    /// This status is final.
    Final(u16),
    Disabled,
    Removed,
}

impl Lost {
    /// Returns the reason as one word.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::GivenUp(_) => "given-up",
            Self::StillRetried(_) => "still-retried",
            Self::Final(_) => "final",
            Self::Disabled => "disabled",
            Self::Removed => "removed",
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GivenUp(Duration::ZERO) => f.write_str("the platform sends each delivery once"),
            Self::GivenUp(end) => write!(f, "the retries end {} after the first attempt", written(*end)),
            Self::StillRetried(end) => write!(f, "not accepted within {} (`--patience`)", written(*end)),
            Self::Final(status) => write!(f, "the status {status} is final"),
            Self::Disabled => f.write_str("the endpoint was disabled"),
            Self::Removed => f.write_str("the endpoint was removed"),
        }
    }
}

/// The end of an endpoint at the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Disabled(Duration),
    Removed(Duration),
}

impl End {
    /// Returns the reason for which later deliveries are lost.
    pub(super) const fn lost(self) -> Lost {
        match self {
            Self::Disabled(_) => Lost::Disabled,
            Self::Removed(_) => Lost::Removed,
        }
    }
}

impl Tally {
    /// Returns the number of lost deliveries.
    pub(super) fn lost(&self) -> u64 {
        self.lost.values().sum()
    }

    /// Returns the number of events that have ended.
    pub(super) fn ended(&self) -> u64 {
        self.accepted + self.lost()
    }

    /// Returns the number of events whose end is open, because the simulation was interrupted.
    pub(super) fn open(&self) -> u64 {
        self.events.saturating_sub(self.ended())
    }
}

/// The run of failures of an endpoint.
#[derive(Debug)]
pub(super) struct Failures {
    disabling: Disabling,
    number: u32,
    since: Option<Duration>,
}

impl Failures {
    /// Returns an endpoint without a failure.
    pub(super) const fn new(disabling: Disabling) -> Self {
        Self { disabling, number: 0, since: None }
    }

    /// Records an accepted attempt.
    pub(super) const fn succeeded(&mut self) {
        self.number = 0;
        self.since = None;
    }

    /// Records a failed attempt. Returns whether the platform disables the endpoint.
    pub(super) fn failed(&mut self, at: Duration) -> bool {
        self.number = self.number.saturating_add(1);
        let since = *self.since.get_or_insert(at);
        self.disabling.share(at.saturating_sub(since), self.number).is_some_and(|share| share >= 1.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use referral_webhooks::Disabling;

    use super::Failures;

    #[test]
    fn an_endpoint_is_disabled_at_its_limit() {
        let day = Duration::from_secs(86_400);
        let after_days = Disabling::AfterFailingFor(5 * day);
        // The times of failures, in days; a negative one is a success.
        for (disabling, days, want) in [
            (Disabling::after_failures(3), &[0, 0, 0][..], Some(2)),
            (Disabling::after_failures(3), &[0, 0, -1, 0, 0][..], None),
            (Disabling::after_failures(3), &[0, 0, -1, 0, 0, 0][..], Some(5)),
            (Disabling::after_failures(1), &[4][..], Some(0)),
            (after_days, &[0, 1, 2, 3, 4][..], None),
            (after_days, &[0, 1, 5][..], Some(2)),
            (after_days, &[3, 7, 8][..], Some(2)),
            (after_days, &[0, 4, -4, 5, 9][..], None),
            (Disabling::Never, &[0, 100, 1_000][..], None),
            (Disabling::Unknown, &[0, 100, 1_000][..], None),
        ] {
            let mut failures = Failures::new(disabling);
            let disabled = days.iter().position(|at: &i32| {
                if *at < 0 {
                    failures.succeeded();
                    return false;
                }
                failures.failed(day * at.unsigned_abs())
            });
            assert_eq!(disabled, want, "{disabling:?} {days:?}");
        }
    }
}
