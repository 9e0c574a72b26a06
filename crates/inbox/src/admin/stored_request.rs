//! A stored request, for a search of people.

use referral_webhooks::StoredDelivery;
use serde_json::Value;

use crate::store::{Entry, RefusedRequest};

/// A stored request, for the predicate of [`Inbox::erase_where`](crate::Inbox::erase_where): an entry with its body, or a
/// refused request.
///
/// ```
/// use referral_webhooks_inbox::StoredRequest;
///
/// fn is_robin(stored: &StoredRequest) -> bool {
///     stored.mentions("robin@example.com") || stored.mentions("+1 555 0100")
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredRequest {
    /// The name of the endpoint.
    pub endpoint: String,
    /// The entry; `None` for a refused request.
    pub entry: Option<Entry>,
    /// The masked path and query of a refused request; empty for an entry, whose path is not stored.
    pub path: String,
    /// The headers and the body as received. A delivery was verified when it was received, and is not verified again. The
    /// body of a refused request may be cut off.
    pub delivery: StoredDelivery,
}

impl From<RefusedRequest> for StoredRequest {
    fn from(refused: RefusedRequest) -> Self {
        let RefusedRequest { endpoint, path, headers, body, at, .. } = refused;
        Self { endpoint, entry: None, path, delivery: StoredDelivery::new(headers, body, at, None) }
    }
}

impl StoredRequest {
    /// Returns whether the request has this text, in upper or lower case: in the path, in a header, in the bytes of the
    /// body, in the values of a form, or in the names and texts of JSON, so that escapes hide no address. An empty text is
    /// in no request.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use referral_webhooks::StoredDelivery;
    /// use referral_webhooks_inbox::{EntryId, StoredRequest};
    /// use referral_webhooks_inbox::store::{Entry, State};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let body = Bytes::from_static(br#"payload=%7B%22email%22%3A%22Robin\u0040example.com%22%7D"#);
    /// let delivery = StoredDelivery::new(http::HeaderMap::new(), body, now, None);
    /// let stored = StoredRequest::new(Entry::new(EntryId(7), State::Completed, now, now), delivery);
    /// assert!(stored.mentions("robin@example.com"));
    /// assert!(!stored.mentions(""));
    /// ```
    #[must_use]
    pub fn mentions(&self, text: &str) -> bool {
        let (wanted, body) = (text.to_lowercase(), &*self.delivery.body);
        if wanted.is_empty() {
            return false;
        }
        let has_text = |found: &str| found.to_lowercase().contains(&wanted);
        let has = |bytes: &[u8]| has_text(&String::from_utf8_lossy(bytes)) || json_has(bytes, &has_text);
        let has_form = |form: &[u8]| {
            form_urlencoded::parse(form).any(|(name, value)| has(name.as_bytes()) || has(value.as_bytes()))
        };
        let mut headers = self.delivery.headers.values().map(http::HeaderValue::as_bytes);
        // Separators of a path are those of a form, so that its escapes hide no address either.
        let path = self.path.replace(['/', '?'], "&");
        has(body) || has_form(body) || has(self.path.as_bytes()) || has_form(path.as_bytes()) || headers.any(has)
    }

    /// Joins an entry and its body.
    ///
    /// ```
    /// use referral_webhooks::StoredDelivery;
    /// use referral_webhooks_inbox::StoredRequest;
    /// use referral_webhooks_inbox::store::Entry;
    ///
    /// fn join(entry: Entry, delivery: StoredDelivery) -> StoredRequest {
    ///     StoredRequest::new(entry, delivery)
    /// }
    /// ```
    #[must_use]
    pub fn new(entry: Entry, delivery: StoredDelivery) -> Self {
        Self { endpoint: entry.endpoint.clone(), entry: Some(entry), path: String::new(), delivery }
    }
}

/// Returns whether a name or a text of a JSON document satisfies a predicate.
fn json_has(document: &[u8], has_text: &impl Fn(&str) -> bool) -> bool {
    // The parser bounds the depth, and so the recursion.
    fn any(value: &Value, has_text: &impl Fn(&str) -> bool) -> bool {
        match value {
            Value::String(text) => has_text(text),
            Value::Array(values) => values.iter().any(|value| any(value, has_text)),
            Value::Object(members) => members.iter().any(|(name, value)| has_text(name) || any(value, has_text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    serde_json::from_slice(document).is_ok_and(|value| any(&value, has_text))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use time::OffsetDateTime;

    use super::*;
    use crate::store::{EntryId, State};

    #[test]
    fn an_address_is_found_in_every_encoding() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let rows = [
            (r#"{"email":"ada@example.org"}"#, true),
            (r#"{"email":"ADA@Example.ORG"}"#, true),
            (r#"{"email":"ada\u0040example.org"}"#, true),
            (r#"{"a":[{"b":["\u0061da@example.org"]}]}"#, true),
            (r#"{"ada@example.org":1}"#, true),
            (r#"not json: ada@example.org"#, true),
            ("payload=%7B%22email%22%3A%22ada%40example.org%22%7D", true),
            ("payload=%7B%22email%22%3A%22ada%5Cu0040example.org%22%7D", true),
            ("email=ada%40example.org&x=1", true),
            (r#"{"email":"grace@example.org"}"#, false),
            (r#"{"email":"ada@example.or"}"#, false),
            ("", false),
        ];
        for (body, want) in rows {
            let delivery = StoredDelivery::new(HeaderMap::new(), Bytes::from(body.to_owned()), now, None);
            let stored = StoredRequest::new(Entry::new(EntryId(1), State::Available, now, now), delivery);
            assert_eq!(stored.mentions("Ada@example.org"), want, "{body}");
            assert!(!stored.mentions(""), "{body}");
        }
    }

    #[test]
    fn an_address_is_found_in_the_path_and_the_headers_of_a_refused_request() {
        let rows = [
            ("/hooks/ada@example.org", "", true),
            ("/hooks/ada%40example.org/redpin", "", true),
            ("/hooks?email=ada%40example.org&x=1", "", true),
            ("/hooks?email=ADA@EXAMPLE.ORG", "", true),
            ("/hooks", "Ada <ada@example.org>", true),
            ("/hooks?email=grace%40example.org", "grace@example.org", false),
        ];
        for (path, header, want) in rows {
            let mut refused = RefusedRequest::new("shop", "redpin", "too-old", OffsetDateTime::UNIX_EPOCH);
            refused.path = path.to_owned();
            refused.headers.insert("from", http::HeaderValue::from_static(header));
            let stored = StoredRequest::from(refused);
            assert_eq!(stored.mentions("ada@example.org"), want, "{path} {header}");
            assert!(stored.entry.is_none() && !stored.mentions(""));
        }
    }
}
