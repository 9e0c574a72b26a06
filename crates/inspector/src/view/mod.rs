//! The parts that all pages share.

mod cells;
mod frame;
mod moment;
mod text;

pub(crate) use self::cells::{count, field_hidden, mark, state, word};
pub(crate) use self::frame::{Frame, Section};
pub(crate) use self::moment::{Moments, ago, duration};
pub(crate) use self::text::{cell, plain, untrusted};
