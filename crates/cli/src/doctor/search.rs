//! The search for the accidents that explain a refusal.
//!
//! It tries the combinations of possible keys, routes and bodies in the order of the number of accidents, and verifies
//! each as an endpoint would. So an explanation is proven, and is the shortest one. The number of verified bytes is
//! bounded, because their number is the product of three numbers that a stranger influences.

use std::ops::Range;

use bytes::Bytes;
use referral_webhooks::{Scheme, Variant, Verifier};
use time::OffsetDateTime;

use super::accident::Repair;
use super::body::{Circumstances, bodies};
use super::clock;
use super::fit::Fit;
use super::head::{Route, routes};
use super::secret::{Key, Origin, guesses, keys};
use super::undo::Extent;
use crate::inquiry::Inquiry;

/// The maximum number of verified bytes.
const MOST_BYTES: usize = 192 << 20;

/// The cost of a verification besides the bytes of the body, in bytes.
const VERIFICATION: usize = 512;

/// The cost of an asymmetric verification, in bytes.
const ASYMMETRIC: usize = 24 << 10;

/// The maximum number of keys.
const MOST_KEYS: usize = 8192;

/// The maximum number of accidents besides that of the time.
const MOST_ACCIDENTS: usize = 9;

/// The number of accidents up to which a complete search tries every combination.
const PROMISED: usize = 2;

/// The result of a search.
pub(super) struct Searched {
    pub(super) fit: Option<Fit>,
    /// Whether every accident and every pair of them was tried.
    pub(super) is_complete: bool,
}

/// All possible keys, bodies and routes, each in the order of the number of accidents.
struct Space {
    keys: Vec<(usize, Repair<Key>)>,
    bodies: Vec<Repair<Bytes>>,
    routes: Vec<Repair<Route>>,
    /// The bytes that may still be verified.
    left: usize,
    is_complete: bool,
}

/// Finds the fewest accidents that explain a request. Accidents that leave a trace are tried first.
pub(super) fn search(inquiry: &Inquiry) -> Searched {
    let mut space = Space::new(inquiry, Extent::Traces);
    let found = space.search().or_else(|| {
        space = Space::new(inquiry, Extent::All);
        space.search().or_else(|| space.guess(inquiry))
    });
    let fit = found.map(|fit| Fit { time: clock::accident(&fit, inquiry), ..fit });
    Searched { is_complete: space.is_complete || fit.is_some(), fit }
}

impl Space {
    fn new(inquiry: &Inquiry, extent: Extent) -> Self {
        let Inquiry { sender, secrets, incoming, .. } = inquiry;
        let request = &incoming.request;
        let route = Route::new(sender.clone(), request.uri().clone(), request.headers().clone());
        let circumstances = Circumstances::new(sender, incoming.surplus.clone());
        let (bodies, routes) = (bodies(request.body(), &circumstances, extent), routes(&route, request.body()));
        let mut is_complete = bodies.lost_at.min(routes.lost_at) > PROMISED;
        let mut all = Vec::new();
        for (position, secret) in secrets.iter().enumerate() {
            let keys = keys(&Origin::new(secret.bytes(), &sender.scheme), extent);
            is_complete &= keys.lost_at > PROMISED;
            all.extend(keys.repairs.into_iter().map(|key| (position, key)));
        }
        // The unchanged secrets come first.
        all.sort_by_key(|(_, key)| key.accidents.len());
        is_complete &= all.len() <= MOST_KEYS;
        all.truncate(MOST_KEYS);
        Self { keys: all, bodies: bodies.repairs, routes: routes.repairs, left: MOST_BYTES, is_complete }
    }

    fn search(&mut self) -> Option<Fit> {
        for accidents in 0..=MOST_ACCIDENTS {
            for of_key in (0..=accidents).rev() {
                for of_route in (0..=accidents - of_key).rev() {
                    let keys = with(&self.keys, of_key, |(_, key)| key.accidents.len());
                    let routes = with(&self.routes, of_route, |route| route.accidents.len());
                    let of_body = accidents - of_key - of_route;
                    let bodies = with(&self.bodies, of_body, |body| body.accidents.len());
                    if let Some(fit) = self.try_all(&keys, &routes, &bodies, accidents) {
                        return Some(fit);
                    }
                }
            }
        }
        None
    }

    /// Tries keys that are combined with no other accident.
    fn guess(&mut self, inquiry: &Inquiry) -> Option<Fit> {
        let origins = inquiry.secrets.iter().map(|secret| Origin::new(secret.bytes(), &inquiry.sender.scheme));
        let guessed = origins.enumerate().flat_map(|(position, origin)| {
            guesses(&origin).repairs.into_iter().map(move |key| (position, key)).collect::<Vec<_>>()
        });
        self.keys = guessed.take(MOST_KEYS).collect();
        let routes = with(&self.routes, 0, |route| route.accidents.len());
        let bodies = with(&self.bodies, 0, |body| body.accidents.len());
        self.left += MOST_BYTES / 8;
        self.try_all(&(0..self.keys.len()), &routes, &bodies, 1)
    }

    fn try_all(
        &mut self,
        keys: &Range<usize>,
        routes: &Range<usize>,
        bodies: &Range<usize>,
        accidents: usize,
    ) -> Option<Fit> {
        if keys.is_empty() || routes.is_empty() || bodies.is_empty() {
            return None;
        }
        // One kind of accidents leaves a part of the limit to the others.
        let mut left = self.left.min(MOST_BYTES / 4);
        let before = left;
        let mut fit = None;
        'search: for route in &self.routes[routes.clone()] {
            let mut request = route.repaired.request(&Bytes::new());
            let scheme = &route.repaired.sender.scheme;
            let cost = if matches!(scheme, Scheme::DetachedJws(_)) { ASYMMETRIC } else { VERIFICATION };
            for (secret, key) in &self.keys[keys.clone()] {
                left = left.saturating_sub(VERIFICATION);
                // Skips keys that are invalid for this scheme.
                let Ok(verifier) = key.repaired.verifier(scheme.clone()) else { continue };
                for body in &self.bodies[bodies.clone()] {
                    let Some(rest) = left.checked_sub(body.repaired.len() + cost) else {
                        self.is_complete &= accidents > PROMISED;
                        break 'search;
                    };
                    left = rest;
                    *request.body_mut() = body.repaired.clone();
                    if let Ok((variant, signed_at)) = check(&verifier, &request) {
                        let (secret, key, body, route) = (*secret, key.clone(), body.clone(), route.clone());
                        fit = Some(Fit { secret, key, body, route, variant, signed_at, time: None });
                        break 'search;
                    }
                }
            }
        }
        self.left -= before - left;
        fit
    }
}

/// Returns the positions of the elements with this number of accidents.
fn with<T>(sorted: &[T], accidents: usize, count: impl Fn(&T) -> usize) -> Range<usize> {
    let start = sorted.partition_point(|element| count(element) < accidents);
    start..sorted.partition_point(|element| count(element) <= accidents)
}

type Checked = (Variant, Option<OffsetDateTime>);

fn check(verifier: &Verifier, request: &http::Request<Bytes>) -> Result<Checked, referral_webhooks::Error> {
    let verified = verifier.dangerously_verify_at_any_age(request)?;
    Ok((verified.variant(), verified.signed_at()))
}
