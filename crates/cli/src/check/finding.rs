//! The result of a case.

/// The verdict on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// The case does not apply to the platform or to this run.
    Skipped,
    Passed,
    /// It passed, and there is something to know.
    Noted,
    /// The answers alone do not show it.
    Unseen,
    Failed,
}

impl Verdict {
    /// Returns the verdict for scripts and people.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Passed => "passed",
            Self::Noted => "noted",
            Self::Unseen => "not seen",
            Self::Failed => "failed",
        }
    }
}

/// The result of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    /// What the endpoint did, in a few words.
    pub(super) came: String,
    pub(super) reason: Option<String>,
    /// The next step.
    pub(super) next: Option<String>,
}

impl Finding {
    pub(super) fn passed(came: impl Into<String>) -> Self {
        Self { verdict: Verdict::Passed, came: came.into(), reason: None, next: None }
    }

    pub(super) fn noted(came: impl Into<String>, reason: impl Into<String>, next: impl Into<String>) -> Self {
        Self { verdict: Verdict::Noted, came: came.into(), reason: Some(reason.into()), next: Some(next.into()) }
    }

    pub(super) fn failed(came: impl Into<String>, reason: impl Into<String>, next: impl Into<String>) -> Self {
        Self { verdict: Verdict::Failed, ..Self::noted(came, reason, next) }
    }

    /// Returns the result of a case that the answers alone do not show.
    pub(super) fn unseen(came: impl Into<String>, reason: impl Into<String>, next: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unseen, ..Self::noted(came, reason, next) }
    }

    /// Returns the result of a case that does not apply.
    pub(super) fn skipped(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, came: "-".to_owned(), reason: Some(reason.into()), next: None }
    }

    /// Returns the finding with another text about what came.
    pub(super) fn with_came(self, came: impl Into<String>) -> Self {
        Self { came: came.into(), ..self }
    }

    /// Returns the gravest of several findings, the first of equals, with what came in each of them.
    pub(super) fn gravest(findings: impl IntoIterator<Item = Self>) -> Option<Self> {
        let findings: Vec<Self> = findings.into_iter().collect();
        let came: Vec<&str> = findings.iter().map(|finding| finding.came.as_str()).collect();
        let came = came.join(", ");
        let gravest =
            findings.into_iter().reduce(|gravest, next| if next.verdict > gravest.verdict { next } else { gravest });
        gravest.map(|finding| finding.with_came(came))
    }
}
