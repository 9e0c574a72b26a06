//! The table of cases.

use std::pin::Pin;

use super::bench::Bench;
use super::finding::Finding;
use super::{after, age, connection, forged, genuine, method, question, size, spelling, unread, url};

/// The running of a case.
pub(super) type Run<'b> = Pin<Box<dyn Future<Output = Finding> + 'b>>;

/// A case: a request or several, and the expected answers.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// The expected answer, in a few words.
    pub(super) expected: &'static str,
    /// What the case sends.
    pub(super) about: &'static str,
    pub(super) run: fn(&mut Bench) -> Run<'_>,
}

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
