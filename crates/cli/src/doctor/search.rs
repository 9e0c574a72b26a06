//! The search for the accidents that explain a refusal.

use bytes::Bytes;
use referral_webhooks::{ErrorKind, Variant, Verifier};
use time::OffsetDateTime;

use super::accident::{Accident, Repair};
use super::bodies::bodies;
use super::keys::{Key, keys};
use super::route::Route;
use super::routes::routes;
use crate::inquiry::Inquiry;

/// The maximum length of a body for pairs of accidents, in bytes. The number of pairs is in the thousands.
const MOST_FOR_PAIRS: usize = 64 * 1024;

/// The accidents that explain a request, and the proof without them.
pub(super) struct Fit {
    /// The position of the secret, and its key.
    pub(super) secret: usize,
    pub(super) key: Repair<Key>,
    pub(super) body: Repair<Bytes>,
    pub(super) route: Repair<Route>,
    pub(super) variant: Variant,
    /// The signed time, if the calendar has it.
    pub(super) signed_at: Option<OffsetDateTime>,
    /// The accident of the time.
    pub(super) time: Option<Accident>,
}

impl Fit {
    /// Returns all accidents.
    pub(super) fn accidents(&self) -> impl Iterator<Item = &Accident> {
        let proof = self.route.accidents.iter().chain(&self.key.accidents).chain(&self.body.accidents);
        proof.chain(&self.time)
    }
}

/// All possible keys, bodies and routes.
struct Space {
    keys: Vec<(usize, Repair<Key>)>,
    bodies: Vec<Repair<Bytes>>,
    routes: Vec<Repair<Route>>,
}

/// Finds the fewest accidents that explain a request: none, one, or two of different kinds.
pub(super) fn search(inquiry: &Inquiry) -> Option<Fit> {
    let Inquiry { sender, secrets, incoming, .. } = inquiry;
    let request = &incoming.request;
    let route = Route { sender: sender.clone(), uri: request.uri().clone(), headers: request.headers().clone() };
    let of_each = secrets.iter().map(|secret| keys(secret.bytes())).enumerate();
    let mut keys: Vec<_> =
        of_each.flat_map(|(position, keys)| keys.into_iter().map(move |key| (position, key))).collect();
    // The unchanged secrets come first.
    keys.sort_by_key(|(_, key)| !key.accidents.is_empty());
    let unchanged = keys.iter().filter(|(_, key)| key.accidents.is_empty()).count();
    let space =
        Space { keys, bodies: bodies(request.body(), &incoming.surplus, &sender.scheme), routes: routes(&route) };
    let (all_keys, all_bodies, all_routes) = (space.keys.len(), space.bodies.len(), space.routes.len());

    let mut found = space.try_all(0..unchanged, 0..1, 0..1);
    found = found.or_else(|| space.try_all(unchanged..all_keys, 0..1, 0..1));
    found = found.or_else(|| space.try_all(0..unchanged, 0..1, 1..all_routes));
    found = found.or_else(|| space.try_all(0..unchanged, 1..all_bodies, 0..1));
    if request.body().len() <= MOST_FOR_PAIRS {
        found = found.or_else(|| space.try_all(unchanged..all_keys, 1..all_bodies, 0..1));
        found = found.or_else(|| space.try_all(unchanged..all_keys, 0..1, 1..all_routes));
        found = found.or_else(|| space.try_all(0..unchanged, 1..all_bodies, 1..all_routes));
    }
    found.map(|fit| Fit { time: time_of(&fit, inquiry), ..fit })
}

type Range = std::ops::Range<usize>;

impl Space {
    fn try_all(&self, keys: Range, bodies: Range, routes: Range) -> Option<Fit> {
        for route in &self.routes[routes] {
            for (secret, key) in &self.keys[keys.clone()] {
                let scheme = route.repaired.sender.scheme.clone();
                // Skips keys that are invalid for this scheme.
                let Ok(verifier) = key.repaired.verifier(scheme) else { continue };
                let fitting = self.bodies[bodies.clone()].iter().find_map(|body| {
                    let (variant, signed_at) = check(&verifier, &route.repaired, &body.repaired)?;
                    Some((body, variant, signed_at))
                });
                if let Some((body, variant, signed_at)) = fitting {
                    let (secret, key, body, route) = (*secret, key.clone(), body.clone(), route.clone());
                    return Some(Fit { secret, key, body, route, variant, signed_at, time: None });
                }
            }
        }
        None
    }
}

fn check(verifier: &Verifier, route: &Route, body: &Bytes) -> Option<(Variant, Option<OffsetDateTime>)> {
    let request = route.request(body);
    let verified = verifier.dangerously_verify_at_any_age(&request).ok()?;
    Some((verified.variant(), verified.signed_at()))
}

/// Returns the accident of the signed time of a request whose proof is valid.
fn time_of(fit: &Fit, inquiry: &Inquiry) -> Option<Accident> {
    let sender = &fit.route.repaired.sender;
    let tolerance = inquiry.tolerance.unwrap_or(sender.tolerance);
    let verifier = fit.key.repaired.verifier(sender.scheme.clone()).ok()?.with_tolerance(tolerance);
    let request = fit.route.repaired.request(&fit.body.repaired);
    let age = match verifier.verify(&request, inquiry.now) {
        Err(error) if error.kind() == ErrorKind::TooNew && error.age().is_none() => {
            let what = "the signed time is in milliseconds, and this scheme's is in seconds".to_owned();
            let help = "if the sender is yours, sign seconds; otherwise contact the platform's support";
            return Some(Accident { name: "milliseconds", what, help });
        }
        Err(error) if error.kind() == ErrorKind::TooOld && error.age().is_none() => {
            let what = "the signed time is in seconds, and this scheme's is in milliseconds".to_owned();
            let help = "if the sender is yours, sign milliseconds; otherwise contact the platform's support";
            return Some(Accident { name: "seconds", what, help });
        }
        Err(error) => error.age()?,
        Ok(verified) => {
            // Some platforms sign a time in the body.
            let payload = Bytes::from(verified.payload().into_owned());
            let signed_at = sender.signed_at(&payload).filter(|_| verified.signed_at().is_none())?;
            let age = inquiry.now.unix_timestamp() - signed_at.unix_timestamp();
            let allowed = if age < 0 { tolerance.future() } else { tolerance.past() };
            (age.unsigned_abs() > allowed.as_secs()).then_some(age)?
        }
    };
    let (direction, allowed) = if age < 0 { ("after", tolerance.future()) } else { ("before", tolerance.past()) };
    let (seconds, allowed) = (age.unsigned_abs(), allowed.as_secs());
    let what = format!("it was signed {seconds} s {direction} the time at which it came; {allowed} s are allowed");
    let help = "set this machine's clock (NTP) and give `--now` as the time at which it came; if both are right, it is \
                a late retry or a replay";
    Some(Accident { name: "clock", what, help })
}
