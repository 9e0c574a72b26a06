//! A person who uses the page.

use std::fmt;

/// The rights of an operator. Rights add up.
///
/// ```
/// use referral_webhooks_inspector::Rights;
///
/// let rights = Rights::VIEW.and(Rights::ACT);
/// assert!(rights.may(Rights::ACT) && !rights.may(Rights::REVEAL));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// Sees deliveries with masked personal data.
    pub const VIEW: Self = Self(1);
    /// Reveals the personal data of a delivery. Each revealing is logged.
    pub const REVEAL: Self = Self(1 | 2);
    /// Acts on deliveries: processes or decodes them again, cancels, discards and erases them, and marks them as done.
    pub const ACT: Self = Self(1 | 4);
    /// All rights.
    pub const ALL: Self = Self(1 | 2 | 4);

    /// Returns these rights and the others.
    ///
    /// ```
    /// use referral_webhooks_inspector::Rights;
    ///
    /// assert_eq!(Rights::ACT.and(Rights::REVEAL), Rights::ALL);
    /// ```
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Returns whether all these rights are among the own ones.
    ///
    /// ```
    /// use referral_webhooks_inspector::Rights;
    ///
    /// assert!(Rights::ALL.may(Rights::REVEAL));
    /// ```
    #[must_use]
    pub const fn may(self, rights: Self) -> bool {
        self.0 & rights.0 == rights.0
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [(Self::VIEW, "view"), (Self::REVEAL, "reveal"), (Self::ACT, "act")];
        f.debug_set().entries(names.into_iter().filter(|(right, _)| self.may(*right)).map(|(_, name)| name)).finish()
    }
}

/// A person who uses the page. The name is written to the history of each entry that they act on.
///
/// ```
/// use referral_webhooks_inspector::{Operator, Rights};
///
/// let dana = Operator::new("dana@example.com", Rights::ALL);
/// assert_eq!(dana.name(), "dana@example.com");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    name: String,
    rights: Rights,
}

impl Operator {
    /// Creates an operator. A name is shortened to 100 characters.
    ///
    /// ```
    /// use referral_webhooks_inspector::{Operator, Rights};
    ///
    /// let reader = Operator::new("support", Rights::VIEW);
    /// # assert!(!reader.rights().may(Rights::ACT));
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, rights: Rights) -> Self {
        let name: String = name.into().trim().chars().filter(|character| !character.is_control()).take(100).collect();
        Self { name: if name.is_empty() { "unnamed".to_owned() } else { name }, rights }
    }

    /// Returns the name.
    ///
    /// ```
    /// use referral_webhooks_inspector::{Operator, Rights};
    ///
    /// assert_eq!(Operator::new(" dana ", Rights::VIEW).name(), "dana");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the rights.
    ///
    /// ```
    /// use referral_webhooks_inspector::{Operator, Rights};
    ///
    /// assert_eq!(Operator::new("dana", Rights::ACT).rights(), Rights::ACT);
    /// ```
    #[must_use]
    pub const fn rights(&self) -> Rights {
        self.rights
    }
}
