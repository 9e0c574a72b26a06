//! The errors that a handler may return.

use std::error::Error;

use crate::reason::Reason;

/// An error that a handler may return: any type that converts to `Box<dyn Error + Send + Sync>`, as `sqlx::Error`,
/// `anyhow::Error`, `eyre::Report`, a boxed error and a `String` do.
///
/// The attempt is retried. Its reason is the error's [text without personal data](Reason::of_error).
///
/// ```
/// use referral_webhooks_inbox::HandlerError;
///
/// let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
/// assert_eq!(full.into_reason(b"").as_str(), "no storage space");
/// ```
#[diagnostic::on_unimplemented(
    message = "a handler cannot return the error `{Self}`",
    label = "its error is not `Send + Sync`, or not an error",
    note = "`{Self}` has to convert to `Box<dyn Error + Send + Sync>`, as every `std::error::Error + Send + Sync + 'static` \
            does; for `Box<dyn Error>`, write `Box<dyn Error + Send + Sync>`"
)]
pub trait HandlerError {
    /// Returns the reason of the retry. The values in `body`, that of the delivery, are replaced in it.
    ///
    /// ```
    /// use referral_webhooks_inbox::HandlerError;
    ///
    /// let reason = "no account for Ada".into_reason(br#"{"name":"Ada"}"#);
    /// assert_eq!(reason.as_str(), "no account for …");
    /// ```
    fn into_reason(self, body: &[u8]) -> Reason;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn Error + Send + Sync>>> HandlerError for E {
    fn into_reason(self, body: &[u8]) -> Reason {
        Reason::of_error_about(self.into().as_ref(), body)
    }
}
