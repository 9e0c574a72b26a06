//! The settings of an inbox, and the retention that follows from them.
//!
//! - Guarantees: an id is kept for as long as its platform can send a repeat that the endpoint accepts.
//! - Assumes: [`Retention`] states for how long a repeat can be accepted. It follows from the proof of the scheme.
//! - Without it: a repeat that arrives after its id was pruned is processed as a new event.

use std::time::Duration;

use referral_webhooks::Retention;

use crate::backoff::BackOff;
use crate::setup_error::SetupError;
use crate::store::PruneRule;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) accept_within: Duration,
    pub(crate) back_off: BackOff,
    pub(crate) revives: bool,
    pub(crate) ids: Option<Duration>,
    pub(crate) bodies: Duration,
    pub(crate) dead_letters: Option<Duration>,
    pub(crate) parked: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accept_within: Duration::from_millis(1_500),
            back_off: BackOff::default(),
            revives: true,
            ids: None,
            bodies: 14 * DAY,
            dead_letters: None,
            parked: None,
        }
    }
}

impl Settings {
    /// Returns whether ids that are kept by this rule outlive the repeats that an endpoint accepts.
    pub(crate) fn outlives(ids: Option<Duration>, retention: Retention) -> bool {
        match (ids, retention) {
            (None, _) => true,
            (Some(ids), Retention::AtLeast(time)) => ids >= time,
            (Some(_), _) => false,
        }
    }

    /// Returns the pruning rule of an endpoint.
    pub(crate) fn prune_rule(&self, name: &str, retention: Retention) -> Result<PruneRule, SetupError> {
        const MOST: u32 = 500;
        let needed = match retention {
            Retention::AtLeast(time) => Some(time),
            // Ids are kept without end for `Forever`, and for every variant that a later version adds.
            _ => None,
        };
        let ids = match (self.ids, needed) {
            (Some(set), None) => return Err(SetupError::IdsKeptTooShort { needed, set }),
            (Some(set), Some(time)) if set < time => return Err(SetupError::IdsKeptTooShort { needed, set }),
            (Some(set), Some(_)) => Some(set),
            (None, needed) => needed.map(|time| time.saturating_mul(2).max(90 * DAY)),
        };
        let longest = [Some(self.bodies), self.dead_letters, self.parked].into_iter().flatten().max();
        let ids = ids.map(|ids| ids.max(longest.unwrap_or_default()));
        Ok(PruneRule::new(name, self.bodies, self.dead_letters, ids, MOST).parked(self.parked))
    }
}
