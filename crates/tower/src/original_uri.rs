//! The URL as the platform sent it, behind layers and routers that shorten its path.

use std::fmt;

use http::{Extensions, Request, Uri};

/// The URL as the platform sent it, in the request's extensions.
///
/// A token in the path is checked in this URL. [`ContractsLayer`](crate::ContractsLayer) inserts it. axum's router keeps the
/// URL in its own extension, which counts as well if the feature `axum` is enabled (`referral-webhooks-axum` enables it), so
/// that endpoints work under `nest` and `nest_service`. Any other router that shortens paths needs a layer before it:
///
/// ```
/// use http::{Request, Uri};
/// use referral_webhooks_tower::OriginalUri;
///
/// /// Removes the part of the path that the platform knows as the secret URL.
/// fn without_prefix<B>(mut request: Request<B>, rest: Uri) -> Request<B> {
///     let original = OriginalUri::of(&request);
///     request.extensions_mut().insert(original);
///     *request.uri_mut() = rest;
///     request
/// }
///
/// let request = Request::post("/hooks/refir/kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA").body(())?;
/// let request = without_prefix(request, Uri::from_static("/"));
/// assert!(OriginalUri::of(&request).uri().path().starts_with("/hooks/refir/"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct OriginalUri(Uri);

impl OriginalUri {
    /// Returns the URL of a request before any layer or router has shortened it, as far as the request has it.
    ///
    /// ```
    /// use http::Request;
    /// use referral_webhooks_tower::OriginalUri;
    ///
    /// let request = Request::post("/hooks/redpin").body(())?;
    /// assert_eq!(OriginalUri::of(&request).uri(), "/hooks/redpin");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn of<B>(request: &Request<B>) -> Self {
        Self(original_uri(request.extensions(), request.uri()).clone())
    }

    /// Returns the URL.
    ///
    /// ```
    /// # use http::Request;
    /// # use referral_webhooks_tower::OriginalUri;
    /// let request = Request::post("/hooks/redpin").body(())?;
    /// assert_eq!(OriginalUri::of(&request).uri().path(), "/hooks/redpin");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.0
    }
}

/// Returns the original URL, or the present one if no layer has kept another.
pub(crate) fn original_uri<'r>(extensions: &'r Extensions, uri: &'r Uri) -> &'r Uri {
    let kept = extensions.get::<OriginalUri>().map(OriginalUri::uri);
    kept.or_else(|| of_axum(extensions)).unwrap_or(uri)
}

#[cfg(feature = "axum")]
fn of_axum(extensions: &Extensions) -> Option<&Uri> {
    extensions.get::<axum::extract::OriginalUri>().map(|original| &original.0)
}

#[cfg(not(feature = "axum"))]
fn of_axum(_: &Extensions) -> Option<&Uri> {
    None
}

/// Returns the template of the path that axum's router has matched.
#[cfg(feature = "axum")]
pub(crate) fn matched_path(extensions: &Extensions) -> Option<&str> {
    extensions.get::<axum::extract::MatchedPath>().map(axum::extract::MatchedPath::as_str)
}

#[cfg(not(feature = "axum"))]
pub(crate) fn matched_path(_: &Extensions) -> Option<&str> {
    None
}

// Manual impl: the path may contain a secret.
impl fmt::Debug for OriginalUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OriginalUri([redacted])")
    }
}
