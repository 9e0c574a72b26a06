//! Requests that just miss an endpoint.
//!
//! A mistake in the configured URL (a slash too many, another letter case) would otherwise be a 404 without a trace, and
//! the platform would give the events up.

use std::fmt;
use std::time::Instant;

use http::{Method, StatusCode};

use crate::pattern::Segment;
use crate::quota::Quota;
use crate::routes::{Route, WebhookRoutes};
use crate::shape::{Shape, decoded, distance, plain, shape};
use crate::terms::Terms;

/// The log events about near misses, which strangers can cause.
static NEAR_MISSES: Quota = Quota::new();

/// The maximum length of a path that is compared.
const MAX_PATH: usize = 2 * 1024;

/// The maximum number of edits between a misspelt path and its endpoint.
const MAX_EDITS: usize = 2;

/// A request that just misses an endpoint.
///
/// ```
/// use http::Method;
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_door::{NearMiss, WebhookRoutes};
///
/// let routes = WebhookRoutes::new().route::<Redpin>("/hooks/redpin");
/// let miss = NearMiss::of(&routes, &Method::POST, "/Hooks/redpin/").unwrap();
/// assert_eq!((miss.terms().platform(), miss.terms().path()), ("redpin", Some("/hooks/redpin")));
/// assert_eq!(miss.difference().to_string(), "trailing slash, letter case");
/// assert_eq!(miss.status(), 503); // Redpin keeps the event
/// ```
#[derive(Debug, Clone)]
pub struct NearMiss {
    terms: Terms,
    difference: Difference,
    method: Method,
    received: Shape,
}

/// The differences between a request and the nearest endpoint. Its `Display` form is a list in words.
///
/// ```
/// # use http::Method;
/// # use referral_webhooks::platform::redpin::Redpin;
/// # use referral_webhooks_door::{NearMiss, WebhookRoutes};
/// let routes = WebhookRoutes::new().route::<Redpin>("/hooks/redpin");
/// let miss = NearMiss::of(&routes, &Method::GET, "/hooks//redpin").unwrap();
/// assert_eq!(miss.difference().to_string(), "method, doubled slash");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference(Vec<&'static str>);

impl NearMiss {
    /// Compares a request with the endpoints. Returns `None` if none of them is near. Call it for requests that reached no
    /// endpoint.
    ///
    /// ```
    /// # use http::Method;
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_door::{NearMiss, WebhookRoutes};
    /// let routes = WebhookRoutes::new().route::<Redpin>("/hooks/redpin");
    /// assert!(NearMiss::of(&routes, &Method::GET, "/favicon.ico").is_none());
    /// assert!(NearMiss::of(&routes, &Method::HEAD, "/hooks/redpin").is_some());
    /// ```
    #[must_use]
    pub fn of(routes: &WebhookRoutes, method: &Method, path: &str) -> Option<Self> {
        if path.len() > MAX_PATH {
            return None;
        }
        let (terms, mut difference) = match routes.find(path) {
            Some(terms) => (terms, Difference::default()),
            None => nearest(routes, path)?,
        };
        if method != Method::POST {
            difference.0.insert(0, "method");
        }
        if difference.0.is_empty() {
            difference.0.push("no route for this path");
        }
        Some(Self { terms: terms.clone(), difference, method: method.clone(), received: shape(routes, path) })
    }

    /// Returns the terms of the nearest endpoint.
    ///
    /// ```
    /// # use http::Method;
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_door::{NearMiss, WebhookRoutes};
    /// let routes = WebhookRoutes::new().route::<Redpin>("/hooks/redpin");
    /// let miss = NearMiss::of(&routes, &Method::POST, "/hook/redpin").unwrap();
    /// assert_eq!(miss.terms().platform(), "redpin");
    /// ```
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Returns the differences.
    ///
    /// ```
    /// # use http::Method;
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_door::{NearMiss, WebhookRoutes};
    /// let routes = WebhookRoutes::new().route::<Redpin>("/hooks/redpin");
    /// let miss = NearMiss::of(&routes, &Method::POST, "/hook/redpin").unwrap();
    /// assert_eq!(miss.difference().to_string(), "spelling");
    /// ```
    #[must_use]
    pub const fn difference(&self) -> &Difference {
        &self.difference
    }

    /// Returns the received path, with `{…}` for every segment that is not a word of the endpoints' paths, because it may
    /// be a secret.
    ///
    /// ```
    /// # use http::Method;
    /// # use referral_webhooks::platform::refir::Refir;
    /// # use referral_webhooks_door::{NearMiss, WebhookRoutes};
    /// let routes = WebhookRoutes::new().route::<Refir>("/hooks/refir/{token}");
    /// let miss = NearMiss::of(&routes, &Method::POST, "/hooks/Refir/kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA/").unwrap();
    /// assert_eq!(miss.received(), "/hooks/Refir/{…}/");
    /// ```
    #[must_use]
    pub fn received(&self) -> &str {
        self.received.as_str()
    }

    /// Returns the method, or `other` for one that HTTP does not define.
    ///
    /// ```
    /// # use http::Method;
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_door::{NearMiss, WebhookRoutes};
    /// let routes = WebhookRoutes::new().route::<Redpin>("/hooks/redpin");
    /// assert_eq!(NearMiss::of(&routes, &Method::PUT, "/hooks/redpin").unwrap().method(), "PUT");
    /// ```
    #[must_use]
    pub fn method(&self) -> &'static str {
        const KNOWN: [&str; 9] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"];
        KNOWN.into_iter().find(|name| self.method == *name).unwrap_or("other")
    }

    /// Returns the status of the answer.
    ///
    /// - A `POST` gets the platform's [`transient`](referral_webhooks::Contract::transient) status, so that the platform
    ///   keeps the event until the URL is corrected. A 404 is final at Prefinery.
    /// - Another method is no delivery: 405 at the endpoint's path, 404 at any other path.
    ///
    /// ```
    /// # use http::Method;
    /// # use referral_webhooks::platform::prefinery::Prefinery;
    /// # use referral_webhooks_door::{NearMiss, WebhookRoutes};
    /// let routes = WebhookRoutes::new().route::<Prefinery>("/hooks/prefinery");
    /// let status = |method, path| NearMiss::of(&routes, &method, path).unwrap().status().as_u16();
    /// assert_eq!(status(Method::POST, "/hooks/prefinery/"), 429);
    /// assert_eq!(status(Method::GET, "/hooks/prefinery"), 405);
    /// assert_eq!(status(Method::GET, "/hooks/prefinery/"), 404);
    /// ```
    #[must_use]
    pub fn status(&self) -> StatusCode {
        let contract = self.terms.contract();
        if self.method == Method::POST {
            contract.transient
        } else if self.difference.0 == ["method"] {
            contract.translate(StatusCode::METHOD_NOT_ALLOWED)
        } else {
            contract.translate(StatusCode::NOT_FOUND)
        }
    }

    /// Logs the near miss as a `warn` event, at most 20 in 10 seconds, with the number of omitted ones.
    ///
    /// ```
    /// # use http::Method;
    /// # use referral_webhooks::platform::redpin::Redpin;
    /// # use referral_webhooks_door::{NearMiss, WebhookRoutes};
    /// let routes = WebhookRoutes::new().route::<Redpin>("/hooks/redpin");
    /// NearMiss::of(&routes, &Method::POST, "/hooks/redpin/").unwrap().log();
    /// ```
    pub fn log(&self) {
        let Some(omitted) = NEAR_MISSES.take(Instant::now()) else { return };
        tracing::warn!(
            target: "referral_webhooks",
            platform = self.terms.platform(),
            path = self.terms.path(),
            received = self.received(),
            method = self.method(),
            difference = %self.difference,
            status = self.status().as_u16(),
            omitted,
            "a request just missed this endpoint: correct the URL at the platform, or the route"
        );
    }
}

/// Returns the nearest endpoint to a path and the differences. An endpoint that differs only in writing is nearer than a
/// misspelt one, and that is nearer than one with other segments.
fn nearest<'r>(routes: &'r WebhookRoutes, path: &str) -> Option<(&'r Terms, Difference)> {
    let given = plain(path);
    let ranked = routes.iter().filter_map(|route| rank(route, &given).map(|rank| (rank, route)));
    let (rank, route) = ranked.min_by_key(|(rank, route)| (*rank, usize::MAX - route.pattern.literals().count()))?;
    let mut difference = writing(path);
    match rank {
        Rank::SameWords => {}
        Rank::Misspelt(_) => difference.0.push("spelling"),
        Rank::MissingSegment => difference.0.push("missing segment"),
        Rank::ExtraSegment => difference.0.push("extra segment"),
    }
    if rank == Rank::SameWords && is_other_case(route, path) {
        difference.0.push("letter case");
    }
    Some((&route.terms, difference))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    SameWords,
    Misspelt(usize),
    MissingSegment,
    ExtraSegment,
}

/// Compares a template with the plain segments of a path.
fn rank(route: &Route, given: &[String]) -> Option<Rank> {
    let wanted: Vec<_> = route.pattern.segments().iter().filter(|segment| !segment.is_empty()).collect();
    route.pattern.literals().next()?;
    if let Some(edits) = distance(&wanted, given) {
        return match edits {
            0 => Some(Rank::SameWords),
            1..=MAX_EDITS => Some(Rank::Misspelt(edits)),
            _ => None,
        };
    }
    // A prefix that a proxy has added or removed, a forgotten token, or a segment after the endpoint.
    let is_part = |wanted: &[_], given: &[String]| {
        wanted.iter().any(|segment: &&Segment| segment.is_literal()) && distance(wanted, given) == Some(0)
    };
    let (most, least) = (wanted.len().max(given.len()), wanted.len().min(given.len()));
    let places = [0, most - least];
    if given.len() > wanted.len() {
        places.iter().any(|&at| is_part(&wanted, &given[at..at + least])).then_some(Rank::ExtraSegment)
    } else if least > 0 {
        places.iter().any(|&at| is_part(&wanted[at..at + least], given)).then_some(Rank::MissingSegment)
    } else {
        None
    }
}

/// Returns the differences that the writing of a path shows alone.
fn writing(path: &str) -> Difference {
    let mut found = Vec::new();
    if path.contains("//") {
        found.push("doubled slash");
    }
    if path.len() > 1 && path.ends_with('/') {
        found.push("trailing slash");
    }
    if path.contains('%') {
        found.push("percent-encoding");
    }
    if path.split('/').any(|segment| segment == "." || segment == "..") {
        found.push("dot segment");
    }
    Difference(found)
}

/// Returns whether a path with the right words has letters of another case.
fn is_other_case(route: &Route, path: &str) -> bool {
    let path = decoded(path);
    let mut given = path.split('/').filter(|segment| !segment.is_empty());
    !route.pattern.literals().all(|literal| given.any(|segment| segment == literal))
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

#[cfg(test)]
mod tests;
