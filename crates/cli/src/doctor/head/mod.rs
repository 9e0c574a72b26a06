//! The routes that a proof may have had before accidents: other headers, another place in the URL, another scheme.
//!
//! One file a kind of accidents. A new accident is one row in the table of its file.

pub(super) mod encoding;
mod place;
mod route;
mod sender;
mod values;

use bytes::Bytes;
use referral_webhooks::ErrorKind;

pub(super) use self::route::{Route, proof_headers};
use super::undo::{Stage, Undo, Unfolded, unfold};

/// Other headers or senders of the proof, each of which excludes the others.
const PLACES: &[&[Undo<Route, Bytes>]] = &[place::UNDOS, sender::UNDOS];

/// Accidents that leave a trace in a header's value. They may be nested.
const VALUES: &[&[Undo<Route, Bytes>]] = &[values::UNDOS];

/// Returns every possible route whose proof can be read, the unchanged one first. `body` may be an event with headers.
pub(super) fn routes(as_it_came: &Route, body: &Bytes) -> Unfolded<Route> {
    let stages = [
        Stage { undos: PLACES, depth: 1, longest: usize::MAX, values: 256, bytes: 8 << 20 },
        Stage { undos: VALUES, depth: 4, longest: 64 << 10, values: 256, bytes: 8 << 20 },
        Stage { undos: &[encoding::UNDOS], depth: 1, longest: 64 << 10, values: 512, bytes: 16 << 20 },
    ];
    let mut routes = unfold(as_it_came.clone(), &stages, body);
    routes.repairs.retain(|route| is_readable(&route.repaired));
    routes
}

/// Whether the proof has the scheme's form, so that a secret can be compared with it.
fn is_readable(route: &Route) -> bool {
    let Some(verifier) = &route.shape.verifier else { return false };
    let unreadable = |kind| {
        matches!(
            kind,
            ErrorKind::MissingHeader(_)
                | ErrorKind::RepeatedHeader(_)
                | ErrorKind::MalformedHeader(_)
                | ErrorKind::MissingToken
        )
    };
    !verifier.check_head(&route.uri, &route.headers).is_err_and(|error| unreadable(error.kind()))
}
