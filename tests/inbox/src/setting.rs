//! The store and size of a scenario.

use crate::effort::Effort;
use crate::store::Store;

/// The store and size of a scenario.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) store: Store,
    pub(crate) effort: Effort,
}
