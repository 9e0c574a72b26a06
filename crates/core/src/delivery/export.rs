//! A request as a file.

use http::HeaderMap;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};

use super::observer::Refused;

/// Returns a request as a `.http` file: the message on the wire, without chunks. `refhook doctor` and `refhook verify`
/// read it.
///
/// A body that was cut announces more bytes than the file has, so that tools report it as cut off.
///
/// ```
/// use http::HeaderMap;
/// use referral_webhooks::http_message;
///
/// let file = http_message("POST", "/hooks/redpin", &HeaderMap::new(), b"{}", Some(2));
/// assert_eq!(file, b"POST /hooks/redpin HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}");
/// ```
#[must_use]
pub fn http_message(method: &str, path: &str, headers: &HeaderMap, body: &[u8], body_length: Option<u64>) -> Vec<u8> {
    let path = if path.is_empty() { "/" } else { path };
    let mut file = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
    if !headers.contains_key(HOST) {
        file.extend_from_slice(b"host: localhost\r\n");
    }
    for (name, value) in headers.iter().filter(|(name, _)| ![CONTENT_LENGTH, TRANSFER_ENCODING].contains(name)) {
        file.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let came = body.len() as u64;
    let announced = body_length.unwrap_or(came + 1).max(came);
    file.extend_from_slice(format!("{CONTENT_LENGTH}: {announced}\r\n\r\n").as_bytes());
    file.extend_from_slice(body);
    file
}

impl Refused<'_> {
    /// Returns the request as a `.http` file, which `refhook doctor` and `refhook verify` read.
    ///
    /// ```
    /// use referral_webhooks::{Observer, Refused};
    ///
    /// struct Folder;
    ///
    /// impl Observer for Folder {
    ///     fn body_bytes(&self) -> usize {
    ///         64 * 1024
    ///     }
    ///
    ///     fn refused(&self, refused: &Refused<'_>) {
    ///         let _file = refused.to_http(); // Send it to a task that writes files, within a budget.
    ///     }
    /// }
    /// # let _ = Folder;
    /// ```
    #[must_use]
    pub fn to_http(&self) -> Vec<u8> {
        http_message(self.method.as_str(), &self.path, &self.headers, &self.body, self.body_length)
    }
}
