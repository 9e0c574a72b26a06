//! The person who acts, and the person's reason.

use crate::reason::Reason;

/// The person who acts on an entry, and the reason, for the entry's history.
///
/// The reason is read by people and must not contain names or addresses. An erasure deletes it together with the other
/// reasons of the entry, except the reason of the erasure itself.
///
/// ```
/// use referral_webhooks_inbox::{EntryId, Inbox, Reason};
/// use referral_webhooks_inbox::store::{ByHand, Store, StoreError};
///
/// async fn again<S: Store>(inbox: &Inbox<S>, id: EntryId) -> Result<(), StoreError> {
///     let reason = Reason::from("the shop is back, ticket 4711");
///     let redelivered = inbox.redeliver(id, ByHand::new("dana@example.com").because(&reason)).await?;
///     # let _ = redelivered;
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ByHand<'a> {
    /// The name of the person.
    pub by: &'a str,
    /// The reason, if the person gave one.
    pub reason: Option<&'a Reason>,
}

impl<'a> ByHand<'a> {
    /// Names a person who gives no reason.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::ByHand;
    ///
    /// assert_eq!(ByHand::new("dana"), "dana".into());
    /// ```
    #[must_use]
    pub const fn new(by: &'a str) -> Self {
        Self { by, reason: None }
    }

    /// Sets the reason.
    ///
    /// ```
    /// use referral_webhooks_inbox::{Reason, store::ByHand};
    ///
    /// let reason = Reason::from("ticket 4711");
    /// assert_eq!(ByHand::new("dana").because(&reason).reason, Some(&reason));
    /// ```
    #[must_use]
    pub const fn because(self, reason: &'a Reason) -> Self {
        Self { reason: Some(reason), ..self }
    }
}

impl<'a> From<&'a str> for ByHand<'a> {
    fn from(by: &'a str) -> Self {
        Self::new(by)
    }
}

impl<'a> From<&'a String> for ByHand<'a> {
    fn from(by: &'a String) -> Self {
        Self::new(by)
    }
}
