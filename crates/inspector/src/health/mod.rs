//! The health of endpoints.

mod card;
mod chart;
mod contract;
mod page;
mod silence;
mod view;

pub(crate) use self::page::page;
