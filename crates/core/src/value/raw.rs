//! Bytes and JSON that are passed on unchanged.

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

/// A payload, unchanged. `Debug` prints its length only, because the payload may contain personal data.
///
/// ```
/// use referral_webhooks::platform::{Event, Platform, redpin::Redpin};
///
/// let event = Redpin.decode(&r#"{"event_name":"REFERRAL_ARCHIVED"}"#.into());
/// assert_eq!(format!("{:?}", event.other().unwrap().body), "RawBody(34 bytes)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawBody(Bytes);

impl RawBody {
    /// Makes a body of a payload. The bytes are shared, not copied.
    ///
    /// ```
    /// use referral_webhooks::value::RawBody;
    ///
    /// assert_eq!(RawBody::new(&"hello".into()).as_str(), Some("hello"));
    /// ```
    #[must_use]
    pub fn new(bytes: &Bytes) -> Self {
        Self(bytes.clone())
    }

    /// Returns the bytes with their owner.
    #[cfg(feature = "profile")]
    pub(crate) const fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Returns the bytes.
    ///
    /// ```
    /// use referral_webhooks::platform::{Event, Platform, redpin::Redpin};
    ///
    /// let event = Redpin.decode(&b"\xff"[..].into());
    /// assert_eq!(event.other().unwrap().body.as_bytes(), b"\xff");
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the text if the payload is UTF-8.
    ///
    /// ```
    /// use referral_webhooks::platform::{Event, Platform, redpin::Redpin};
    ///
    /// let (text, bytes) = (Redpin.decode(&"hello".into()), Redpin.decode(&b"\xff"[..].into()));
    /// assert_eq!(text.other().unwrap().body.as_str(), Some("hello"));
    /// assert_eq!(bytes.other().unwrap().body.as_str(), None);
    /// ```
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Reads the payload as a type of the caller.
    ///
    /// ```
    /// use referral_webhooks::platform::{Event, Platform, redpin::Redpin};
    ///
    /// let event = Redpin.decode(&"[1, 2]".into());
    /// assert_eq!(event.other().unwrap().body.json::<Vec<u8>>()?, [1, 2]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the payload is not JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.0)
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBody({} bytes)", self.0.len())
    }
}

/// Serialises the payload as text. Bytes that are not UTF-8 are replaced.
impl Serialize for RawBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.0))
    }
}

/// A JSON value that the platform does not describe, kept as text. `Debug` prints its length only.
///
/// ```
/// use std::collections::HashMap;
///
/// use referral_webhooks::value::RawJson;
///
/// let profile: RawJson = serde_json::from_str(r#"{"plan":"gold"}"#)?;
/// assert_eq!(profile.as_str(), r#"{"plan":"gold"}"#);
/// assert_eq!(profile.json::<HashMap<String, String>>()?["plan"], "gold");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Returns the JSON text.
    ///
    /// ```
    /// use referral_webhooks::value::RawJson;
    ///
    /// let list: RawJson = serde_json::from_str("[1, 2.50]")?;
    /// assert_eq!(list.as_str(), "[1, 2.50]");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Reads the value as a type of the caller.
    ///
    /// ```
    /// use referral_webhooks::value::RawJson;
    ///
    /// let list: RawJson = serde_json::from_str("[1, 2]")?;
    /// assert_eq!(list.json::<Vec<u8>>()?, [1, 2]);
    /// assert!(list.json::<String>().is_err());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the value does not have this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.as_str().len())
    }
}
