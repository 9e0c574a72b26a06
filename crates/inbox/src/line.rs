//! The fields by which log lines are joined.
//!
//! Every line about a delivery has the same names for the same facts: `platform`, `endpoint`, `tenant`, `delivery_id`, `entry`,
//! `attempt`, `event`, `secret_index`, and `reason` or `cause`. A name in another spelling would be absent from a search.

use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Tenant};

use crate::store::{Claim, EntryId};

/// The fields of the lines about one delivery. Unknown ones are left out of the line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub(crate) platform: &'static str,
    pub(crate) endpoint: String,
    pub(crate) tenant: Option<String>,
    pub(crate) delivery_id: String,
    pub(crate) entry: Option<i64>,
    pub(crate) attempt: Option<u32>,
    pub(crate) event: Option<String>,
    pub(crate) secret_index: Option<usize>,
}

impl Line {
    /// Returns the fields of a delivery that reached the inbox.
    pub(crate) fn of<P: Platform>(endpoint: &str, tenant: Option<&Tenant>, delivery: &Delivery<P>) -> Self {
        let tenant = tenant.map(ToString::to_string);
        let line = Self {
            platform: delivery.platform().facts().name,
            endpoint: endpoint.to_owned(),
            tenant,
            ..Self::default()
        };
        Self { delivery_id: delivery.id().to_string(), ..line }.opened(delivery)
    }

    /// Returns the fields of a claimed entry.
    pub(crate) fn of_claim(platform: &'static str, claim: &Claim) -> Self {
        Self {
            platform,
            endpoint: claim.endpoint.clone(),
            tenant: claim.tenant.clone(),
            delivery_id: claim.delivery_id.clone(),
            entry: Some(claim.lease.id.0),
            attempt: Some(claim.lease.attempt),
            ..Self::default()
        }
    }

    /// Adds the facts of the opened delivery. The name of an unknown event is left out, because its sender chose it.
    pub(crate) fn opened<P: Platform>(self, delivery: &Delivery<P>) -> Self {
        let event = delivery.event();
        let name = if event.why_other().is_some() { Some("Other") } else { event.name() };
        Self { event: name.map(str::to_owned), secret_index: Some(delivery.secret_index()), ..self }
    }

    pub(crate) fn entry(self, entry: EntryId) -> Self {
        Self { entry: Some(entry.0), ..self }
    }
}

/// Logs an event with the fields of a [`Line`], and with further ones.
macro_rules! log_line {
    ($level:ident, $line:expr, $($rest:tt)+) => {{
        let line = &$line;
        tracing::$level!(
            target: "referral_webhooks", platform = line.platform, endpoint = line.endpoint.as_str(),
            tenant = line.tenant.as_deref(),
            delivery_id = line.delivery_id.as_str(), entry = line.entry, attempt = line.attempt,
            event = line.event.as_deref(), secret_index = line.secret_index, $($rest)+
        )
    }};
}

pub(crate) use log_line;
