//! Live rows: a stream of server-sent events for the list.
//!
//! - Guarantees: the number of open streams is bounded, and a stream ends after some minutes, so that its reader is
//!   authorised again.
//! - Assumes: browsers connect again by themselves, with the id of the last event.
//! - Without it: forgotten tabs keep connections and read the store forever.

mod link;
mod stream;
mod streams;

pub(crate) use self::link::{switch, url};
pub(crate) use self::stream::stream;
pub(crate) use self::streams::Streams;
