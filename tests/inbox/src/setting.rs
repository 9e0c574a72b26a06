//! What a scenario is tried on.

use crate::effort::Effort;
use crate::store::Store;

/// What a scenario is tried on.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) store: Store,
    pub(crate) effort: Effort,
}
