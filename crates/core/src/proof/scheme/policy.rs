//! The conditions under which genuine messages are accepted.

use time::OffsetDateTime;

use super::variant::Variant;
use crate::proof::signed_time::SignedTime;
use crate::{Error, ErrorKind, Tolerance};

/// The conditions under which genuine messages are accepted: their age and their variant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) tolerance: Tolerance,
    pub(crate) age: AgeRule,
    /// The only accepted variant, if one is pinned.
    pub(crate) pinned: Option<Variant>,
}

/// The consequence of a signed time outside the tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgeRule {
    /// The message is refused.
    Refuse,
    /// A message that is too old is accepted as stale. One from the future is refused.
    AcceptStale,
    /// The message is accepted, because its age was judged when it arrived.
    JudgedBefore,
}

impl Policy {
    /// Returns whether this variant is accepted.
    pub(super) fn offers(&self, variant: Variant) -> bool {
        self.pinned.is_none_or(|pinned| pinned == variant)
    }

    /// Judges the signed time of a genuine message. `Ok(true)` is a stale message that is accepted.
    pub(crate) fn check_age(&self, signed_at: SignedTime, now: OffsetDateTime) -> Result<bool, Error> {
        let Err(error) = self.tolerance.check(signed_at, now) else { return Ok(false) };
        let is_too_old = error.kind() == ErrorKind::TooOld;
        match self.age {
            AgeRule::AcceptStale if is_too_old => Ok(true),
            AgeRule::JudgedBefore => Ok(is_too_old),
            AgeRule::AcceptStale | AgeRule::Refuse => Err(error),
        }
    }
}
