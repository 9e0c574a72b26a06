//! An error of set-up, with the platform and the secret that it concerns.

use std::error::Error;
use std::fmt;

use crate::{ConfigError, SecretRole};

/// The reason for which an endpoint could not be set up: the platform, the secret, and the accident.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::prefinery::Prefinery;
///
/// let error = Endpoint::<Prefinery>::new("${PREFINERY_SECRET}").unwrap_err();
/// assert!(error.to_string().starts_with("the current secret of the Prefinery endpoint is refused: "));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointError {
    platform: &'static str,
    role: Option<SecretRole>,
    accident: ConfigError,
}

impl EndpointError {
    pub(crate) const fn new(platform: &'static str, role: Option<SecretRole>, accident: ConfigError) -> Self {
        Self { platform, role, accident }
    }

    /// Returns the platform's name for people.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, platform::prefinery::Prefinery};
    /// let error = Endpoint::<Prefinery>::new("changeme").unwrap_err();
    /// assert_eq!(error.platform(), "Prefinery");
    /// ```
    #[must_use]
    pub const fn platform(&self) -> &'static str {
        self.platform
    }

    /// Returns the role of the refused secret. `None` if the error is not about a secret.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, SecretRole, Variant, platform::prefinery::Prefinery};
    /// let endpoint = Endpoint::<Prefinery>::new("correct horse battery staple")?;
    /// let error = endpoint.clone().or_previous("changeme").unwrap_err();
    /// assert_eq!(error.role(), Some(SecretRole::Previous(1)));
    /// assert_eq!(endpoint.pin(Variant::HexKey).unwrap_err().role(), None);
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn role(&self) -> Option<SecretRole> {
        self.role
    }

    /// Returns the accident.
    ///
    /// ```
    /// # use referral_webhooks::{ConfigError, Endpoint, platform::prefinery::Prefinery};
    /// let error = Endpoint::<Prefinery>::new("${PREFINERY_SECRET}").unwrap_err();
    /// assert_eq!(error.accident(), ConfigError::Reference);
    /// ```
    #[must_use]
    pub const fn accident(&self) -> ConfigError {
        self.accident
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { platform, role, accident } = self;
        match role {
            Some(role) => write!(f, "the {role} of the {platform} endpoint is refused: {accident}"),
            None => write!(f, "the {platform} endpoint cannot be set up: {accident}"),
        }
    }
}

impl Error for EndpointError {}

impl From<EndpointError> for ConfigError {
    fn from(error: EndpointError) -> Self {
        error.accident
    }
}
