//! The deliveries page of an inbox: see what came, why it failed, and process it again.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
mod act;
#[cfg(feature = "actix")]
mod actix;
mod build_error;
mod context;
mod detail;
mod explanation;
mod health;
mod history;
mod inspector;
mod json;
mod list;
mod live;
#[cfg(feature = "serve")]
mod loopback;
pub mod mask;
mod platforms;
mod problem;
mod refused;
mod service;
mod settings;
mod site;
mod view;
mod web;

pub use access::{Access, LinkToken, Operator, Rights};
pub use build_error::BuildError;
pub use explanation::{ExplanationLine, Finding};
pub use inspector::Inspector;
#[cfg(feature = "serve")]
pub use loopback::Loopback;
pub use platforms::{Decoded, Platforms};
pub use service::InspectorService;
pub use web::Body;
