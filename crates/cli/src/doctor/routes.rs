//! The routes that a proof may have had before an accident: other headers, another place in the URL, another scheme.

use http::{HeaderMap, HeaderName, HeaderValue};
use referral_webhooks::Scheme;

use super::accident::Repair;
use super::encoding::reencoded;
use super::form;
use super::route::{Route, proof_headers};
use crate::sender::Sender;

/// Returns every possible route of a proof, the unchanged one first.
pub(super) fn routes(as_it_came: &Route) -> Vec<Repair<Route>> {
    let mut routes = vec![Repair::none(as_it_came.clone())];
    routes.extend(repeated(as_it_came));
    let moved = renamed(as_it_came);
    routes.extend(moved.iter().cloned());
    routes.extend(reencoded(as_it_came));
    // A sender that invents the name of a header invents the encoding, too.
    let after = |moved: Repair<Route>| {
        let again = reencoded(&moved.repaired).into_iter();
        again.map(|repair| repair.after(&moved.accidents)).collect::<Vec<_>>()
    };
    routes.extend(moved.into_iter().flat_map(after));
    routes.extend(elsewhere(as_it_came));
    for sender in Sender::platforms() {
        if sender.name != as_it_came.sender.name {
            let what = format!("the request has a proof of {}", sender.name);
            let help = "give each platform a URL of its own, and choose this platform for this one";
            let route = Route { sender, ..as_it_came.clone() };
            routes.push(Repair::new("other-platform", what, help, route));
        }
    }
    routes
}

/// Returns routes with one of several headers of the same name.
fn repeated(route: &Route) -> Vec<Repair<Route>> {
    let mut repairs = Vec::new();
    for name in proof_headers(&route.sender.scheme).iter().flatten() {
        let values: Vec<&HeaderValue> = route.headers.get_all(name).iter().collect();
        let ends = [("first", values.first()), ("last", values.last())];
        for (position, value) in ends.into_iter().filter(|_| values.len() > 1) {
            let Some(value) = value else { continue };
            let what = format!("`{name}` was repeated on the way; the {position} one is the sender's");
            let help = "find the proxy that adds the header, and let it pass on what came";
            repairs.push(Repair::new("header-repeated", what, help, route.with(&[(name, value)])));
        }
    }
    repairs
}

/// Returns routes with the proof from headers of other names.
fn renamed(route: &Route) -> Vec<Repair<Route>> {
    const NAME: &str = "header-family";
    const HELP: &str = "choose the scheme or platform with these headers, or find the proxy that renames them";
    let mut repairs = Vec::new();
    for wanted in proof_headers(&route.sender.scheme) {
        if let [wanted] = &wanted[..] {
            for (name, value) in route.headers.iter().filter(|(name, _)| *name != wanted) {
                let what = format!("the signature is in `{name}` instead of `{wanted}`");
                repairs.push(Repair::new(NAME, what, HELP, route.with(&[(wanted, value)])));
            }
            continue;
        }
        let found: Option<Vec<_>> = wanted.iter().map(|wanted| relative(wanted, &route.headers)).collect();
        let Some(found) = found else { continue };
        let moved: Vec<_> = wanted.iter().zip(&found).filter(|(wanted, (name, _))| wanted != name).collect();
        if !moved.is_empty() {
            let moves = moved.iter().map(|(wanted, (name, _))| format!("`{name}` instead of `{wanted}`"));
            let what = format!("the proof is in {}", moves.collect::<Vec<_>>().join(", "));
            let headers: Vec<_> = wanted.iter().zip(&found).map(|(wanted, (_, value))| (wanted, *value)).collect();
            repairs.push(Repair::new(NAME, what, HELP, route.with(&headers)));
        }
    }
    repairs
}

/// Returns the header of this name, or else one whose name ends in the same word.
fn relative<'h>(wanted: &HeaderName, headers: &'h HeaderMap) -> Option<(HeaderName, &'h HeaderValue)> {
    let last_word = |name: &HeaderName| name.as_str().rsplit_once(['-', '_']).map(|(_, word)| word.to_owned());
    let same_word = || headers.iter().find(|(name, _)| last_word(name) == last_word(wanted));
    let (name, value) = headers.get(wanted).map(|value| (wanted, value)).or_else(same_word)?;
    Some((name.clone(), value))
}

/// Returns routes with the token from another place of the URL.
fn elsewhere(route: &Route) -> Vec<Repair<Route>> {
    if !matches!(route.sender.scheme, Scheme::UrlToken(_)) {
        return Vec::new();
    }
    let values = route.uri.query().into_iter().flat_map(|query| query.split('&'));
    let values = values.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    let places = route.uri.path().split('/').chain(values).filter(|place| !place.is_empty());
    let repairs = places.filter_map(|place| {
        let token = String::from_utf8(form::decode(place.as_bytes())).ok()?;
        let what = "the token is in another place of the URL, or escaped";
        let help = "the URL at the platform must end in the token, without a slash after it, or carry it as `?token=`";
        let route = Route { uri: format!("/{token}").parse().ok()?, ..route.clone() };
        Some(Repair::new("url-token-place", what, help, route))
    });
    repairs.collect()
}
