//! Platforms for tools that handle all of them.

use super::facts::Platform;
use crate::{Contract, Scheme, Tolerance};

/// A platform as a value.
///
/// ```
/// use referral_webhooks::{Scheme, platform};
///
/// let refir = platform::ALL.iter().find(|platform| platform.name == "refir").unwrap();
/// assert_eq!((refir.title, refir.tolerance), ("Refir", None));
/// assert!(matches!((refir.scheme)(), Scheme::UrlToken(_)));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Descriptor {
    /// See [`Platform::NAME`].
    pub name: &'static str,
    /// See [`Platform::TITLE`].
    pub title: &'static str,
    /// See [`Platform::TOLERANCE`].
    pub tolerance: Option<Tolerance>,
    /// See [`Platform::CONTRACT`].
    pub contract: &'static Contract,
    /// See [`Platform::SCHEME`].
    pub scheme: fn() -> Scheme,
}

impl Descriptor {
    pub(super) const fn of<P: Platform>() -> Self {
        Self { name: P::NAME, title: P::TITLE, tolerance: P::TOLERANCE, contract: P::CONTRACT, scheme: || P::SCHEME }
    }
}

/// A function over the types of platforms, for [`visit_all`](super::visit_all).
///
/// ```
/// use referral_webhooks::platform::{Platform, Visit, visit_all};
///
/// struct Titles(Vec<&'static str>);
///
/// impl Visit for Titles {
///     fn visit<P: Platform>(&mut self) {
///         self.0.push(P::TITLE);
///     }
/// }
///
/// let mut titles = Titles(Vec::new());
/// visit_all(&mut titles);
/// assert!(titles.0.contains(&"Redpin"));
/// ```
pub trait Visit {
    /// Visits one platform.
    fn visit<P: Platform>(&mut self);
}
