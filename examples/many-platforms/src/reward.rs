//! The reward in an event of any platform.

use std::fmt;

use referral_webhooks_axum::platform::{Event as _, Platform};
use referral_webhooks_axum::summary::{Happening, Sum};
use referral_webhooks_axum::{Delivery, Trust};

use crate::ledger::{Ledger, Movement};

/// The only happening of each platform on which this shop credits a reward. `None`: its events report no reward that is due.
const PAYS_ON: &[(&str, Option<Happening>)] = &[
    // A payout that the merchant pays is confirmed. Its commissions, taken back or not, are in its amount.
    ("dub", Some(Happening::PayoutPending)),
    ("firstpromoter", Some(Happening::RewardEarned)),
    ("friendbuy", Some(Happening::RewardEarned)),
    // A person approves the request of a payout.
    ("genius-referrals", None),
    ("growsurf", Some(Happening::RewardEarned)),
    ("loyaltylion", Some(Happening::RewardEarned)),
    // `reward_earned` precedes it.
    ("prefinery", Some(Happening::RewardDelivered)),
    ("redpin", None),
    ("referral-rocket", Some(Happening::RewardEarned)),
    ("refersion", Some(Happening::RewardEarned)),
    ("refir", None),
    // The platform reports the end of a commission's waiting time by no other event.
    ("rewardful", Some(Happening::RewardDelivered)),
    ("saasquatch", Some(Happening::RewardEarned)),
    ("talkable", Some(Happening::RewardEarned)),
    ("tolt", Some(Happening::RewardEarned)),
];

/// The platforms whose negative amounts are parts of the subject's own reward. Those of other platforms have a subject of
/// their own.
const SENDS_DIFFERENCES: &[&str] = &["growsurf"];

/// The effect of an event on the ledger.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Credit(i128, String),
    Debit(i128, String),
    /// The event is booked already, or takes back a reward that was not credited.
    Unchanged,
    NoReward(Happening),
    Test,
    /// The reward is due to a person, and a program alone must not credit it.
    Held(&'static str),
}

impl Effect {
    /// Books the reward of one event.
    pub(crate) fn of<P: Platform>(delivery: &Delivery<P>, ledger: &Ledger) -> Self {
        let platform = delivery.platform().facts().name;
        let summary = delivery.event().summary();
        let pays_on = PAYS_ON.iter().find(|(name, _)| *name == platform).and_then(|(_, happening)| *happening);
        // A platform that pays whole payouts has the revoked rewards in their amounts.
        let is_revoked = summary.happening == Happening::RewardRevoked && pays_on != Some(Happening::PayoutPending);
        if pays_on.is_none() || !(is_revoked || pays_on == Some(summary.happening)) {
            return Self::NoReward(summary.happening);
        }
        if summary.is_test {
            return Self::Test;
        }
        if delivery.trust() < Trust::Signed {
            return Self::Held("confirmation by the platform, because the sender is not proven by a signature");
        }
        let Some(subject) = summary.subject.as_deref() else { return Self::Held("the id of the reward") };
        let is_negative = summary.sum.as_ref().is_some_and(Sum::is_negative);
        let amount = summary.sum.as_ref().and_then(minor_units);
        let movement = match (amount, is_revoked && !is_negative) {
            (_, true) => Movement::Revocation,
            (None | Some(0), false) => return Self::Held("an exact amount of money"),
            (Some(amount), false) if is_negative && SENDS_DIFFERENCES.contains(&platform) => {
                Movement::Difference(amount.saturating_neg(), delivery.id().as_str())
            }
            (Some(amount), false) => Movement::Reward(amount),
        };
        let currency = summary.sum.and_then(|sum| sum.currency).map(|currency| currency.to_uppercase());
        let currency = currency.unwrap_or_else(|| "of the program's currency".to_owned());
        match ledger.book(platform, subject, &movement) {
            Some(due) if due > 0 => Self::Credit(due, currency),
            Some(due) => Self::Debit(due.saturating_neg(), currency),
            None => Self::Unchanged,
        }
    }
}

/// Returns the exact amount in the smallest unit of a currency that this shop knows.
fn minor_units(sum: &Sum<'_>) -> Option<i128> {
    let decimals = match sum.currency.as_deref().map(str::to_uppercase).as_deref() {
        Some("EUR" | "GBP" | "USD") => Some(2),
        Some("JPY") => Some(0),
        _ => None,
    };
    match decimals {
        Some(decimals) => sum.minor_units(decimals),
        // An amount in the smallest unit has the same digits at every number of decimals.
        None => sum.minor_units(0).filter(|units| sum.minor_units(2) == Some(*units)),
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credit(amount, currency) => write!(f, "credits {amount} {currency}"),
            Self::Debit(amount, currency) => write!(f, "debits {amount} {currency}"),
            Self::Unchanged => f.write_str("stays as it is"),
            Self::NoReward(happening) => write!(f, "has no reward in {happening}"),
            Self::Test => f.write_str("is a test"),
            Self::Held(needed) => write!(f, "needs {needed}"),
        }
    }
}
