//! The context of a page: the request, the operator, and the settings of the inspector.

use std::sync::Arc;

use http::request::Parts;
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox::store::Store;
use time::OffsetDateTime;

use crate::access::{Operator, Session};
use crate::settings::Settings;
use crate::view::Frame;
use crate::web::Form;

/// The context of a page.
#[derive(Debug)]
pub(crate) struct Context<S> {
    pub(crate) settings: Arc<Settings<S>>,
    /// The operator.
    pub(crate) operator: Operator,
    pub(crate) session: Session,
    /// The head of the request.
    pub(crate) head: Parts,
    /// The fields of the URL.
    pub(crate) query: Form,
    /// The fields of a sent form. Its token and origin are verified.
    pub(crate) form: Form,
    /// The data of the layout.
    pub(crate) frame: Frame,
    pub(crate) now: OffsetDateTime,
}

impl<S: Store> Context<S> {
    pub(crate) fn inbox(&self) -> &Inbox<S> {
        &self.settings.inbox
    }

    pub(crate) fn store(&self) -> &S {
        self.settings.inbox.store()
    }

    /// Returns whether the URL has a grant to see personal data, of `entry/5` say.
    pub(crate) fn is_revealed(&self, what: &str) -> bool {
        self.query.get("reveal").is_some_and(|grant| self.session.is_granted(grant, what, self.now))
    }

    /// Returns the value of the field `reveal` in URLs that show the personal data. The caller has logged the revealing.
    pub(crate) fn grant(&self, what: &str) -> String {
        self.session.grant(what, self.now)
    }
}
