//! The template of the route that a request matched.

use std::fmt;
use std::sync::Arc;

/// The template of the route that a request matched, such as `/hooks/refir/{token}`, in the request's extensions. The web
/// crates insert it if their framework has it, and a refusal is logged with it: the path itself may hold a token.
///
/// ```
/// use referral_webhooks_door::Route;
///
/// let mut request = http::Request::post("/hooks/refir/rT7kQ2mX9vB4nL6pW3sY8zD5").body(())?;
/// request.extensions_mut().insert(Route::new("/hooks/refir/{token}"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route(Arc<str>);

impl Route {
    /// Creates the template of a route.
    ///
    /// ```
    /// use referral_webhooks_door::Route;
    ///
    /// assert_eq!(Route::new("/hooks/redpin").to_string(), "/hooks/redpin");
    /// ```
    #[must_use]
    pub fn new(template: impl Into<Arc<str>>) -> Self {
        Self(template.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
