//! cargo test -p test-your-handler
//!
//! How to test a handler. An endpoint signs requests as its platform does, so a test needs neither recorded traffic nor
//! a switch that disables verification. This crate is the tested application, and its tests are the example:
//!
//! - `tests/without_a_framework.rs` tests the handler's effect under a fixed clock,
//! - `tests/on_axum.rs` and `tests/on_actix.rs` test its route through the framework,
//! - `tests/in_the_inbox.rs` tests a handler that pays in the inbox's transaction.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use referral_webhooks::Delivery;
use referral_webhooks::platform::redpin::{Event, Redpin, ReferralStatus};

pub mod in_the_inbox;
pub mod on_actix;
pub mod on_axum;

/// The credited referrals by delivery id. An application has a table with a unique column instead.
#[derive(Debug, Default)]
pub struct Ledger {
    credited: Mutex<BTreeSet<String>>,
    is_closed: bool,
}

/// The error of a ledger that is unavailable for some time.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed;

impl Ledger {
    /// Returns a ledger that is unavailable.
    #[must_use]
    pub fn closed() -> Self {
        Self { is_closed: true, ..Self::default() }
    }

    /// Credits a new referral. A repeat of its delivery changes no credit.
    ///
    /// # Errors
    ///
    /// If the ledger is unavailable.
    pub fn credit(&self, delivery: &Delivery<Redpin>) -> Result<(), Closed> {
        if self.is_closed {
            return Err(Closed);
        }
        // The platform sends this event for failed referrals as well.
        let is_new = matches!(delivery.event(), Event::ReferralCreated(made) if made.status == ReferralStatus::Created);
        if is_new {
            self.lock().insert(delivery.id().as_str().to_owned());
        }
        Ok(())
    }

    /// Returns the number of credited referrals.
    #[must_use]
    pub fn credited(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.credited.lock().expect("no code panics while it holds the lock")
    }
}
