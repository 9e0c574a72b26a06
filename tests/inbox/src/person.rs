//! Whom deliveries are about: of two people one wants to be forgotten.

use std::borrow::Cow;

use referral_webhooks::Delivery;
use referral_webhooks::platform::redpin::{Event, Redpin};

/// A kibibyte of what Redpin documents.
const BODY: &str = include_str!("../../load/src/referral.json");

/// Who stands in it.
const STAYS: &str = "avery@example.com";

/// Who stands there instead where the key says so.
const LEAVES: &str = "blake@example.com";

/// Whether a key is that of a delivery about whoever wants to be forgotten.
pub(crate) fn leaves(delivery_id: &str) -> bool {
    delivery_id.starts_with("leaves-")
}

/// The id that is sent with a key: the part before a `/`.
pub(crate) fn delivery_id(sent: &str) -> &str {
    sent.split('/').next().unwrap_or(sent)
}

/// The body that is sent with a key. Each text after a `/` makes another one.
pub(crate) fn body(sent: &str) -> Cow<'static, str> {
    match sent.split_once('/') {
        Some((_, other)) => BODY.replace(STAYS, &format!("other-{other}@example.com")).into(),
        None if leaves(sent) => BODY.replace(STAYS, LEAVES).into(),
        None => BODY.into(),
    }
}

/// Whether a delivery is about whoever wants to be forgotten, as a merchant would tell.
pub(crate) fn is_theirs(delivery: &Delivery<Redpin>) -> bool {
    let Event::ReferralCreated(referral) = delivery.event() else { return false };
    let email = referral.contact.as_ref().and_then(|contact| contact.email.as_deref());
    email == Some(LEAVES)
}
