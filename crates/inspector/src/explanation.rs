//! The explanation of a refused request, by a function of the program.

use std::sync::Arc;

use referral_webhooks_inbox::store::RefusedRequest;

/// One line of the explanation of a refused request.
///
/// ```
/// use referral_webhooks_inspector::{ExplanationLine, Finding};
///
/// let line = ExplanationLine::new(Finding::Wrong, "the body was sent with other line ends than it was signed with");
/// assert_eq!(line.finding, Finding::Wrong);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplanationLine {
    /// The kind of the line.
    pub finding: Finding,
    /// The text, without secrets and personal data.
    pub text: String,
}

impl ExplanationLine {
    /// Creates a line.
    ///
    /// ```
    /// use referral_webhooks_inspector::{ExplanationLine, Finding};
    ///
    /// let line = ExplanationLine::new(Finding::Advice, "compare the secret with the platform's page");
    /// # assert_eq!(line.text.len(), 43);
    /// ```
    #[must_use]
    pub fn new(finding: Finding, text: impl Into<String>) -> Self {
        Self { finding, text: text.into() }
    }
}

/// The kind of a line of an explanation.
///
/// ```
/// use referral_webhooks_inspector::Finding;
///
/// assert_ne!(Finding::Right, Finding::Wrong);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Finding {
    /// A check passed.
    Right,
    /// The cause, or a part of it.
    Wrong,
    /// A fact.
    Note,
    /// What to do.
    Advice,
}

/// The function that explains refused requests.
pub(crate) type Explain = Arc<dyn Fn(&RefusedRequest) -> Vec<ExplanationLine> + Send + Sync>;
