//! The circumstances of a body, and the advice about its accidents.

use std::collections::HashMap;
use std::sync::OnceLock;

use bytes::Bytes;

use crate::sender::Sender;

/// The position of each member in samples, by its path. They are read at their first use.
pub(super) type Orders = OnceLock<Vec<HashMap<String, usize>>>;

/// The advice about a body that was parsed or trimmed.
pub(super) const RAW: &str =
    "verify the bytes as they came, before anything parses, trims or logs them: take the raw body";

/// The advice about a body that was changed on its way.
pub(super) const PROXY: &str = "configure proxies, gateways and middleware before the receiver not to change bodies";

/// The circumstances of a body.
pub(in crate::doctor) struct Circumstances {
    pub(super) sender: Sender,
    /// The bytes after the announced end of the body.
    pub(super) surplus: Bytes,
    /// The orders of members in the platform's samples.
    pub(super) orders: Orders,
}

impl Circumstances {
    pub(in crate::doctor) fn new(sender: &Sender, surplus: Bytes) -> Self {
        Self { sender: sender.clone(), surplus, orders: Orders::default() }
    }
}
