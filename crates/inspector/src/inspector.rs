//! The builder of the page.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;
use referral_webhooks::platform::Platform;
use referral_webhooks_inbox::store::{RefusedRequest, Store};
use referral_webhooks_inbox::{AnyIntake, Inbox};

use crate::access::{Access, Authorise, Hosts, Key, LinkToken, hook};
use crate::build_error::BuildError;
use crate::explanation::{Explain, ExplanationLine};
use crate::live::Streams;
use crate::platforms::Platforms;
use crate::service::InspectorService;
use crate::settings::{Admission, Settings, TryIt};
use crate::web::Base;

/// The builder of the deliveries page.
///
/// It is built with a decision about its readers only: [`authorise`](Self::authorise) in an application, or
/// [`with_link`](Self::with_link) on a developer's machine.
///
/// ```
/// use http::request::Parts;
/// use referral_webhooks_inbox::{Inbox, MemoryStore};
/// use referral_webhooks_inspector::{Inspector, Operator, Rights};
///
/// async fn operator(session: Option<String>) -> Option<Operator> {
///     // Look the session up here.
///     session.map(|name| Operator::new(name, Rights::ALL))
/// }
///
/// let inbox = Inbox::new(MemoryStore::new());
/// let page = Inspector::new(inbox)
///     .title("Webhook inbox · shop")
///     .at("/admin/webhooks")
///     .allowed_hosts(["admin.shop.example"])
///     .authorise(|head: &Parts| operator(head.extensions.get::<String>().cloned()))
///     .build()?;
/// # let _ = page;
/// # Ok::<(), referral_webhooks_inspector::BuildError>(())
/// ```
#[must_use]
pub struct Inspector<S> {
    inbox: Inbox<S>,
    title: String,
    at: String,
    hosts: Option<Vec<String>>,
    authorise: Option<Authorise>,
    link: Option<(LinkToken, String)>,
    key: Option<Key>,
    is_read_only: bool,
    platforms: Platforms,
    explain: Option<Explain>,
    intakes: Vec<Arc<dyn AnyIntake>>,
    try_it: Vec<TryIt>,
}

impl<S: Store> Inspector<S> {
    /// Begins a page of an inbox.
    ///
    /// ```
    /// use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// use referral_webhooks_inspector::{Inspector, LinkToken};
    ///
    /// let page = Inspector::new(Inbox::new(MemoryStore::new())).with_link(LinkToken::random(), "dana").build();
    /// # assert!(page.is_ok());
    /// ```
    pub fn new(inbox: Inbox<S>) -> Self {
        Self {
            inbox,
            title: "Webhook inbox".to_owned(),
            at: String::new(),
            hosts: None,
            authorise: None,
            link: None,
            key: None,
            is_read_only: false,
            platforms: Platforms::built_in(),
            explain: None,
            intakes: Vec::new(),
            try_it: Vec::new(),
        }
    }

    /// Sets the title of all pages.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let page = Inspector::new(inbox).title("Webhook inbox · shop");
    /// # let _ = page;
    /// ```
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// Sets the path of the page: the links of its pages begin with it. A router may remove the path from
    /// requests, or leave it.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let page = Inspector::new(inbox).at("/admin/webhooks");
    /// # let _ = page;
    /// ```
    pub fn at(self, path: impl Into<String>) -> Self {
        Self { at: path.into(), ..self }
    }

    /// Sets the names under which the page may be opened, with or without ports; the names of this machine if not set.
    /// Requests for other names are refused, so that no foreign name can be pointed at the page.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let page = Inspector::new(inbox).allowed_hosts(["admin.shop.example", "localhost:3000"]);
    /// # let _ = page;
    /// ```
    pub fn allowed_hosts(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { hosts: Some(names.into_iter().map(Into::into).collect()), ..self }
    }

    /// Sets the function that names the operator of each request, with the operator's rights. It sees the head of the
    /// request: cookies, headers and extensions. It returns an [`Access`], or an `Option` of an
    /// [`Operator`](crate::Operator).
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// use http::request::Parts;
    /// use referral_webhooks_inspector::{Access, Operator, Rights};
    ///
    /// async fn access(user: Option<String>) -> Access {
    ///     user.map_or(Access::LogIn("/login".into()), |name| Access::Granted(Operator::new(name, Rights::VIEW)))
    /// }
    ///
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let page = Inspector::new(inbox).authorise(|head: &Parts| access(head.extensions.get().cloned()));
    /// # let _ = page;
    /// ```
    pub fn authorise<F, D>(self, decide: F) -> Self
    where
        F: Fn(&Parts) -> D + Send + Sync + 'static,
        D: Future<Output: Into<Access>> + Send + 'static,
    {
        Self { authorise: Some(hook(decide)), ..self }
    }

    /// Admits everyone who opens the link with this token, with all rights, under this name. It is for a page on a loopback
    /// address: the names of this machine are the only [allowed](Self::allowed_hosts) ones.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// use referral_webhooks_inspector::LinkToken;
    ///
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let token = LinkToken::random();
    /// let page = Inspector::new(inbox).with_link(token.clone(), "dana").build()?;
    /// println!("open {}", token.url("127.0.0.1:4040".parse()?));
    /// # let _ = page;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_link(self, token: LinkToken, name: impl Into<String>) -> Self {
        Self { link: Some((token, name.into())), ..self }
    }

    /// Settings of a page that only its link opens, at the root.
    #[cfg(feature = "serve")]
    pub(crate) fn on_loopback(self, token: LinkToken, name: &str) -> Self {
        Self { authorise: None, at: String::new(), ..self.with_link(token, name) }
    }

    /// Sets the secret of cookies and forms, 32 random bytes; a random one if not set. Several processes that
    /// serve one page need the same.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// # fn example(inbox: Inbox<MemoryStore>, secret: &[u8; 32]) -> Inspector<MemoryStore> {
    /// Inspector::new(inbox).session_secret(secret)
    /// # }
    /// ```
    pub fn session_secret(self, secret: &[u8; 32]) -> Self {
        Self { key: Some(Key::of(secret)), ..self }
    }

    /// Shows deliveries only: actions and revealing are absent and refused.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let page = Inspector::new(inbox).read_only();
    /// # let _ = page;
    /// ```
    pub fn read_only(self) -> Self {
        Self { is_read_only: true, ..self }
    }

    /// Adds a platform of the application, or a profile, so that the page can read its events.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// use referral_webhooks::profile::Profile;
    ///
    /// # fn example(inbox: Inbox<MemoryStore>, profile: Profile) -> Inspector<MemoryStore> {
    /// Inspector::new(inbox).platform(profile)
    /// # }
    /// ```
    pub fn platform(self, platform: impl Platform) -> Self {
        Self { platforms: self.platforms.with(platform), ..self }
    }

    /// Sets the function that explains refused requests.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// use referral_webhooks_inspector::{ExplanationLine, Finding};
    ///
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let page = Inspector::new(inbox).explain(|refused| match refused.kind.as_str() {
    ///     "too-old" => vec![ExplanationLine::new(Finding::Advice, "compare the clocks")],
    ///     _ => Vec::new(),
    /// });
    /// # let _ = page;
    /// ```
    pub fn explain(self, explain: impl Fn(&RefusedRequest) -> Vec<ExplanationLine> + Send + Sync + 'static) -> Self {
        Self { explain: Some(Arc::new(explain)), ..self }
    }

    /// Lets operators [decode again](referral_webhooks_inbox::Intake::redecode) the entries of an intake.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_inbox::Intake;
    ///
    /// # fn example(inbox: Inbox<MemoryStore>, redpin: &Intake<Redpin, MemoryStore>) -> Inspector<MemoryStore> {
    /// Inspector::new(inbox).redecodes(redpin)
    /// # }
    /// ```
    pub fn redecodes(self, intake: &(impl AnyIntake + Clone + 'static)) -> Self {
        self.redecodes_any(Arc::new(intake.clone()))
    }

    /// Lets operators decode again the entries of an intake, of any platform.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// use std::sync::Arc;
    /// use referral_webhooks_inbox::AnyIntake;
    ///
    /// # fn example(inbox: Inbox<MemoryStore>, intakes: Vec<Arc<dyn AnyIntake>>) -> Inspector<MemoryStore> {
    /// intakes.into_iter().fold(Inspector::new(inbox), Inspector::redecodes_any)
    /// # }
    /// ```
    pub fn redecodes_any(mut self, intake: Arc<dyn AnyIntake>) -> Self {
        self.intakes.push(intake);
        self
    }

    /// Adds a command to the page of an empty inbox that sends a first delivery. It is called each time that the page is
    /// shown, so that the time in a signed request is fresh.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let page = Inspector::new(inbox)
    ///     .try_it(|| "refhook send redpin REFERRAL_CREATED --to http://localhost:3000/hooks/redpin --secret-file redpin.secret".into());
    /// # let _ = page;
    /// ```
    pub fn try_it(mut self, command: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.try_it.push(Arc::new(command));
        self
    }

    /// Builds the page.
    ///
    /// ```
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # use referral_webhooks_inspector::Inspector;
    /// # let inbox = Inbox::new(MemoryStore::new());
    /// let refused = Inspector::new(inbox).build();
    /// assert!(refused.is_err(), "nothing decides who may see the deliveries");
    /// ```
    ///
    /// # Errors
    ///
    /// Without a decision about its readers or with two, or if the path or the name of a host is invalid.
    pub fn build(self) -> Result<InspectorService<S>, BuildError> {
        let (admission, key) = match (self.authorise, self.link) {
            (Some(_), Some(_)) => return Err(BuildError::TwoAuthorisations),
            (Some(authorise), None) => (Admission::Hook(authorise), self.key.unwrap_or_else(Key::random)),
            (None, Some((token, name))) => {
                let key = token.key();
                (Admission::Link(token, name), key)
            }
            (None, None) => return Err(BuildError::NoAuthorisation),
        };
        let hosts = match (&admission, self.hosts) {
            (Admission::Hook(_), Some(names)) => Hosts::of(names).map_err(BuildError::BadHost)?,
            _ => Hosts::loopback(),
        };
        let base = Base::of(&self.at).ok_or(BuildError::BadPath(self.at))?;
        // Browsers share cookies among the ports of a machine.
        let cookie = match admission {
            Admission::Hook(_) => "inspector".to_owned(),
            Admission::Link(..) => format!("inspector-{}", &key.prove("cookie", &[])[..8]),
        };
        Ok(InspectorService::new(Settings {
            inbox: self.inbox,
            title: self.title,
            base,
            hosts,
            admission,
            key,
            cookie,
            is_read_only: self.is_read_only,
            platforms: self.platforms,
            explain: self.explain,
            intakes: self.intakes,
            try_it: self.try_it,
            streams: Streams::new(),
        }))
    }
}

impl<S> fmt::Debug for Inspector<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspector").field("title", &self.title).field("at", &self.at).finish_non_exhaustive()
    }
}
