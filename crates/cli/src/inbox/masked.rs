//! A request as it is shown: without personal data, or as it was stored.

use referral_webhooks::StoredDelivery;

/// The headers and the body of a request, as texts.
pub(super) struct Masked {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Masked {
    /// Returns a request without personal data.
    pub(super) fn of(_platform: &str, delivery: &StoredDelivery) -> Self {
        let headers = delivery.headers.keys().map(|name| (name.as_str().to_owned(), "•••".to_owned())).collect();
        Self { headers, body: format!("••• ({} bytes)", delivery.body.len()) }
    }

    /// Returns a request as it was stored. Bytes that are no text are replaced.
    pub(super) fn revealed(delivery: &StoredDelivery) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = delivery.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect();
        Self { headers, body: text(&delivery.body) }
    }
}
