//! The plain text of a sealed delivery, and the context that it is bound to.

use bytes::Bytes;
use referral_webhooks::StoredDelivery;

use crate::store::headers;

/// Returns the context of a sealed delivery. A body that is moved to another entry does not open.
pub(super) fn context(endpoint: &str, tenant: Option<&str>, delivery_id: &str, delivery: &StoredDelivery) -> Vec<u8> {
    let micros = delivery.received_at.unix_timestamp_nanos() / 1_000;
    let tenant = tenant.unwrap_or_default();
    // The length separates a tenant, which may have any characters, from the id.
    let length = (tenant.len() as u64).to_be_bytes();
    let entry = [endpoint.as_bytes(), b"\n", &length, tenant.as_bytes(), delivery_id.as_bytes(), b"\n"].concat();
    [&entry[..], &micros.to_be_bytes()].concat()
}

/// Returns the id that a body is bound to. The items of one delivery share the body, so that it has none of their ids.
pub(super) const fn bound_id(delivery_id: &str, item: Option<u32>) -> &str {
    // A delivery id is not empty.
    if item.is_some() { "" } else { delivery_id }
}

/// Encodes a delivery: the length of the headers, the headers, whether there is a seal, the seal, the body.
pub(super) fn packed(delivery: &StoredDelivery) -> Vec<u8> {
    let lines = headers::to_lines(&delivery.headers);
    let length = u32::try_from(lines.len()).unwrap_or(u32::MAX).to_be_bytes();
    let seal = delivery.seal.as_ref().map_or(&[][..], |seal| &seal[..]);
    [&length[..], &lines, &[u8::from(delivery.seal.is_some())], seal, &delivery.body].concat()
}

/// Decodes a delivery that was received when this one was.
pub(super) fn unpacked(text: &[u8], sealed: &StoredDelivery) -> Option<StoredDelivery> {
    let (length, rest) = text.split_first_chunk::<4>()?;
    let (lines, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let (has_seal, rest) = rest.split_first()?;
    let (seal, body) = match has_seal {
        0 => (None, rest),
        _ => rest.split_first_chunk::<32>().map(|(seal, body)| (Some(*seal), body))?,
    };
    let body = Bytes::copy_from_slice(body);
    Some(StoredDelivery::new(headers::from_lines(lines), body, sealed.received_at, seal))
}
