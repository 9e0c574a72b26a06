//! The table of cases.

use super::case::Case;
use super::{after, age, connection, forged, genuine, method, question, size, spelling, unread, url};

/// Returns all cases, in the order of a run: the genuine deliveries first.
pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    let groups: [&[Case]; 11] = [
        genuine::CASES,
        question::CASES,
        spelling::CASES,
        connection::CASES,
        unread::CASES,
        forged::CASES,
        age::CASES,
        size::CASES,
        method::CASES,
        url::CASES,
        after::CASES,
    ];
    groups.into_iter().flatten()
}

/// Returns the names of all cases, for messages.
pub(super) fn names() -> String {
    all().map(|case| case.name).collect::<Vec<_>>().join(", ")
}
