//! One run of a handler.

use referral_webhooks::Delivery;
use referral_webhooks::platform::Platform;

use crate::backoff::BackOff;
use crate::store::{Claim, EntryId};

/// One run of a handler, passed to it with the delivery.
///
/// [`key`](Self::key) is the same for every attempt at an effect. Send it as the idempotency key of a call to another
/// service:
///
/// ```
/// use referral_webhooks::Delivery;
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_inbox::{Attempt, Outcome};
///
/// # async fn pay(_: &str) -> Result<(), String> { Ok(()) }
/// async fn credit(delivery: Delivery<Redpin>, attempt: Attempt) -> Outcome {
///     match pay(&attempt.key()).await {
///         Ok(()) => Outcome::Done,
///         Err(error) if attempt.number == attempt.last => Outcome::Discard(format!("unpaid: {error}").into()),
///         Err(error) => Outcome::Retry(error.into()),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The number of the entry.
    pub entry: EntryId,
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The tenant, if one route serves many.
    pub tenant: Option<String>,
    /// The delivery id, unique within the endpoint and the tenant, and the same on every attempt.
    pub id: String,
    /// The number of this attempt, from 1. A redelivery continues to count.
    pub number: u32,
    /// The number of the last attempt.
    pub last: u32,
    /// The number of times that the effect was requested: 1, and 1 more for each redelivery after completion. Endpoint,
    /// tenant, id and run together identify one effect, in a table of effects in another database, say.
    pub run: u32,
}

impl Attempt {
    /// Returns the key of the effect: endpoint, tenant if there is one, id and run, with `/` between them. It is the same
    /// for every attempt, and differs between tenants and after a redelivery of a completed entry. It is the idempotency
    /// key of a call to another service.
    ///
    /// ```
    /// use referral_webhooks_inbox::Attempt;
    ///
    /// fn header(attempt: &Attempt) -> (&'static str, String) {
    ///     ("Idempotency-Key", attempt.key()) // "redpin/acme/msg_2a9/1"
    /// }
    /// # let _ = header;
    /// ```
    #[must_use]
    pub fn key(&self) -> String {
        let Self { endpoint, tenant, id, run, .. } = self;
        match tenant {
            Some(tenant) => format!("{endpoint}/{tenant}/{id}/{run}"),
            None => format!("{endpoint}//{id}/{run}"),
        }
    }

    /// Creates the first attempt at a delivery, for a test that calls a handler without an inbox.
    ///
    /// The members are public, so that a test of a later attempt changes its number.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, Endpoint, Message, platform::redpin::Redpin};
    /// use referral_webhooks_inbox::{Attempt, Outcome};
    /// # use time::OffsetDateTime;
    ///
    /// async fn credit(_: Delivery<Redpin>, attempt: Attempt) -> Outcome {
    ///     if attempt.number == attempt.last { Outcome::Discard("unpaid".into()) } else { Outcome::Done }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let now = OffsetDateTime::now_utc();
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new("{}", now).id("msg_1"))?, now)?;
    /// let mut attempt = Attempt::for_test(&delivery);
    /// assert_eq!((attempt.id.as_str(), attempt.number, attempt.last, attempt.run), ("msg_1", 1, 20, 1));
    /// attempt.number = attempt.last;
    /// assert_eq!(credit(delivery, attempt).await, Outcome::Discard("unpaid".into()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn for_test<P: Platform>(delivery: &Delivery<P>) -> Self {
        Self {
            entry: EntryId(1),
            endpoint: "test".to_owned(),
            tenant: None,
            id: delivery.id().as_str().to_owned(),
            number: 1,
            last: BackOff::default().attempts(),
            run: 1,
        }
    }

    /// Creates the attempt of a claimed entry.
    pub(super) fn of(claim: &Claim) -> Self {
        let lease = &claim.lease;
        Self {
            entry: lease.id,
            endpoint: claim.endpoint.clone(),
            tenant: claim.tenant.clone(),
            id: claim.delivery_id.clone(),
            number: lease.attempt,
            last: lease.last_attempt,
            run: claim.run,
        }
    }
}
