//! The encoding of headers in a store.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Encodes headers as lines `name:value`. A header's value contains no line break.
///
/// ```
/// use http::HeaderMap;
/// use referral_webhooks_inbox::store::headers;
///
/// let mut received = HeaderMap::new();
/// received.insert("svix-id", "msg_2a9".parse()?);
/// assert_eq!(headers::to_lines(&received), b"svix-id:msg_2a9\n");
/// assert_eq!(headers::from_lines(b"svix-id:msg_2a9\n"), received);
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[must_use]
pub fn to_lines(headers: &HeaderMap) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.push(b':');
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
    lines
}

/// Decodes such lines, and skips invalid ones. If the proof of a delivery needs a skipped header, the delivery does not
/// verify.
///
/// ```
/// use referral_webhooks_inbox::store::headers;
///
/// let headers = headers::from_lines(b"svix-id:msg_1\nwithout a colon\n");
/// assert_eq!(headers.len(), 1);
/// assert_eq!(headers["svix-id"], "msg_1");
/// ```
#[must_use]
pub fn from_lines(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (HeaderName::from_bytes(&line[..at]), HeaderValue::from_bytes(&line[at + 1..]));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_as_they_were() {
        let mut headers = HeaderMap::new();
        headers.append("svix-signature", HeaderValue::from_static("v1,a v1,b"));
        headers.append("svix-signature", HeaderValue::from_static("v1,c"));
        headers.append("content-type", HeaderValue::from_static(""));
        headers.append("x", HeaderValue::from_bytes(b"a:b\t\xff").expect("it has no line break"));
        assert_eq!(from_lines(&to_lines(&headers)), headers);
        assert_eq!(from_lines(b"no colon\n:no name\nbad name:x\n"), HeaderMap::new());
    }
}
