//! An event that is ready to be signed.

use bytes::Bytes;

/// An event of a simulation.
#[derive(Debug, Clone)]
pub(super) struct Made<'e> {
    pub(super) name: Option<&'e str>,
    pub(super) body: Bytes,
    pub(super) message_id: String,
    pub(super) has_time: bool,
}
