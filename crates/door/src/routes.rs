//! The paths of an application's endpoints.

use std::sync::Arc;

use referral_webhooks::platform::Platform;

use crate::pattern::Pattern;
use crate::terms::Terms;

/// The paths of an application's endpoints, each with its platform.
///
/// A path is a template as axum and actix-web write it: `{name}` is one segment, `{*name}` or `{name:.*}` the rest. It is
/// the path that the platform sends, with the prefixes of nested routers. Cheap to clone.
///
/// ```
/// use referral_webhooks::platform::{prefinery::Prefinery, refir::Refir};
/// use referral_webhooks_door::WebhookRoutes;
///
/// let routes = WebhookRoutes::new()
///     .route::<Prefinery>("/hooks/prefinery")
///     .route::<Refir>("/hooks/refir/{token}");
/// assert_eq!(routes.find("/hooks/refir/kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA").unwrap().platform(), "refir");
/// assert!(routes.find("/").is_none());
/// ```
#[derive(Debug, Clone, Default)]
pub struct WebhookRoutes(Arc<Vec<Route>>);

/// The path of one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) pattern: Pattern,
    pub(crate) terms: Terms,
}

impl WebhookRoutes {
    /// Returns an empty table.
    ///
    /// ```
    /// assert!(referral_webhooks_door::WebhookRoutes::new().find("/hooks/redpin").is_none());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the path of a platform's endpoint.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_door::WebhookRoutes;
    ///
    /// let routes = WebhookRoutes::new().route::<Redpin>("/{tenant}/redpin");
    /// assert_eq!(routes.find("/shop-7/redpin").unwrap().path(), Some("/{tenant}/redpin"));
    /// ```
    ///
    /// # Panics
    ///
    /// If the path does not begin with `/`, or if segments follow the rest, as in the routers themselves.
    #[must_use]
    pub fn route<P: Platform + Default>(self, path: &str) -> Self {
        self.route_of(&P::default(), path)
    }

    /// Adds the path of an endpoint whose platform is a value, as [`route`](Self::route) does.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_door::WebhookRoutes;
    ///
    /// let routes = WebhookRoutes::new().route_of(&Redpin, "/hooks/redpin");
    /// assert_eq!(routes.find("/hooks/redpin").unwrap().platform(), "redpin");
    /// ```
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route).
    #[must_use]
    pub fn route_of(mut self, platform: &impl Platform, path: &str) -> Self {
        let route = Route { pattern: Pattern::new(path), terms: Terms::of(platform).at(path) };
        Arc::make_mut(&mut self.0).push(route);
        self
    }

    /// Returns the terms of the endpoint at a path. If several templates match, the one with the most literal segments
    /// counts.
    ///
    /// ```
    /// use referral_webhooks::platform::{prefinery::Prefinery, redpin::Redpin};
    /// use referral_webhooks_door::WebhookRoutes;
    ///
    /// let routes = WebhookRoutes::new().route::<Redpin>("/hooks/{any}").route::<Prefinery>("/hooks/prefinery");
    /// assert_eq!(routes.find("/hooks/prefinery").unwrap().platform(), "prefinery");
    /// assert_eq!(routes.find("/hooks/other").unwrap().platform(), "redpin");
    /// ```
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Terms> {
        let matching = self.iter().filter(|route| route.pattern.matches(path));
        // The first of several equal ones.
        matching.rev().max_by_key(|route| route.pattern.literals().count()).map(|route| &route.terms)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Route> {
        self.0.iter()
    }
}
