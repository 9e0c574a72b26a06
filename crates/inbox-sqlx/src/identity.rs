//! The identity of an inbox, and the check of it before a database is opened.
//!
//! - **Guarantees**: an inbox is created only on request, and an inbox with another identity than the pinned one is
//!   refused.
//! - **Assumes** that volumes may be unmounted and that URLs may name the wrong database.
//! - **Without it**, a process would start with an empty inbox, and every repeat would be processed a second time.

use crate::OpenError;

/// The conditions under which an inbox is opened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    /// Whether a missing inbox is created.
    pub(crate) create: bool,
    /// The identity that the inbox must have.
    pub(crate) identity: Option<String>,
}

/// The inbox of a database before it is opened.
#[derive(Debug)]
pub(crate) enum Found {
    NoInbox,
    Inbox(String),
}

impl Expected {
    /// Refuses a database without an inbox unless one is to be created, and an inbox with another identity.
    ///
    /// A pinned identity belongs to an existing inbox, so a missing one is not created.
    pub(crate) fn admit(&self, database: &str, found: &Found) -> Result<(), OpenError> {
        match (found, &self.identity) {
            (Found::NoInbox, None) if self.create => Ok(()),
            (Found::NoInbox, _) => Err(OpenError::NoInbox { database: database.to_owned(), elsewhere: Vec::new() }),
            (Found::Inbox(found), Some(pinned)) if found != pinned => Err(OpenError::OtherIdentity {
                database: database.to_owned(),
                pinned: pinned.clone(),
                found: found.clone(),
            }),
            (Found::Inbox(_), _) => Ok(()),
        }
    }

    /// Returns the conditions of `migrate`, which is a request to create an inbox unless an identity is pinned.
    pub(crate) fn or_create(mut self) -> Self {
        self.create = true;
        self
    }

    /// Returns the conditions of `connect`, which creates no inbox.
    pub(crate) fn existing(mut self) -> Self {
        self.create = false;
        self
    }

    /// Returns whether a file may be created.
    #[cfg(feature = "sqlite")]
    pub(crate) const fn may_create(&self) -> bool {
        self.create && self.identity.is_none()
    }
}

/// Logs that an inbox was created. If an existing inbox was expected, this line shows the accident.
pub(crate) fn log_created(database: &str, identity: &str) {
    tracing::warn!(
        target: "referral_webhooks", database, identity,
        "a new inbox was created, which knows no ids; pin its identity, and leave `create` out"
    );
}
