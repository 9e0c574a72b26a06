//! The reasons for which a body could not be read.

use std::error::Error as StdError;
use std::io;
use std::iter::successors;

use http_body_util::LengthLimitError;
use referral_webhooks::{Error, ErrorKind};

/// Converts the error of a body.
///
/// - A chain with a [`LengthLimitError`] is a body over the limit.
/// - A chain with an error of hyper comes from the server: the framing is invalid, or the sender is gone.
/// - Every other chain comes from a layer of the application, unless it is an error of a connection.
pub(crate) fn body_error(error: &(dyn StdError + 'static)) -> Error {
    let (mut is_servers, mut io_kind) = (false, None);
    for cause in successors(Some(error), |error| cause(*error)) {
        if cause.is::<LengthLimitError>() {
            return ErrorKind::BodyTooLarge.into();
        }
        is_servers |= cause.is::<hyper::Error>();
        io_kind = cause.downcast_ref().map(io::Error::kind).or(io_kind);
    }
    let kind = match io_kind {
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) if is_servers => ErrorKind::BodyMalformed,
        _ if is_servers => ErrorKind::BodyIncomplete,
        Some(
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::TimedOut,
        ) => ErrorKind::BodyIncomplete,
        _ => ErrorKind::BodyLayerFailed,
    };
    kind.into()
}

/// Returns the next error of a chain. The source of an I/O error leaves out the error that it wraps.
fn cause<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
