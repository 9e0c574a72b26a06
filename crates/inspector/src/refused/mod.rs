//! Refused requests: their list, and the explanation of one.

mod advice;
mod explained;
mod list;
mod one;
mod page;

pub(crate) use self::list::list;
pub(crate) use self::one::{raw, reveal};
pub(crate) use self::page::page;
