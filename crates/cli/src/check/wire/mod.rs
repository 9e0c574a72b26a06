//! HTTP/1 over sockets, byte for byte. A client would repair the requests that this command sends on purpose.
//!
//! - Guarantees: every wait has an end, and the kept bytes of an answer have a bound.
//! - Assumes: an answer is HTTP/1. Its body ends after its `content-length`, with its last chunk, or with the connection.
//! - Without it: a silent endpoint would hold the command, and an endless answer would fill its memory.

mod answer;
mod connection;
mod draft;
mod target;

pub(super) use self::answer::{Answer, Came, Exchange, Gap, span};
pub(super) use self::connection::Step;
pub(super) use self::draft::{Draft, Framing, Names};
pub(super) use self::target::Target;
