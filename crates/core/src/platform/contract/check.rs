//! The check of a contract for contradictions. It runs in constants, so it has loops instead of iterators.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::acknowledges::Acknowledges;
use super::contract::Contract;
use super::contradiction::{Contradiction, Fault, Setting};
use super::disabling::Disabling;
use super::forbidden::{Forbidden, contains};
use super::redelivery::Redelivery;
use super::retries::{Retries, RetryEnd};

type Checked = Result<(), Contradiction>;

/// Returns from a function with the contradiction of a check. The operator `?` cannot be used in constants.
macro_rules! check {
    ($check:expr) => {
        if let Err(contradiction) = $check {
            return Err(contradiction);
        }
    };
}

/// Returns from a function with a contradiction if a condition holds.
macro_rules! refuse {
    ($is_contradictory:expr, $setting:expr, $fault:ident) => {
        if $is_contradictory {
            return Err(Contradiction::new($setting, Fault::$fault));
        }
    };
}

impl Contract {
    /// Returns the first contradiction. The [builder](Self::builder) calls this, so a contract from it has none. A copy
    /// whose fields were changed may have one.
    ///
    /// # Errors
    ///
    /// If two settings contradict each other, or one of them is impossible; see [`Fault`].
    ///
    /// ```
    /// use referral_webhooks::platform::{Platform, redpin::Redpin};
    ///
    /// let mut contract = Redpin.facts().contract.clone();
    /// assert_eq!(contract.check(), Ok(()));
    /// contract.transient = http::StatusCode::OK;
    /// let contradiction = contract.check().unwrap_err();
    /// assert_eq!(contradiction.to_string(), "contract: `transient` is outside 400 to 599, and so refuses no request");
    /// ```
    pub const fn check(&self) -> Result<(), Contradiction> {
        check!(range(&self.counts_as_success, Setting::CountsAsSuccess));
        check!(all_forbidden(self.never));
        let success = self.success.as_u16();
        refuse!(success != 200, Setting::Success, NotOk);
        refuse!(!contains(&self.counts_as_success, success), Setting::Success, NotCounted);
        refuse!(self.never_sends(success), Setting::Success, IsForbidden);
        check!(self.meanings());
        check!(self.refusal(self.transient.as_u16(), Setting::Transient));
        check!(self.refusal(self.unproven.as_u16(), Setting::Unproven));
        check!(self.refusal(self.undecided.as_u16(), Setting::Undecided));
        check!(self.refusal(self.stale.as_u16(), Setting::Stale));
        check!(self.effects());
        check!(schedule(&self.retries));
        self.limits()
    }

    const fn refusal(&self, status: u16, setting: Setting) -> Checked {
        refuse!(status < 400 || status > 599, setting, NotARefusal);
        refuse!(contains(&self.counts_as_success, status), setting, Counted);
        refuse!(self.never_sends(status), setting, IsForbidden);
        refuse!(self.decides(status), setting, IsADecision);
        Ok(())
    }

    const fn effects(&self) -> Checked {
        if let Some(statuses) = &self.retries_on {
            check!(range(statuses, Setting::RetriesOn));
            refuse!(!contains(statuses, self.transient.as_u16()), Setting::Transient, NotRetried);
        }
        if let Some(removal) = self.removal {
            refuse!(!self.never_sends(removal.as_u16()), Setting::Removal, NotForbidden);
        }
        Ok(())
    }

    const fn meanings(&self) -> Checked {
        let mut at = 0;
        while at < self.acknowledges.len() {
            let (name, acknowledges) = self.acknowledges[at];
            refuse!(name.is_empty(), Setting::Acknowledges, EmptyName);
            let mut earlier = 0;
            while earlier < at {
                let is_same = is_equal(self.acknowledges[earlier].0, name);
                refuse!(is_same, Setting::Acknowledges, TwoMeanings);
                earlier += 1;
            }
            if let Acknowledges::Decision { yes, no } = acknowledges {
                let (yes, no) = (yes.as_u16(), no.as_u16());
                refuse!(yes == no, Setting::Acknowledges, SameAnswers);
                refuse!(!is_final(yes) || !is_final(no), Setting::Acknowledges, NotAStatus);
                refuse!(self.never_sends(yes) || self.never_sends(no), Setting::Acknowledges, IsForbidden);
            }
            at += 1;
        }
        Ok(())
    }

    const fn limits(&self) -> Checked {
        if let Some(wait) = self.retry_after {
            // The header has whole seconds.
            refuse!(wait.as_secs() == 0, Setting::RetryAfter, Zero);
            if let Some(horizon) = self.retries.horizon() {
                refuse!(is_before(horizon, wait), Setting::RetryAfter, LongerThanRetries);
            }
        }
        refuse!(matches!(self.deadline, Some(deadline) if deadline.is_zero()), Setting::Deadline, Zero);
        refuse!(matches!(self.redelivery, Redelivery::Within(time) if time.is_zero()), Setting::Redelivery, Zero);
        let is_at_once = matches!(self.disabling, Disabling::AfterFailingFor(time) if time.is_zero());
        refuse!(is_at_once, Setting::Disabling, Zero);
        Ok(())
    }
}

const fn range(statuses: &RangeInclusive<u16>, setting: Setting) -> Checked {
    refuse!(*statuses.start() > *statuses.end(), setting, EmptyRange);
    refuse!(*statuses.start() < 100 || *statuses.end() > 599, setting, NotAStatus);
    Ok(())
}

const fn all_forbidden(never: &[Forbidden]) -> Checked {
    let mut at = 0;
    while at < never.len() {
        let statuses = &never[at].statuses;
        check!(range(statuses, Setting::Never));
        let mut earlier = 0;
        while earlier < at {
            let other = &never[earlier].statuses;
            let is_apart = *other.end() < *statuses.start() || *statuses.end() < *other.start();
            refuse!(!is_apart, Setting::Never, Overlapping);
            earlier += 1;
        }
        at += 1;
    }
    Ok(())
}

const fn schedule(retries: &Retries) -> Checked {
    let (mut at, mut last) = (0, Duration::ZERO);
    while at < retries.offsets.len() {
        let offset = retries.offsets[at];
        // The first attempt has the offset zero.
        refuse!(offset.is_zero(), Setting::Offsets, Zero);
        refuse!(!is_before(last, offset), Setting::Offsets, NotIncreasing);
        last = offset;
        at += 1;
    }
    if let Some(step) = retries.then_every {
        refuse!(step.is_zero(), Setting::ThenEvery, Zero);
        refuse!(matches!(retries.end, RetryEnd::LastOffset), Setting::ThenEvery, AfterTheEnd);
        last = last.saturating_add(step);
    }
    if let RetryEnd::After(end) = retries.end {
        refuse!(is_before(end, last), Setting::End, BeforeTheLastAttempt);
    }
    Ok(())
}

/// Returns whether a status can end a request.
const fn is_final(status: u16) -> bool {
    200 <= status && status <= 599
}

const fn is_before(left: Duration, right: Duration) -> bool {
    left.as_nanos() < right.as_nanos()
}

const fn is_equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}
