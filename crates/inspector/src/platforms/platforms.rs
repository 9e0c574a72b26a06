//! The platforms whose deliveries can be decoded.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use referral_webhooks::platform::{Facts, Platform, Visit, visit_all};

use super::decoded::{Decoded, decode};

/// The platforms whose deliveries can be decoded, by name. Clones share them.
///
/// ```
/// use referral_webhooks_inspector::Platforms;
/// use referral_webhooks::profile::Profile;
///
/// let acme: Profile = toml::from_str(r#"
///     name = "acme"
///     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
///     event.name = "/type"
/// "#)?;
/// let platforms = Platforms::built_in().with(acme);
/// assert_eq!(platforms.facts("acme").map(|facts| facts.title), Some("acme"));
/// assert!(platforms.facts("redpin").is_some());
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Platforms(Arc<BTreeMap<&'static str, Decoder>>);

type Decode = dyn Fn(&HeaderMap, &[u8], Option<u32>) -> Decoded + Send + Sync;

#[derive(Clone)]
struct Decoder {
    facts: Facts,
    decode: Arc<Decode>,
}

impl Platforms {
    /// Returns the built-in platforms.
    ///
    /// ```
    /// use referral_webhooks_inspector::Platforms;
    ///
    /// assert!(Platforms::built_in().facts("redpin").is_some());
    /// ```
    #[must_use]
    pub fn built_in() -> Self {
        struct All(BTreeMap<&'static str, Decoder>);
        impl Visit for All {
            fn visit<P: Platform + Default>(&mut self, platform: P) {
                self.0.insert(platform.facts().name, Decoder::of(platform));
            }
        }
        let mut all = All(BTreeMap::new());
        visit_all(&mut all);
        Self(Arc::new(all.0))
    }

    /// Adds a platform of the application or a profile, in place of one with its name.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_inspector::Platforms;
    ///
    /// let platforms = Platforms::default().with(Redpin);
    /// assert!(platforms.facts("redpin").is_some() && platforms.facts("refir").is_none());
    /// ```
    #[must_use]
    pub fn with<P: Platform>(mut self, platform: P) -> Self {
        Arc::make_mut(&mut self.0).insert(platform.facts().name, Decoder::of(platform));
        self
    }

    /// Returns the facts of a platform; `None` if it is not among these.
    ///
    /// ```
    /// use referral_webhooks_inspector::Platforms;
    ///
    /// assert_eq!(Platforms::built_in().facts("redpin").map(|facts| facts.title), Some("Redpin"));
    /// assert!(Platforms::built_in().facts("unheard-of").is_none());
    /// ```
    #[must_use]
    pub fn facts(&self, name: &str) -> Option<&Facts> {
        self.0.get(name).map(|decoder| &decoder.facts)
    }

    /// Decodes a stored body by the platform of this name, or the item at this position of it. `None` if the platform is
    /// not among these.
    ///
    /// ```
    /// use referral_webhooks_inspector::Platforms;
    ///
    /// let body = br#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    /// let decoded = Platforms::built_in().decode("redpin", &http::HeaderMap::new(), body, None).unwrap();
    /// assert_eq!(decoded.event.as_deref(), Some("REFERRAL_CREATED"));
    /// ```
    #[must_use]
    pub fn decode(&self, name: &str, headers: &HeaderMap, body: &[u8], item: Option<u32>) -> Option<Decoded> {
        self.0.get(name).map(|decoder| (decoder.decode)(headers, body, item))
    }
}

impl Decoder {
    fn of<P: Platform>(platform: P) -> Self {
        let facts = platform.facts().clone();
        let decode: Arc<Decode> = Arc::new(move |headers, body, item| decode(&platform, headers, body, item));
        Self { facts, decode }
    }
}

impl fmt::Debug for Platforms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Platforms").field(&self.0.keys()).finish()
    }
}
