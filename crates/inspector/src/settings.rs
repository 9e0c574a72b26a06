//! The settings of an inspector.

use std::fmt;
use std::sync::Arc;

use referral_webhooks_inbox::{AnyIntake, Inbox};

use crate::access::{Authorise, Hosts, Key, LinkToken};
use crate::explanation::Explain;
use crate::live::Streams;
use crate::platforms::Platforms;
use crate::web::Base;

/// The way in which an operator is known.
pub(crate) enum Admission {
    /// The application decides.
    Hook(Authorise),
    /// The link that the program printed admits its readers. The name is that of the history lines.
    Link(LinkToken, String),
}

/// A function that returns a command.
pub(crate) type TryIt = Arc<dyn Fn() -> String + Send + Sync>;

/// The settings of an inspector.
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
    /// The intakes whose entries can be decoded again.
    pub(crate) intakes: Vec<Arc<dyn AnyIntake>>,
    /// The commands of the empty page that send a delivery.
    pub(crate) try_it: Vec<TryIt>,
    pub(crate) streams: Streams,
}

impl<S> Settings<S> {
    /// Returns whether the page can decode the entries of an endpoint again.
    pub(crate) fn has_intake(&self, endpoint: &str) -> bool {
        self.intakes.iter().any(|intake| intake.endpoint_name() == endpoint)
    }
}

impl<S> fmt::Debug for Settings<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("title", &self.title).field("base", &self.base).finish_non_exhaustive()
    }
}
