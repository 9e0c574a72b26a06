//! Headers and bodies of refused requests, encrypted at rest.

use bytes::Bytes;
use http::HeaderMap;
use referral_webhooks::StoredDelivery;

use super::key_ring::KeyRing;
use super::packing::{context, packed, unpacked};
use crate::store::{RefusedRequest, StoreError};

/// The place of a delivery id in the context. No delivery has it, because ids are not empty.
const REFUSED: &str = "";

/// Encrypts a request, bound to its endpoint and time.
pub(super) fn seal_refused(ring: &KeyRing, request: &mut RefusedRequest) -> Result<(), StoreError> {
    let plain = StoredDelivery::new(request.headers.clone(), request.body.clone(), request.at, None);
    let sealed =
        ring.seal(&context(&request.endpoint, None, REFUSED, &plain), &packed(&plain)).map_err(StoreError::new)?;
    (request.headers, request.body) = (HeaderMap::new(), Bytes::from(sealed));
    request.is_sealed = true;
    Ok(())
}

/// Decrypts a request. One that does not open stays sealed.
pub(super) fn open_refused(ring: &KeyRing, request: &mut RefusedRequest) {
    let sealed = StoredDelivery::new(HeaderMap::new(), request.body.clone(), request.at, None);
    let opened = ring.open(&context(&request.endpoint, None, REFUSED, &sealed), &sealed.body);
    if let (true, Some(plain)) = (request.is_sealed, opened.ok().and_then(|text| unpacked(&text, &sealed))) {
        (request.headers, request.body) = (plain.headers, plain.body);
        request.is_sealed = false;
    }
}
