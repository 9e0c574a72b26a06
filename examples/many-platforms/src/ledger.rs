//! The credits and debits of all platforms, each booked once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The accounts, one for each platform and subject of a reward.
///
/// They are in memory, so a restart forgets them. A shop keeps them in its database, in the transaction of the inbox:
/// `examples/durable-inbox` shows that.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<HashMap<(&'static str, String), Account>>);

#[derive(Debug, Default)]
struct Account {
    earned: Option<i128>,
    /// The amount of a negative reward.
    taken_back: Option<i128>,
    is_revoked: bool,
    /// The differences, by their deliveries.
    differences: HashMap<String, i128>,
}

/// A movement of an account, in the smallest unit of the currency.
#[derive(Debug)]
pub(crate) enum Movement<'m> {
    /// A reward: a positive amount, or a negative one that takes back another reward.
    Reward(i128),
    /// A positive amount that takes back a part of the subject's own reward, with the id of its delivery.
    Difference(i128, &'m str),
    /// The subject's whole reward is taken back.
    Revocation,
}

impl Ledger {
    /// Books a movement, and returns the amount that is due now: positive for a credit, negative for a debit, and `None` if
    /// the movement is booked already or has no effect now.
    ///
    /// The sum is the same in every order of the movements, because platforms do not keep the order of events.
    pub(crate) fn book(&self, platform: &'static str, subject: &str, movement: &Movement<'_>) -> Option<i128> {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let account = accounts.entry((platform, subject.to_owned())).or_default();
        let before = account.due();
        match *movement {
            Movement::Reward(amount) if amount < 0 => _ = account.taken_back.get_or_insert(amount.saturating_neg()),
            Movement::Reward(amount) => _ = account.earned.get_or_insert(amount),
            Movement::Difference(amount, delivery) => {
                account.differences.entry(delivery.to_owned()).or_insert(amount);
            }
            Movement::Revocation => account.is_revoked = true,
        }
        Some(account.due().saturating_sub(before)).filter(|due| *due != 0)
    }
}

impl Account {
    /// Returns the amount that is due to the person in total.
    fn due(&self) -> i128 {
        let taken_back = self.taken_back.unwrap_or_default();
        match self.earned {
            // A negative reward takes back the reward of another subject.
            None => taken_back.saturating_neg(),
            Some(_) if self.is_revoked => 0,
            Some(earned) => {
                let differences = self.differences.values().fold(taken_back, |sum, amount| sum.saturating_add(*amount));
                // More than the subject's own reward is never taken back.
                earned.saturating_sub(differences).max(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Movement::{Difference, Revocation, Reward};
    use super::*;

    #[test]
    fn a_movement_is_booked_once_in_any_order() {
        for (label, movements, want) in [
            ("a credit", &[Reward(980), Reward(980)][..], &[Some(980), None][..]),
            ("another amount later", &[Reward(980), Reward(990)], &[Some(980), None]),
            ("a negative reward", &[Reward(-980), Reward(-980)], &[Some(-980), None]),
            ("a credit taken back", &[Reward(980), Reward(-980), Reward(-980)], &[Some(980), Some(-980), None]),
            ("taken back first", &[Reward(-980), Reward(980)], &[Some(-980), Some(980)]),
            ("revoked", &[Reward(980), Revocation, Revocation], &[Some(980), Some(-980), None]),
            ("revoked first", &[Revocation, Reward(980)], &[None, None]),
            (
                "two parts",
                &[Reward(980), Difference(80, "a"), Difference(100, "b")],
                &[Some(980), Some(-80), Some(-100)],
            ),
            ("a part twice", &[Reward(980), Difference(80, "a"), Difference(80, "a")], &[Some(980), Some(-80), None]),
            ("a part first", &[Difference(80, "a"), Reward(980)], &[None, Some(900)]),
            ("a part alone", &[Difference(80, "a"), Difference(80, "a")], &[None, None]),
            ("too much", &[Reward(980), Difference(990, "a")], &[Some(980), Some(-980)]),
            ("the rest", &[Reward(980), Difference(80, "a"), Revocation], &[Some(980), Some(-80), Some(-900)]),
        ] {
            let ledger = Ledger::default();
            let due: Vec<_> = movements.iter().map(|movement| ledger.book("acme", "1", movement)).collect();
            assert_eq!(due, want, "{label}");
        }
    }

    #[test]
    fn accounts_of_platforms_and_subjects_are_separate() {
        let ledger = Ledger::default();
        for (platform, subject) in [("acme", "1"), ("acme", "2"), ("other", "1")] {
            assert_eq!(ledger.book(platform, subject, &Reward(980)), Some(980), "{platform} {subject}");
        }
    }
}
