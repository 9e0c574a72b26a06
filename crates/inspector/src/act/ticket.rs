//! A form acts once.

use referral_webhooks_inbox::store::{Store, StoreError};

use crate::access::nonce;
use crate::problem::Problem;
use crate::web::Form;

/// The ticket of a form that acts once.
#[derive(Debug)]
pub(super) struct Ticket(String);

impl Ticket {
    pub(super) fn new() -> Self {
        Self(nonce())
    }

    /// Reads the ticket of a sent form.
    pub(super) fn read(form: &Form) -> Result<Self, Problem> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let ticket = form.get("ticket").filter(|ticket| ticket.len() == 22 && ticket.bytes().all(is_plain));
        ticket.map(|ticket| Self(ticket.to_owned())).ok_or_else(|| Problem::bad_input("The form is incomplete."))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Uses the ticket. Returns `false` if it was used before, in this process or another one.
    pub(super) async fn used<S: Store>(self, store: &S) -> Result<bool, StoreError> {
        let own = nonce();
        // The first mark of a name stays.
        Ok(store.mark(&format!("inspector-act-{}", self.0), &own).await? == own)
    }
}
