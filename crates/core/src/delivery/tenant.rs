//! The name of a tenant.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name of a tenant: whose endpoint it is, where one route serves many.
///
/// A name has 1 to 100 ASCII letters, digits, `-`, `_` and `.`, so that it is one segment of a path as it is written. It
/// is cheap to clone, and it appears in logs: a secret is not a name.
///
/// ```
/// use referral_webhooks::Tenant;
///
/// let tenant: Tenant = "acme-eu".parse()?;
/// assert_eq!(tenant.as_str(), "acme-eu");
/// # Ok::<(), referral_webhooks::InvalidTenant>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(Arc<str>);

/// The error of a text that cannot be the name of a tenant.
///
/// ```
/// use referral_webhooks::Tenant;
///
/// for text in ["", "a/b", "%61cme", "größe"] {
///     let error = text.parse::<Tenant>().unwrap_err();
///     assert_eq!(error.to_string(), "a tenant's name has 1 to 100 ASCII letters, digits, `-`, `_` and `.`");
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidTenant;

/// The maximum length of a name, in bytes.
const MOST: usize = 100;

impl Tenant {
    /// Returns the tenant with this name.
    ///
    /// ```
    /// use referral_webhooks::Tenant;
    ///
    /// assert!(Tenant::new("acme").is_ok());
    /// assert!(Tenant::new("../acme").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If the name is empty, longer than 100 bytes, or has a character that is not an ASCII letter, a digit, `-`, `_` or
    /// `.`.
    pub fn new(name: impl AsRef<str>) -> Result<Self, InvalidTenant> {
        let name = name.as_ref();
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > MOST || !name.bytes().all(is_allowed) {
            return Err(InvalidTenant);
        }
        Ok(Self(name.into()))
    }

    /// Returns the name.
    ///
    /// ```
    /// # use referral_webhooks::Tenant;
    /// assert_eq!(Tenant::new("acme")?.as_str(), "acme");
    /// # Ok::<(), referral_webhooks::InvalidTenant>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tenant {
    type Err = InvalidTenant;

    fn from_str(name: &str) -> Result<Self, InvalidTenant> {
        Self::new(name)
    }
}

impl AsRef<str> for Tenant {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Tenant {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for InvalidTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tenant's name has 1 to 100 ASCII letters, digits, `-`, `_` and `.`")
    }
}

impl std::error::Error for InvalidTenant {}
