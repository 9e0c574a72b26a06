//! Decoding that all platforms share, so that it never fails.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::event::Other;
use super::why::Why;

/// The failure of a platform's decoder: the event's name if it was found, and the reason.
///
/// ```
/// use referral_webhooks::platform::{Unreadable, Why};
///
/// let unreadable: Unreadable = (Some("referral.merged".to_owned()), Why::UnknownName);
/// assert_eq!(unreadable.1.to_string(), "unknown event name");
/// ```
pub type Unreadable = (Option<String>, Why);

/// Decodes a payload with a platform's decoder of text. The event is [`Other`] if the payload is not UTF-8 or not a JSON
/// object, and if the decoder fails. So a platform's decoding never fails:
///
/// ```
/// use referral_webhooks::platform::{Other, Unreadable, Why, decode_text, read};
/// use referral_webhooks::value::Amount;
/// use serde::Deserialize;
///
/// #[derive(Debug)]
/// enum Event {
///     Sale(Sale),
///     Other(Other),
/// }
///
/// #[derive(Debug, Deserialize)]
/// struct Sale {
///     amount: Amount,
/// }
///
/// #[derive(Deserialize)]
/// struct Named {
///     event: String,
/// }
///
/// fn decode(text: &str) -> Result<Event, Unreadable> {
///     let Named { event } = read(None, text)?;
///     match event.as_str() {
///         "sale" => Ok(Event::Sale(read(Some(&event), text)?)),
///         _ => Err((Some(event), Why::UnknownName)),
///     }
/// }
///
/// let event = decode_text(&r#"{"event":"sale","amount":"49.00"}"#.into(), decode, Event::Other);
/// assert!(matches!(event, Event::Sale(sale) if sale.amount.units(2) == Some(4900)));
/// for (payload, why) in [
///     (&br#"{"event":"gift"}"#[..], Why::UnknownName),
///     (br#"["sale", 4900]"#, Why::UnknownShape),
///     (b"\xff", Why::NotUtf8),
/// ] {
///     let event = decode_text(&payload.into(), decode, Event::Other);
///     assert!(matches!(event, Event::Other(other) if other.why == why && other.body.as_bytes() == payload));
/// }
/// ```
pub fn decode_text<E>(
    payload: &Bytes,
    decode: impl FnOnce(&str) -> Result<E, Unreadable>,
    other: impl FnOnce(Other) -> E,
) -> E {
    let decoded = match simdutf8::basic::from_utf8(payload) {
        // Without this check, serde would read a list as the members of an object in their order.
        Ok(text) if !is_object(text) => Err((None, why_no_object(text))),
        Ok(text) => decode(text),
        Err(_) => Err((None, Why::NotUtf8)),
    };
    decoded.unwrap_or_else(|(name, why)| other(Other::new(name, payload, why)))
}

/// Returns whether a text is an object, provided that it is JSON.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{')
}

/// Returns the reason for which a text that does not begin as an object is no event.
pub(super) fn why_no_object(text: &str) -> Why {
    serde_json::from_str::<IgnoredAny>(text).map_or_else(Why::from, |_| Why::UnknownShape)
}

/// Reads one JSON text as `T`. A failure has the event's name, and the position in place of serde's message, which may
/// quote personal data.
///
/// # Errors
///
/// If the text is not JSON of this shape.
///
/// ```
/// use referral_webhooks::platform::{Why, read};
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Sale {
///     amount: u64,
/// }
///
/// assert_eq!(read::<Sale>(Some("sale"), r#"{"amount":4900}"#).map(|sale| sale.amount), Ok(4900));
/// let (name, why) = read::<Sale>(Some("sale"), r#"{"amount":"much"}"#).unwrap_err();
/// assert_eq!(name.as_deref(), Some("sale"));
/// assert!(matches!(why, Why::UnexpectedMember { line: 1, .. }));
/// ```
pub fn read<'t, T: Deserialize<'t>>(name: Option<&str>, text: &'t str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|error| (name.map(str::to_owned), Why::from(error)))
}

/// Reads a payload that is an object as `T`. `None` if it is something else.
pub(super) fn top<'t, T: Deserialize<'t>>(payload: &'t [u8]) -> Option<T> {
    // Without this check, serde would read a list as the members of an object in their order.
    let text = simdutf8::basic::from_utf8(payload).ok().filter(|text| is_object(text))?;
    serde_json::from_str(text).ok()
}

/// Returns the text of a member that holds an object.
pub(super) fn object(member: Option<&RawValue>) -> Option<&str> {
    member.map(RawValue::get).filter(|text| is_object(text))
}
