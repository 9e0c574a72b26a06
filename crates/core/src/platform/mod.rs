//! The platforms, one file each: facts, events, decoding.
//!
//! Adding one costs its file, a folder of fixtures and a line in the table below.

mod canonical;
pub(crate) mod contract;
pub(crate) mod delivery_id;
mod name;

use std::fmt;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::value::RawBody;
use crate::{Contract, DeliveryId, Scheme, Tolerance};

/// Declares the platforms' modules and the tables of them, so that the list stands once.
macro_rules! platforms {
    ($($module:ident::$platform:ident,)+) => {
        $(pub mod $module;)+

        /// All platforms, as values.
        pub const ALL: &[Descriptor] = &[$(Descriptor::of::<$module::$platform>(),)+];

        /// Visits the type of every platform, in the order of [`ALL`].
        pub fn visit_all(visitor: &mut impl Visit) {
            $(visitor.visit::<$module::$platform>();)+
        }
    };
}

platforms! {
    genius_referrals::GeniusReferrals,
    prefinery::Prefinery,
    redpin::Redpin,
    refir::Refir,
    referral_rocket::ReferralRocket,
}

/// A service that delivers webhooks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a platform",
    note = "the platforms are the types in `referral_webhooks::platform`, such as `redpin::Redpin`"
)]
pub trait Platform: Sized + Send + Sync + 'static {
    /// The name in URLs, logs and tools: lower case with hyphens.
    const NAME: &'static str;
    /// The name for people.
    const TITLE: &'static str;
    /// How it proves itself.
    const SCHEME: Scheme;
    /// How far its signed times may be from now, if the endpoint does not say otherwise. `None` where no time is
    /// signed; a time that is signed all the same may be five minutes off. At most 31 days in either direction.
    const TOLERANCE: Option<Tolerance>;
    /// What it does with our answers.
    const CONTRACT: &'static Contract;

    /// The reader of the signed time, where that stands in the body instead of a header. `None` where it does not.
    ///
    /// The reader returns `None` for a body in which the time is missing or unreadable. Such a delivery has no age, and
    /// its [`signed_at`](crate::Delivery::signed_at) is `None`.
    const BODY_TIME: Option<BodyTime<Self::Event>> = None;

    /// What it tells.
    type Event: Event;

    /// Reads a verified payload. Never fails: what cannot be read is the event's `Other`.
    fn decode(payload: &Bytes) -> Self::Event;

    /// What a redelivery repeats.
    fn delivery_id(event: &Self::Event, signed: Signed<'_>) -> DeliveryId;
}

/// The reader of the signed time in an event's body.
pub type BodyTime<E> = fn(&E) -> Option<OffsetDateTime>;

/// What happened: one enum a platform.
///
/// It can be written for logs and pages, and not read back: store [`Delivery::body`](crate::Delivery::body).
pub trait Event: fmt::Debug + Clone + Serialize + Send + Sync + 'static {
    /// The event's name: the one on the wire, or ours where a known event has none there.
    fn name(&self) -> Option<&str>;

    /// The reason for which it is the variant `Other`, if it is.
    fn why_other(&self) -> Option<&Why>;
}

/// The signed content from which a delivery's id is made.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'r> {
    /// The signed message id, of schemes that have one.
    pub message_id: Option<&'r str>,
    /// The payload.
    pub payload: &'r [u8],
}

/// Why a verified payload is the event `Other`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Why {
    /// The event's name is none that this version knows.
    UnknownName,
    /// The payload carries no name, and its members are those of no known event.
    UnknownShape,
    /// Members disagree about which event it is.
    Ambiguous,
    /// A member that names the event does not hold a text.
    NameNotText,
    /// The payload is not UTF-8.
    NotUtf8,
    /// The payload is not JSON; the reader stopped here.
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The event's members are not as described; the reader stopped here, counted from the beginning of the object
    /// that holds them.
    UnexpectedMember {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The event's name is known, and a member without which it says nothing is missing.
    MissingMember(&'static str),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName => f.write_str("unknown event name"),
            Self::UnknownShape => f.write_str("no event name, and the members of no known event"),
            Self::Ambiguous => f.write_str("members disagree about which event it is"),
            Self::NameNotText => f.write_str("the event's name is not a text"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::NotJson { line, column } => write!(f, "not JSON at line {line} column {column}"),
            Self::UnexpectedMember { line, column } => {
                write!(f, "unexpected member or type before line {line} column {column}")
            }
            Self::MissingMember(name) => write!(f, "member `{name}` is missing"),
        }
    }
}

/// Positions only: serde's own messages quote the value, which may be about a person.
impl From<serde_json::Error> for Why {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        if error.is_data() { Self::UnexpectedMember { line, column } } else { Self::NotJson { line, column } }
    }
}

/// What a decoder has when it cannot make an event: the name, if it found one, and the reason.
type Unreadable = (Option<String>, Why);

/// Runs a platform's decoder over the payload's text and wraps what it cannot read.
fn decode_text<E>(
    payload: &Bytes,
    decode: impl FnOnce(&str) -> Result<E, Unreadable>,
    other: impl FnOnce(Option<String>, RawBody, Why) -> E,
) -> E {
    let decoded = match simdutf8::basic::from_utf8(payload) {
        // Left to itself, serde would read a list as an object's members in order.
        Ok(text) if !is_object(text) => Err((None, why_no_object(text))),
        Ok(text) => decode(text),
        Err(_) => Err((None, Why::NotUtf8)),
    };
    decoded.unwrap_or_else(|(name, why)| other(name, RawBody::new(payload), why))
}

/// Whether a text, if it is JSON, is an object.
fn is_object(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{')
}

fn why_no_object(text: &str) -> Why {
    serde_json::from_str::<IgnoredAny>(text).map_or_else(Why::from, |_| Why::UnknownShape)
}

/// Reads one JSON text as `T`.
fn read<'t, T: Deserialize<'t>>(name: Option<&str>, text: &'t str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|error| (name.map(str::to_owned), Why::from(error)))
}

/// A platform as a value, for tools.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Descriptor {
    /// See [`Platform::NAME`].
    pub name: &'static str,
    /// See [`Platform::TITLE`].
    pub title: &'static str,
    /// See [`Platform::TOLERANCE`].
    pub tolerance: Option<Tolerance>,
    /// See [`Platform::CONTRACT`].
    pub contract: &'static Contract,
    /// See [`Platform::SCHEME`].
    pub scheme: fn() -> Scheme,
}

impl Descriptor {
    const fn of<P: Platform>() -> Self {
        Self { name: P::NAME, title: P::TITLE, tolerance: P::TOLERANCE, contract: P::CONTRACT, scheme: || P::SCHEME }
    }
}

/// Something to be done with every platform's type.
pub trait Visit {
    /// Does it with one.
    fn visit<P: Platform>(&mut self);
}
