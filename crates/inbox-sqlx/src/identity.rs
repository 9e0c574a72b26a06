//! Which inbox a database holds.

use crate::OpenError;

/// What is asked of the inbox that is opened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    /// Whether one is made where there is none.
    pub(crate) create: bool,
    /// The identity that it must have.
    pub(crate) identity: Option<String>,
}

/// The inbox that a database holds before it is opened.
#[derive(Debug)]
pub(crate) enum Found {
    Nothing,
    Inbox(String),
}

impl Expected {
    /// Refuses a database without an inbox unless one is to be made, and an inbox with another identity.
    ///
    /// A pinned identity is that of an inbox that exists, so none is made for it.
    pub(crate) fn admit(&self, database: &str, found: &Found) -> Result<(), OpenError> {
        match (found, &self.identity) {
            (Found::Nothing, None) if self.create => Ok(()),
            (Found::Nothing, _) => Err(OpenError::NoInbox { database: database.to_owned() }),
            (Found::Inbox(found), Some(pinned)) if found != pinned => Err(OpenError::OtherIdentity {
                database: database.to_owned(),
                pinned: pinned.clone(),
                found: found.clone(),
            }),
            (Found::Inbox(_), _) => Ok(()),
        }
    }

    /// Whether a file may be made.
    pub(crate) const fn may_create(&self) -> bool {
        self.create && self.identity.is_none()
    }
}

/// Reports that an inbox was made: where one was expected, this is the line to look for.
pub(crate) fn made(database: &str, identity: &str) {
    tracing::warn!(
        target: "referral_webhooks", database, identity,
        "a new inbox was made, which knows no ids; pin its identity, and leave `create` out"
    );
}
