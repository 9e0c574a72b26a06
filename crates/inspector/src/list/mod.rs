//! The list of deliveries.

mod bulk;
mod cards;
mod empty;
mod filter_form;
mod page;
mod pages;
mod rows;
mod selected;

pub(crate) use self::cards::cards;
pub(crate) use self::page::page;
pub(crate) use self::pages::{Page, Place};
pub(crate) use self::rows::{row, version};
pub(crate) use self::selected::Selected;
