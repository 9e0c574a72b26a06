//! The page of one delivery, and its files.

mod actions;
mod attempts;
mod body;
mod curl;
mod diff;
mod event;
mod found;
mod page;
mod related;
mod repeats;
mod request;
mod reveal;
mod tab;
mod tabs;
mod timeline;
mod typed;
mod verification;

pub(crate) use body::{Look, masked as body_masked, revealed as body_revealed};
pub(crate) use page::page;
pub(crate) use reveal::{raw, request, reveal};
