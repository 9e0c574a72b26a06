//! A platform's contract as a value, for answers whose platform is found by the path.

use std::sync::Arc;

use referral_webhooks::Contract;
use referral_webhooks::platform::Platform;

/// The contract that an answer must keep, with the names for its log events.
///
/// ```
/// use referral_webhooks::platform::prefinery::Prefinery;
/// use referral_webhooks_door::Terms;
///
/// let terms = Terms::of(&Prefinery).at("/hooks/prefinery");
/// assert_eq!((terms.platform(), terms.path()), ("prefinery", Some("/hooks/prefinery")));
/// assert_eq!(terms.contract().transient, 429);
/// ```
#[derive(Debug, Clone)]
pub struct Terms {
    platform: &'static str,
    contract: &'static Contract,
    path: Option<Arc<str>>,
}

impl Terms {
    /// Returns the terms of a platform, at an unknown path.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_door::Terms;
    ///
    /// assert_eq!(Terms::of(&Redpin).path(), None);
    /// ```
    #[must_use]
    pub fn of(platform: &impl Platform) -> Self {
        let facts = platform.facts();
        Self { platform: facts.name, contract: facts.contract, path: None }
    }

    /// Returns the terms with the template of the path, such as `/hooks/refir/{token}`.
    ///
    /// ```
    /// # use referral_webhooks::platform::refir::Refir;
    /// # use referral_webhooks_door::Terms;
    /// assert_eq!(Terms::of(&Refir).at("/hooks/refir/{token}").path(), Some("/hooks/refir/{token}"));
    /// ```
    #[must_use]
    pub fn at(self, path: impl Into<Arc<str>>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// Returns the platform's name.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_door::Terms;
    /// assert_eq!(Terms::of(&Redpin).platform(), "redpin");
    /// ```
    #[must_use]
    pub const fn platform(&self) -> &'static str {
        self.platform
    }

    /// Returns the platform's contract.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_door::Terms;
    /// assert_eq!(Terms::of(&Redpin).contract().transient, 503);
    /// ```
    #[must_use]
    pub const fn contract(&self) -> &'static Contract {
        self.contract
    }

    /// Returns the template of the path, if it is known. It has no token.
    ///
    /// ```
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_door::Terms;
    /// assert_eq!(Terms::of(&Redpin).at("/redpin").path(), Some("/redpin"));
    /// ```
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}
