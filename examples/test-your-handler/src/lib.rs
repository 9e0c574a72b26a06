//! cargo test -p test-your-handler
//!
//! How to test a handler. An endpoint signs what its platform would send, so no traffic is recorded and no verification
//! is switched off. What is tested is here, the tests are beside:
//!
//! - `tests/without_a_framework.rs`: with a fixed clock, for what the handler does,
//! - `tests/on_axum.rs` and `tests/on_actix.rs`: through the framework, for how it is mounted.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use referral_webhooks::Delivery;
use referral_webhooks::platform::redpin::{Event, Redpin, ReferralStatus};

pub mod on_actix;
pub mod on_axum;

/// The books: what has been credited, by the ids of deliveries. Yours are a table with a unique column.
#[derive(Debug, Default)]
pub struct Ledger {
    credited: Mutex<BTreeSet<String>>,
    is_closed: bool,
}

/// The books cannot be reached, for now.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed;

impl Ledger {
    /// Books that cannot be reached.
    #[must_use]
    pub fn closed() -> Self {
        Self { is_closed: true, ..Self::default() }
    }

    /// Credits a new referral, once, however often its delivery comes.
    ///
    /// # Errors
    ///
    /// If the books cannot be reached.
    pub fn credit(&self, delivery: &Delivery<Redpin>) -> Result<(), Closed> {
        if self.is_closed {
            return Err(Closed);
        }
        // The event also tells of referrals that failed.
        let is_new = matches!(delivery.event(), Event::ReferralCreated(made) if made.status == ReferralStatus::Created);
        if is_new {
            self.lock().insert(delivery.id().as_str().to_owned());
        }
        Ok(())
    }

    /// The number of referrals that were credited.
    #[must_use]
    pub fn credited(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.credited.lock().expect("nobody panics who holds it")
    }
}
