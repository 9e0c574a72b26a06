//! Actions on one entry, or on all entries of a filter.
//!
//! - Guarantees: an operator sees the number of entries and gives a reason first. The action concerns those entries at most:
//!   later ones have higher ids, and the number is a limit. A form acts once, in all processes.
//! - Assumes: a mark of the store is written once.
//! - Without it: a filter that is wider than expected, or a second click, pays rewards again.

mod action;
mod confirm;
mod outcome;
mod perform;
mod person;
mod target;
mod ticket;

pub(crate) use self::action::Action;
pub(crate) use self::confirm::confirm;
pub(crate) use self::perform::perform;
