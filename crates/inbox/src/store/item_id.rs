//! The agreement of an entry with the item at its position.
//!
//! - Guarantees: a handler gets the event whose id the entry has. The position and the id are two witnesses.
//! - Assumes: the store keeps the id in the form of [`Store::kept_delivery_id`], and a conflict has a suffix.
//! - Without it: a version that finds the items of a body in another order processes one event twice and another never.

use referral_webhooks::DeliveryId;

use super::traits::Store;

/// Returns whether an entry with this delivery id is one of the item with this id.
pub(crate) fn is_item_of<S: Store>(store: &S, delivery_id: &str, item: &DeliveryId) -> bool {
    // PostgreSQL stores no zero byte.
    let shown = |id: &str| id.replace('\0', "\u{2400}");
    let (kept, delivery_id) = (shown(&store.kept_delivery_id(item)), shown(delivery_id));
    // The id of a conflict has a suffix.
    delivery_id.strip_prefix(&*kept).is_some_and(|suffix| suffix.is_empty() || suffix.starts_with('~'))
}
