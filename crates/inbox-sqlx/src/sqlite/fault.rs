//! The fault that makes the store refuse every call.

use std::sync::{Arc, Mutex, PoisonError};

use referral_webhooks_inbox::store::StoreError;

/// The fault that makes the store refuse every call: set by the writer, and read by all tasks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fault(Arc<Mutex<Option<String>>>);

impl Fault {
    /// Sets the fault, and returns whether it is a new one.
    pub(crate) fn set(&self, why: String) -> bool {
        let mut fault = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = fault.as_ref() != Some(&why);
        *fault = Some(why);
        is_new
    }

    /// Ends the fault, and returns whether there was one.
    pub(crate) fn end(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }

    /// Returns the fault as an error.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(why) => Err(StoreError::new(why.clone())),
            None => Ok(()),
        }
    }
}
