//! What the builder of the inspector sets.

use std::collections::BTreeMap;
use std::fmt;

use referral_webhooks_inbox::Inbox;

use crate::access::{Authorise, Hosts, Key, LinkToken};
use crate::explanation::Explain;
use crate::live::Streams;
use crate::platforms::Platforms;
use crate::redecode::Redecode;
use crate::web::Base;

/// How the inspector knows who asks.
pub(crate) enum Admission {
    /// The application decides.
    Hook(Authorise),
    /// Whoever has opened the link that the program printed. The name is that of the person for history lines.
    Link(LinkToken, String),
}

/// What the builder of the inspector sets.
pub(crate) struct Settings<S> {
    pub(crate) inbox: Inbox<S>,
    pub(crate) title: String,
    pub(crate) base: Base,
    pub(crate) hosts: Hosts,
    pub(crate) admission: Admission,
    pub(crate) key: Key,
    /// The name of the session's cookie.
    pub(crate) cookie: String,
    pub(crate) is_read_only: bool,
    /// The platforms whose deliveries can be decoded.
    pub(crate) platforms: Platforms,
    pub(crate) explain: Option<Explain>,
    /// The functions that decode again, by the names of endpoints.
    pub(crate) redecode: BTreeMap<String, Redecode>,
    /// The command that sends a delivery, for the empty page.
    pub(crate) try_it: Vec<String>,
    pub(crate) streams: Streams,
}

impl<S> fmt::Debug for Settings<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("title", &self.title).field("base", &self.base).finish_non_exhaustive()
    }
}
