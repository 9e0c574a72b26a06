//! The token of the link that opens the page on this machine.

use std::fmt;
use std::net::SocketAddr;

use super::key::{Key, nonce};

/// The token of the link that opens the page on this machine. The program prints the link, and a browser exchanges its
/// token for a cookie.
///
/// ```
/// use referral_webhooks_inspector::LinkToken;
///
/// let token = LinkToken::random();
/// println!("open {}", token.url("127.0.0.1:4040".parse()?));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone)]
pub struct LinkToken(String);

impl LinkToken {
    /// Creates a random token.
    ///
    /// ```
    /// use referral_webhooks_inspector::LinkToken;
    ///
    /// let token = LinkToken::random();
    /// assert_eq!(format!("{token:?}"), "LinkToken([redacted])");
    /// ```
    #[must_use]
    pub fn random() -> Self {
        Self(nonce() + &nonce())
    }

    /// Creates a token of a text, so that cookies outlive the program. Returns `None` if the text has fewer than 32
    /// characters, or others than letters, digits, `-` and `_`.
    ///
    /// ```
    /// use referral_webhooks_inspector::LinkToken;
    ///
    /// assert!(LinkToken::new("short").is_none());
    /// assert!(LinkToken::new("Kx2T9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA").is_some());
    /// ```
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (text.len() >= 32 && text.len() <= 200 && text.bytes().all(is_valid)).then(|| Self(text.to_owned()))
    }

    /// Returns the link to the page at an address of this machine.
    ///
    /// ```
    /// use referral_webhooks_inspector::LinkToken;
    ///
    /// let url = LinkToken::random().url("127.0.0.1:4040".parse()?);
    /// assert!(url.starts_with("http://127.0.0.1:4040/?token="));
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn url(&self, address: SocketAddr) -> String {
        format!("http://{address}/?token={}", self.0)
    }

    /// Returns whether a text is the token, in constant time.
    pub(crate) fn is(&self, text: &str) -> bool {
        // The proofs are compared, which hides the length too.
        let key = Key::random();
        key.proves(&key.prove("token", &[&self.0]), "token", &[text])
    }

    /// Returns the key of the cookies.
    pub(crate) fn key(&self) -> Key {
        Key::of(self.0.as_bytes())
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_equal_to_itself_alone() {
        let token = LinkToken::random();
        assert!(token.is(&token.0.clone()));
        for other in ["", "a", &token.0[1..], &token.0.to_uppercase(), &format!("{}A", token.0)] {
            assert!(!token.is(other), "{other}");
        }
        assert!(!token.is(&LinkToken::random().0));
    }
}
