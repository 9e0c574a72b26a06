//! The names of the endpoints in an inbox.
//!
//! - Guarantees: two intakes with one name never exist at the same time, because they would share ids.
//! - Assumes: an intake, its clones and the workers that take it hold the reservation. Its name is free after the last of
//!   them is dropped.
//! - Without it: an endpoint cannot be replaced while the program runs.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The names of the endpoints in an inbox.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(Arc<Mutex<HashSet<Arc<str>>>>);

/// A reserved name, which is free again after the drop.
#[derive(Debug)]
pub(crate) struct Reserved {
    name: Arc<str>,
    names: Names,
}

impl Names {
    /// Reserves a name; `None` if it is taken.
    pub(crate) fn reserve(&self, name: &str) -> Option<Arc<Reserved>> {
        let name: Arc<str> = name.into();
        let is_free = self.taken().insert(Arc::clone(&name));
        is_free.then(|| Arc::new(Reserved { name, names: self.clone() }))
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<Arc<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserved {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.names.taken().remove(&self.name);
    }
}
