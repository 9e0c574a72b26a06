//! A case of the table.

use std::pin::Pin;

use super::bench::Bench;
use super::finding::Finding;

/// The running of a case.
pub(super) type Run<'b> = Pin<Box<dyn Future<Output = Finding> + 'b>>;

/// A case: a request or several, and the expected answers.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// The expected answer, in a few words.
    pub(super) expected: &'static str,
    /// The requests of the case, in a few words.
    pub(super) about: &'static str,
    pub(super) run: fn(&mut Bench) -> Run<'_>,
}
