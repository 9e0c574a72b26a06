//! Requests and responses, without their meaning.

pub(crate) mod answer;
mod assets;
mod body;
mod form;
mod route;

pub(crate) use self::assets::{SCRIPT, STYLE};
pub use self::body::Body;
pub(crate) use self::form::Form;
pub(crate) use self::route::{Base, Route};
