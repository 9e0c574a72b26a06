//! Names of signing algorithms.

use std::str::FromStr;

use crate::ConfigError;

/// An algorithm that signs deliveries, named in a text such as a file of settings.
///
/// MD5 and SHA-1 are refused by name, because their digests can be forged (MD5 after a secret without HMAC) or are about to
/// be. A platform that offers nothing else is treated as unsigned: give it a secret URL, with [`UrlToken`](crate::UrlToken).
///
/// ```
/// use referral_webhooks::{Algorithm, ConfigError};
///
/// assert_eq!("HMAC-SHA256".parse(), Ok(Algorithm::HmacSha256));
/// let error = "hmac-sha1".parse::<Algorithm>().unwrap_err();
/// assert_eq!(error, ConfigError::WeakAlgorithm("SHA-1"));
/// assert!(error.to_string().contains("secret URL"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256: `hmac-sha256`, `sha256`, `HS256`.
    HmacSha256,
}

impl Algorithm {
    /// Returns the name, as this crate writes it.
    ///
    /// ```
    /// # use referral_webhooks::Algorithm;
    /// assert_eq!(Algorithm::HmacSha256.as_str(), "hmac-sha256");
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
        }
    }
}

/// Parses a name in any letter case, with any signs between its words.
impl FromStr for Algorithm {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let bare = plain.replace("hmac", "").replace("hex", "").replace("base64", "").replace("with", "");
        match bare.as_str() {
            "sha256" | "sha2256" | "hs256" => Ok(Self::HmacSha256),
            name if name.contains("md5") || name.contains("md4") => Err(ConfigError::WeakAlgorithm("MD5")),
            name if name == "sha" || name == "hs1" || name.contains("sha1") => Err(ConfigError::WeakAlgorithm("SHA-1")),
            _ => Err(ConfigError::UnknownAlgorithm),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_algorithms_are_refused_by_name() {
        let (strong, unknown) = (Ok(Algorithm::HmacSha256), Err(ConfigError::UnknownAlgorithm));
        let (md5, sha1) = (Err(ConfigError::WeakAlgorithm("MD5")), Err(ConfigError::WeakAlgorithm("SHA-1")));
        for (text, want) in [
            ("hmac-sha256", strong),
            ("HMAC_SHA256", strong),
            ("HmacSHA256", strong),
            ("sha256", strong),
            ("SHA-256", strong),
            ("HS256", strong),
            ("hmac-sha256-hex", strong),
            ("md5", md5),
            ("MD5", md5),
            ("hmac-md5", md5),
            ("HmacMD5", md5),
            ("md5-hex", md5),
            ("sha1", sha1),
            ("SHA-1", sha1),
            ("sha", sha1),
            ("hmac-sha1", sha1),
            ("HMAC_SHA_1", sha1),
            ("sha1-hex", sha1),
            ("hmac", unknown),
            ("", unknown),
            ("sha512", unknown),
            ("sha384", unknown),
            ("rs256", unknown),
            ("none", unknown),
            ("crc32", unknown),
        ] {
            assert_eq!(text.parse::<Algorithm>(), want, "{text}");
        }
    }
}
