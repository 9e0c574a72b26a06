//! The two people whom deliveries are about. One stays, and the other asks to be erased.

use std::borrow::Cow;

use referral_webhooks::Delivery;
use referral_webhooks::platform::redpin::{Event, Redpin};

/// A kibibyte with all members that Redpin documents.
const BODY: &str = include_str!("../../load/src/referral.json");

/// The address in that body.
const STAYS: &str = "avery@example.com";

/// The address that replaces it, if the delivery id says so.
const LEAVES: &str = "blake@example.com";

/// Returns whether a delivery is about the person who leaves.
pub(crate) fn leaves(delivery_id: &str) -> bool {
    delivery_id.starts_with("leaves-")
}

/// Returns the delivery id of a sent delivery: the part before a `/`.
pub(crate) fn delivery_id(sent: &str) -> &str {
    sent.split('/').next().unwrap_or(sent)
}

/// Returns the body of a sent delivery. Each text after a `/` makes another body.
pub(crate) fn body(sent: &str) -> Cow<'static, str> {
    match sent.split_once('/') {
        Some((_, other)) => BODY.replace(STAYS, &format!("other-{other}@example.com")).into(),
        None if leaves(sent) => BODY.replace(STAYS, LEAVES).into(),
        None => BODY.into(),
    }
}

/// Returns whether a delivery is about the person who leaves, by its content, as a merchant would check.
pub(crate) fn is_theirs(delivery: &Delivery<Redpin>) -> bool {
    let Event::ReferralCreated(referral) = delivery.event() else { return false };
    let email = referral.contact.as_ref().and_then(|contact| contact.email.as_deref());
    email == Some(LEAVES)
}
