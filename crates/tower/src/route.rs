//! The template of the route, for the log.

use http::Extensions;

/// Keeps the template of the path that axum's router has matched.
#[cfg(feature = "axum")]
pub(crate) fn keep_route(extensions: &mut Extensions) {
    let matched = extensions.get().map(|path: &axum::extract::MatchedPath| path.as_str().into());
    if let Some(template) = matched {
        let template: std::sync::Arc<str> = template;
        extensions.insert(referral_webhooks_door::Route::new(template));
    }
}

#[cfg(not(feature = "axum"))]
pub(crate) fn keep_route(_: &mut Extensions) {}
