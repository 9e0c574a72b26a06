//! A person in a summary.

use std::borrow::Cow;
use std::fmt;

use crate::value::{Id, Personal};

/// A person: the advocate who refers, or the friend who is referred.
///
/// `Debug` hides name and e-mail address, and an id that is an e-mail address.
///
/// ```
/// use referral_webhooks::summary::Party;
/// use referral_webhooks::value::{Id, Personal};
///
/// let id: Id = serde_json::from_str("7")?;
/// let email: Personal = serde_json::from_str(r#""avery@example.com""#)?;
/// let advocate = Party::of_id(Some(&id)).coded(Some("AVERY1")).mailed(Some(&email));
/// assert_eq!((advocate.id.as_deref(), advocate.code.as_deref()), (Some("7"), Some("AVERY1")));
/// assert!(!format!("{advocate:?}").contains("avery@"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Party<'e> {
    /// The platform's id of the person.
    pub id: Option<Cow<'e, str>>,
    /// The merchant's own id of the person, if the platform repeats it.
    pub own_id: Option<Cow<'e, str>>,
    /// The person's referral code.
    pub code: Option<Cow<'e, str>>,
    /// The person's name.
    pub name: Option<Personal>,
    /// The person's e-mail address.
    pub email: Option<Personal>,
}

impl<'e> Party<'e> {
    /// Returns a person with the platform's id.
    ///
    /// ```
    /// use referral_webhooks::summary::Party;
    ///
    /// assert!(Party::of_id(None).is_empty());
    /// ```
    #[must_use]
    pub fn of_id(id: Option<&'e Id>) -> Self {
        Self { id: id.map(|id| Cow::Borrowed(id.as_str())), ..Self::default() }
    }

    /// Adds the merchant's own id.
    ///
    /// ```
    /// use referral_webhooks::summary::Party;
    /// use referral_webhooks::value::Id;
    ///
    /// let own: Id = serde_json::from_str(r#""u_1001""#)?;
    /// assert_eq!(Party::default().own(Some(&own)).own_id.as_deref(), Some("u_1001"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn own(self, id: Option<&'e Id>) -> Self {
        Self { own_id: id.map(|id| Cow::Borrowed(id.as_str())), ..self }
    }

    /// Adds the referral code.
    ///
    /// ```
    /// use referral_webhooks::summary::Party;
    ///
    /// assert_eq!(Party::default().coded(Some("AVERY1")).code.as_deref(), Some("AVERY1"));
    /// ```
    #[must_use]
    pub fn coded(self, code: Option<&'e str>) -> Self {
        Self { code: code.map(Cow::Borrowed), ..self }
    }

    /// Adds the name.
    ///
    /// ```
    /// use referral_webhooks::summary::Party;
    /// use referral_webhooks::value::Personal;
    ///
    /// let name: Personal = serde_json::from_str(r#""Avery""#)?;
    /// assert_eq!(Party::default().named(Some(&name)).name, Some(name));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn named(self, name: Option<&Personal>) -> Self {
        Self { name: name.cloned(), ..self }
    }

    /// Adds the e-mail address.
    ///
    /// ```
    /// use referral_webhooks::summary::Party;
    /// use referral_webhooks::value::Personal;
    ///
    /// let email: Personal = serde_json::from_str(r#""avery@example.com""#)?;
    /// assert_eq!(Party::default().mailed(Some(&email)).email, Some(email));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn mailed(self, email: Option<&Personal>) -> Self {
        Self { email: email.cloned(), ..self }
    }

    /// Returns whether the event names the person in no way.
    ///
    /// ```
    /// use referral_webhooks::summary::Party;
    ///
    /// assert!(Party::default().is_empty());
    /// assert!(!Party::default().coded(Some("AVERY1")).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for Party<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("id", &shown(self.id.as_deref()))
            .field("own_id", &shown(self.own_id.as_deref()))
            .field("code", &shown(self.code.as_deref()))
            .field("name", &self.name)
            .field("email", &self.email)
            .finish()
    }
}

/// Returns an id as `Debug` shows it. A platform may identify a person by the e-mail address.
pub(super) fn shown(id: Option<&str>) -> Option<&str> {
    id.map(|id| if id.contains('@') { "[personal]" } else { id })
}
