//! The name of an endpoint in logs and metrics.

use referral_webhooks::Endpoint;
use referral_webhooks::platform::Platform;

/// Returns the name of an endpoint: its own, or that of its platform.
pub(crate) fn label<P: Platform>(endpoint: &Endpoint<P>) -> &str {
    endpoint.name().unwrap_or(endpoint.facts().name)
}
