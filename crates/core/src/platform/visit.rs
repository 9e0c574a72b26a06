//! A function over the types of the built-in platforms.

use super::facts::Platform;

/// A function over the types of platforms, for [`visit_all`](super::visit_all).
///
/// ```
/// use referral_webhooks::platform::{Platform, Visit, visit_all};
///
/// struct Titles(Vec<&'static str>);
///
/// impl Visit for Titles {
///     fn visit<P: Platform + Default>(&mut self, platform: P) {
///         self.0.push(platform.facts().title);
///     }
/// }
///
/// let mut titles = Titles(Vec::new());
/// visit_all(&mut titles);
/// assert!(titles.0.contains(&"Redpin"));
/// ```
pub trait Visit {
    /// Visits one platform.
    fn visit<P: Platform + Default>(&mut self, platform: P);
}
