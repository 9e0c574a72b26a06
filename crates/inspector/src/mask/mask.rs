//! The settings of a mask.

use http::HeaderMap;
use referral_webhooks::StoredDelivery;

use super::body::{Shown, body};
use super::json::{json, sense_at};
use super::known::Known;
use super::name::Sense;
use super::{header, value};
use crate::platforms::{Decoded, Platforms};

/// A mask for requests, with the personal values of one delivery if they are known. It is cheap to clone.
///
/// ```
/// use referral_webhooks_inspector::mask::Mask;
///
/// let mask = Mask::new();
/// assert_eq!(mask.header("x-forwarded-for", b"192.0.2.10"), "•••");
/// assert_eq!(mask.header("content-type", b"application/json"), "application/json");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Mask(Known);

impl Mask {
    /// Creates a mask that knows names and values only.
    ///
    /// ```
    /// use referral_webhooks_inspector::mask::Mask;
    ///
    /// assert_eq!(Mask::new().text("born 1815-12-10, mail ada@example.org"), "•••");
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates the mask of a delivery. It also hides the values that the decoder of the platform marks as personal. A platform
    /// that is not among these has none.
    ///
    /// ```
    /// use referral_webhooks::StoredDelivery;
    /// use referral_webhooks_inspector::{Platforms, mask::Mask};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED","customer":{"state":"CA"}}"#;
    /// let stored = StoredDelivery::new(http::HeaderMap::new(), body.into(), now, None);
    /// let mask = Mask::of(&Platforms::built_in(), "redpin", &stored);
    /// assert!(mask.body(&stored.body).to_text().contains("CREATED"));
    /// ```
    #[must_use]
    pub fn of(platforms: &Platforms, platform: &str, stored: &StoredDelivery) -> Self {
        let decoded = platforms.decode(platform, &stored.headers, &stored.body, None);
        Self::known(decoded.as_ref(), &stored.headers)
    }

    /// Creates the mask of a delivery that was decoded.
    pub(crate) fn known(decoded: Option<&Decoded>, headers: &HeaderMap) -> Self {
        Self(decoded.map(|decoded| Known::of(decoded, headers)).unwrap_or_default())
    }

    /// Returns the value of a header. Credentials and addresses are masked, and the beginning of a signature is kept.
    ///
    /// ```
    /// use referral_webhooks_inspector::mask::Mask;
    ///
    /// let value = Mask::new().header("svix-signature", b"v1,M35lqEd63CxPDPD2cBlkSavpSM5pmjhBAIIUzzfbaqY=");
    /// assert_eq!(value, "v1,M35lqE…=");
    /// ```
    #[must_use]
    pub fn header(&self, name: &str, value: &[u8]) -> String {
        header::header(&self.0, name, value)
    }

    /// Returns the names and masked values of headers, in their order.
    ///
    /// ```
    /// use referral_webhooks_inspector::mask::Mask;
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("authorization", "Bearer rT7kQ2mX9vB4nL6p".parse()?);
    /// assert_eq!(Mask::new().headers(&headers), [("authorization".to_owned(), "•••".to_owned())]);
    /// # Ok::<(), http::header::InvalidHeaderValue>(())
    /// ```
    #[must_use]
    pub fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let masked = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), self.header(name.as_str(), value.as_bytes()))
        };
        headers.iter().map(masked).collect()
    }

    /// Returns a body with masked values.
    ///
    /// ```
    /// use referral_webhooks_inspector::mask::{Mask, Shown};
    ///
    /// let form = Mask::new().body(b"payload=%7B%22email%22%3A%22jane%40example.com%22%7D");
    /// assert_eq!(form.to_text(), r#"payload={"email":"j•••@example.com"}"#);
    /// assert!(matches!(Mask::new().body(b"\xff\xfe"), Shown::Hidden { bytes: 2, .. }));
    /// ```
    #[must_use]
    pub fn body(&self, bytes: &[u8]) -> Shown {
        body(&self.0, bytes)
    }

    /// Returns a JSON value as it is shown at its place, a JSON pointer.
    ///
    /// ```
    /// use referral_webhooks_inspector::mask::Mask;
    ///
    /// assert_eq!(Mask::new().value_at("/customer/name/0", "\"gold\""), "\"•••\"");
    /// assert_eq!(Mask::new().value_at("/plan", "\"gold\""), "\"gold\"");
    /// ```
    #[must_use]
    pub fn value_at(&self, pointer: &str, value: &str) -> String {
        json(&self.0, value, sense_at(pointer), 0)
    }

    /// Returns a JSON pointer without names that are addresses or credentials.
    pub(crate) fn pointer(&self, pointer: &str) -> String {
        let shown = |name: &str| value::masked(name, Sense::Open).unwrap_or_else(|| name.to_owned());
        pointer.split('/').map(shown).collect::<Vec<_>>().join("/")
    }

    /// Returns a text whose meaning is unknown, or `•••` if it may be personal: the value of a field, say.
    ///
    /// ```
    /// use referral_webhooks_inspector::mask::Mask;
    ///
    /// assert_eq!(Mask::new().text("REFERRAL_CREATED"), "REFERRAL_CREATED");
    /// assert_eq!(Mask::new().text("Ada Lovelace"), "•••");
    /// ```
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let sense = if self.0.hides(text) { Sense::Personal } else { Sense::Unknown };
        value::masked(text, sense).unwrap_or_else(|| text.to_owned())
    }

    /// Returns a path and query with masked values, long segments and addresses.
    ///
    /// ```
    /// use referral_webhooks_inspector::mask::Mask;
    ///
    /// assert_eq!(Mask::new().path("/hooks/redpin?token=x&a"), "/hooks/redpin?token=•••&a");
    /// assert_eq!(Mask::new().path("/hooks/rT7kQ2mX9vB4nL6pW3sY8zD5"), "/hooks/•••");
    /// ```
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        header::path(path)
    }
}
