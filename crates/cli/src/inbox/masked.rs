//! A request as it is shown: without personal data, or as it was stored.

use referral_webhooks::StoredDelivery;
use referral_webhooks::profile::Profile;
use referral_webhooks_inspector::Platforms;
use referral_webhooks_inspector::mask::Mask;

/// The headers and the body of a request, as texts.
pub(super) struct Masked {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// The masks of all platforms, which are those of the deliveries page.
pub(super) struct Masks(Platforms);

impl Masks {
    /// Returns the masks of the built-in platforms and of these profiles.
    pub(super) fn new(profiles: impl IntoIterator<Item = Profile>) -> Self {
        Self(profiles.into_iter().fold(Platforms::built_in(), Platforms::with))
    }

    /// Returns a request without personal data.
    pub(super) fn masked(&self, platform: &str, delivery: &StoredDelivery) -> Masked {
        let mask = Mask::of(&self.0, platform, delivery);
        let body = mask.body(&delivery.body).to_text().into_owned();
        Masked { headers: mask.headers(&delivery.headers), body }
    }
}

impl Masked {
    /// Returns a request as it was stored. Bytes other than text are replaced.
    pub(super) fn revealed(delivery: &StoredDelivery) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = delivery.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect();
        Self { headers, body: text(&delivery.body) }
    }
}
