//! The template of the route, for the log.

use http::Extensions;
use referral_webhooks_door::Route;

use crate::original_uri::matched_path;

/// Keeps the template of the path that axum's router has matched.
pub(crate) fn keep_route(extensions: &mut Extensions) {
    if let Some(route) = matched_path(extensions).map(Route::new) {
        extensions.insert(route);
    }
}
