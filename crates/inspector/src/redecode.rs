//! The intakes whose entries the page can decode again.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use referral_webhooks::platform::Platform;
use referral_webhooks_inbox::store::{Store, StoreError};
use referral_webhooks_inbox::{Intake, Redecoded, Source};

/// Decodes the stored bodies of one endpoint with this version, for a person.
pub(crate) type Redecode = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Redecoded, StoreError>> + Send + Sync>;

/// Returns the function of an intake.
pub(crate) fn of<P: Platform, S: Store, E: Source<P>>(intake: &Intake<P, S, E>) -> Redecode {
    let intake = intake.clone();
    Arc::new(move |by| {
        let intake = intake.clone();
        async move { intake.redecode(&by).await }.boxed()
    })
}
