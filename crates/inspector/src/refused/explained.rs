//! The explanation of a refused request: of the program if it has one, else the core's advice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use referral_webhooks_inbox::store::{RefusedRequest, Store};
use tokio::time::timeout;

use super::advice::advice;
use crate::context::Context;
use crate::explanation::{ExplanationLine, Finding};

/// The time for an explanation.
const WITHIN: Duration = Duration::from_secs(5);

/// The number of lines that are shown.
const MOST: usize = 50;

/// Returns the explanation of a refused request, and whether it is the program's own.
///
/// The program's function runs apart from the server's tasks, because it may try thousands of accidents. A function that
/// panics or takes too long is replaced by the advice.
pub(super) async fn explained<S: Store>(
    context: &Context<S>,
    refused: &RefusedRequest,
) -> (Vec<ExplanationLine>, bool) {
    if let Some(explain) = context.settings.explain.clone().filter(|_| !refused.is_sealed) {
        let refused = refused.clone();
        let explain = move || catch_unwind(AssertUnwindSafe(|| explain(&refused))).ok();
        match timeout(WITHIN, tokio::task::spawn_blocking(explain)).await {
            Ok(Ok(Some(mut lines))) if !lines.is_empty() => {
                lines.truncate(MOST);
                return (lines, true);
            }
            Ok(Ok(Some(_))) => {}
            _ => tracing::warn!("the explanation of a refused request failed or took too long"),
        }
    }
    let mut lines = vec![ExplanationLine::new(Finding::Wrong, &refused.reason)];
    lines.extend(advice(&refused.kind, &refused.reason).map(|text| ExplanationLine::new(Finding::Advice, text)));
    (lines, false)
}

/// Returns the command that explains the downloaded request on the machine of an operator.
pub(super) fn command(refused: &RefusedRequest, file: &str) -> String {
    let (platform, now) = (&refused.platform, refused.at.unix_timestamp());
    format!("refhook doctor --platform {platform} \\\n  --secret-file {platform}.secret --now {now} \\\n  {file}")
}
