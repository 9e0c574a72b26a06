//! The person who acts, as the history of entries names it.

use referral_webhooks_inbox::Reason;
use referral_webhooks_inbox::store::ByHand;

/// The options of the person who acts.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct WhoArgs {
    /// The reason in the history of each entry. It must not have personal data.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// The person who acts, as the history of each entry names it; by default, the name of this user.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// The person who acts, and the reason.
#[derive(Debug, Clone)]
pub(super) struct Who {
    by: String,
    reason: Option<Reason>,
}

impl WhoArgs {
    pub(super) fn who(&self) -> Who {
        let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        let by = self.by.clone().or_else(user).filter(|name| !name.trim().is_empty());
        Who { by: by.unwrap_or_else(|| "refhook".to_owned()), reason: self.reason.clone().map(Reason::from) }
    }
}

impl Who {
    /// Returns the person as the store records it.
    pub(super) fn by_hand(&self) -> ByHand<'_> {
        let by = ByHand::new(&self.by);
        self.reason.iter().fold(by, ByHand::because)
    }

    /// Returns the same person with another reason.
    pub(super) fn because(&self, reason: impl Into<Reason>) -> Self {
        Self { reason: Some(reason.into()), ..self.clone() }
    }

    pub(super) fn name(&self) -> &str {
        &self.by
    }

    pub(super) fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }
}
