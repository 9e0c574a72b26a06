//! Intakes of different platforms in one list.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use referral_webhooks::platform::Platform;

use super::redecode::Redecoded;
use crate::inbox::Inbox;
use crate::intake::Intake;
use crate::source::Source;
use crate::store::{ByHand, EntryId, Filter, Store, StoreError};

/// An intake of any platform, for operators: every [`Intake`] and [`TenantIntake`](crate::TenantIntake) is one.
///
/// ```
/// use std::sync::Arc;
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_inbox::{AnyIntake, Inbox, MemoryStore};
///
/// let inbox = Inbox::new(MemoryStore::new());
/// let redpin = inbox.intake("redpin-main", Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
/// let intakes: Vec<Arc<dyn AnyIntake>> = vec![Arc::new(redpin.clone())];
/// assert_eq!(intakes[0].endpoint_name(), "redpin-main");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait AnyIntake: fmt::Debug + Send + Sync {
    /// Returns the endpoint's name in the inbox.
    fn endpoint_name(&self) -> &str;

    /// Decodes the selected entries of this endpoint: see [`Intake::redecode_where`].
    fn redecode_those<'a>(&'a self, filter: Filter, by: ByHand<'a>) -> BoxFuture<'a, Result<Redecoded, StoreError>>;
}

impl<P: Platform, S: Store, E: Source<P>> AnyIntake for Intake<P, S, E> {
    fn endpoint_name(&self) -> &str {
        self.name()
    }

    fn redecode_those<'a>(&'a self, filter: Filter, by: ByHand<'a>) -> BoxFuture<'a, Result<Redecoded, StoreError>> {
        Box::pin(self.redecode_where(filter, by))
    }
}

impl<S: Store> Inbox<S> {
    /// Decodes an entry with this version, and processes it if it is readable now: see [`Intake::redecode`]. Returns `None`
    /// if none of these intakes is of the entry's endpoint, or if the entry is unknown.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use referral_webhooks_inbox::{AnyIntake, EntryId, Inbox};
    /// # use referral_webhooks_inbox::store::{Store, StoreError};
    /// # async fn example<S: Store>(inbox: &Inbox<S>, intakes: &[Arc<dyn AnyIntake>]) -> Result<(), StoreError> {
    /// let redecoded = inbox.redecode(EntryId(1_204), intakes, "dana@example.com").await?;
    /// println!("going to be processed: {}", redecoded.is_some_and(|it| it.processed == 1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn redecode<'a>(
        &self,
        id: EntryId,
        intakes: &[Arc<dyn AnyIntake>],
        by: impl Into<ByHand<'a>>,
    ) -> Result<Option<Redecoded>, StoreError> {
        let by = by.into();
        let Some(entry) = self.store().get(id).await? else { return Ok(None) };
        let Some(intake) = intakes.iter().find(|intake| intake.endpoint_name() == entry.endpoint) else {
            return Ok(None);
        };
        intake.redecode_those(Filter::new().only(id), by).await.map(Some)
    }
}
