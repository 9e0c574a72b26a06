//! Proofs in other headers, or in another place of the URL.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use referral_webhooks::Scheme;
use serde_json::Value;

use super::route::Route;
use crate::doctor::form;
use crate::doctor::undo::{Originals, Undo};

const FAMILY: &str = "choose the scheme or platform with these headers, or find the proxy that renames them";

const EVENT: &str = "verify the event's `body` with the event's `headers`, as the function got them";

const TOKEN: &str = "the URL at the platform must end in the token, without a slash after it, or carry it as `?token=`";

const REWRITE: &str = "let the proxy pass the path and the query on as they came";

pub(super) const UNDOS: &[Undo<Route, Bytes>] = &[
    Undo { name: "header-family", help: FAMILY, back: renamed },
    Undo { name: "header-in-event", help: EVENT, back: in_event },
    Undo { name: "url-token-place", help: TOKEN, back: elsewhere },
    Undo { name: "url-rewritten", help: REWRITE, back: rewritten },
];

/// The minimum length of a signature or a token.
const LEAST: usize = 16;

/// Adds routes with the proof from headers of other names.
fn renamed(route: &Route, _: &Bytes, originals: &mut Originals<Route>) {
    for wanted in &route.shape.families {
        if let [wanted] = &wanted[..] {
            let others = route.headers.iter().filter(|(name, value)| *name != wanted && value.len() >= LEAST);
            for (name, value) in others {
                let what = format!("the signature is in `{name}` instead of `{wanted}`");
                originals.add(what, route.with(&[(wanted, value)]));
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
            originals.add(what, route.with(&headers));
        }
    }
}

/// Returns the header of this name, or else one whose name ends in the same word.
fn relative<'h>(wanted: &HeaderName, headers: &'h HeaderMap) -> Option<(HeaderName, &'h HeaderValue)> {
    let last_word = |name: &HeaderName| name.as_str().rsplit_once(['-', '_']).map(|(_, word)| word.to_owned());
    let letters = |name: &HeaderName| name.as_str().replace(['-', '_', '.'], "");
    let same_word =
        || headers.iter().find(|(name, _)| last_word(name).is_some() && last_word(name) == last_word(wanted));
    let same_letters = || headers.iter().find(|(name, _)| letters(name).ends_with(&letters(wanted)));
    let found = headers.get(wanted).map(|value| (wanted, value)).or_else(same_letters).or_else(same_word);
    found.map(|(name, value)| (name.clone(), value))
}

/// Adds the route with the headers and the path of an event in the body.
fn in_event(route: &Route, body: &Bytes, originals: &mut Originals<Route>) {
    if body.first() != Some(&b'{') || body.len() > 1 << 20 {
        return;
    }
    let Ok(event) = serde_json::from_slice::<Value>(body) else { return };
    // An event may be in an envelope.
    let events = [Some(&event), event.get("req"), event.get("request"), event.get("event"), event.get("detail")];
    for event in events.into_iter().flatten() {
        let mut inner = route.clone();
        let mut is_changed = false;
        for members in [event.get("headers"), event.get("multiValueHeaders")].into_iter().flatten() {
            for (name, value) in members.as_object().into_iter().flatten().take(100) {
                let value = value.as_str().or_else(|| value.get(0)?.as_str()).unwrap_or_default();
                let name = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes());
                if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                    inner.headers.insert(name, value);
                    is_changed = true;
                }
            }
        }
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        if let Some(path) = text("rawPath").or_else(|| text("path")) {
            let query = text("rawQueryString").map(|query| format!("?{query}")).unwrap_or_default();
            if let Ok(uri) = format!("{path}{query}").parse() {
                inner.uri = uri;
                is_changed = true;
            }
        }
        if is_changed {
            originals.add("the headers are in the event of a function, in the body", inner);
        }
    }
}

/// Adds routes with the token from another place of the URL.
fn elsewhere(route: &Route, _: &Bytes, originals: &mut Originals<Route>) {
    if !matches!(route.sender.scheme, Scheme::UrlToken(_)) {
        return;
    }
    let values = route.uri.query().into_iter().flat_map(|query| query.split(['&', ';', '?']));
    let values = values.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    let places = route.uri.path().split('/').chain(values).filter(|place| place.len() >= LEAST);
    for place in places.take(32) {
        let Ok(token) = String::from_utf8(form::decode(place.as_bytes())) else { continue };
        let marks = |character: char| "{}<>:\"'`[]()*.,;\u{200b}".contains(character) || character.is_whitespace();
        for token in [token.as_str(), token.trim_matches(marks)] {
            let Ok(uri) = format!("/{token}").parse() else { continue };
            let what = "the token is in another place of the URL, or escaped";
            originals.add(what, Route { uri, ..route.clone() });
        }
    }
}

/// Adds routes with the URL that a proxy noted before it rewrote it.
fn rewritten(route: &Route, _: &Bytes, originals: &mut Originals<Route>) {
    if !matches!(route.sender.scheme, Scheme::UrlToken(_)) {
        return;
    }
    let names = [
        "x-original-uri",
        "x-original-url",
        "x-rewrite-url",
        "x-forwarded-uri",
        "x-forwarded-path",
        "x-envoy-original-path",
        "x-replaced-path",
        "x-waws-unencoded-url",
    ];
    for name in names {
        let Some(value) = route.headers.get(name).and_then(|value| value.to_str().ok()) else { continue };
        if let Ok(uri) = value.parse() {
            let what = format!("a proxy rewrote the URL; the token is in the one in `{name}`");
            originals.add(what, Route { uri, ..route.clone() });
        }
    }
}
