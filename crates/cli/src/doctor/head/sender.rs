//! Requests of another platform.

use bytes::Bytes;

use super::route::Route;
use crate::doctor::undo::{Originals, Undo};
use crate::sender::Sender;

const OTHER: &str = "give each platform a URL of its own, and choose this platform for this one";

pub(super) const UNDOS: &[Undo<Route, Bytes>] = &[Undo { name: "other-platform", help: OTHER, back: other_platforms }];

fn other_platforms(route: &Route, _: &Bytes, originals: &mut Originals<Route>) {
    for sender in Sender::platforms() {
        if sender.name != route.sender.name {
            let what = format!("the request has a proof of {}", sender.name);
            originals.add(what, Route::new(sender, route.uri.clone(), route.headers.clone()));
        }
    }
}
