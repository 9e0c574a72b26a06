//! The deliveries page of an inbox, to see deliveries and failures, and to process deliveries again.
//!
//! The page is rendered on the server. It works without JavaScript, from 390 pixels, in light and dark, by keyboard alone.
//!
//! # In an application
//!
//! [`Inspector`] builds a tower service for axum and hyper. A page without a hook that decides about its readers cannot be
//! built:
//!
//! ```
//! use axum::Router;
//! use http::header::COOKIE;
//! use http::request::Parts;
//! use referral_webhooks_inbox::Inbox;
//! use referral_webhooks_inbox::store::Store;
//! use referral_webhooks_inspector::{Access, BuildError, Inspector, Operator, Rights};
//!
//! async fn access(session: Option<String>) -> Access {
//!     // Look the session of the application up here.
//!     match session.as_deref() {
//!         Some("session=dana") => Access::Granted(Operator::new("dana@example.com", Rights::ALL)),
//!         _ => Access::LogIn("/login".to_owned()),
//!     }
//! }
//!
//! fn app<S: Store>(inbox: &Inbox<S>) -> Result<Router, BuildError> {
//!     let page = Inspector::new(inbox.clone())
//!         .at("/admin/webhooks")
//!         .allowed_hosts(["admin.shop.example"])
//!         .authorise(|head: &Parts| {
//!             access(head.headers.get(COOKIE).and_then(|cookie| Some(cookie.to_str().ok()?.to_owned())))
//!         })
//!         .build()?;
//!     Ok(Router::new().nest_service("/admin/webhooks", page))
//! }
//! # app(&Inbox::new(referral_webhooks_inbox::MemoryStore::new())).unwrap();
//! ```
//!
//! hyper serves it by `hyper_util::service::TowerToHyperService`, and actix-web by `InspectorService::configure` with the
//! feature `actix`.
//!
//! # On a developer's machine
//!
//! With the feature `serve`, `Loopback` serves the page on 127.0.0.1 and prints a link with a token. `refhook inbox page`
//! does the same for any inbox.
//!
//! # Guarantees
//!
//! - **No page without a person.** The hook decides about each request. The link of a machine holds a random token, which a
//!   browser exchanges for an `HttpOnly; SameSite=Strict` cookie.
//! - **No foreign name.** A request for another name than the [allowed](Inspector::allowed_hosts) ones is refused, so that no
//!   page of a stranger can point its own name here.
//! - **No foreign form.** An action needs the token of the session, and a request of the page's own origin.
//! - **No inline script or style.** The policy allows the page's own files alone. Text of strangers is escaped, and
//!   characters that change its direction are shown.
//! - **A count first.** An action shows the number of entries, asks for a reason, and concerns those entries at most. A form
//!   acts once, in all processes. The history of each entry has the person and the reason.
//! - **Personal data are masked** until a person reveals those of one delivery. The history has a line of it, and after
//!   some minutes they are masked again.
//! - **Bounds:** 64 streams of live rows, 64 KiB of a form, 10,000 entries of an action.
//!
//! # Limits
//!
//! - The page has no table of users. The application decides about its readers.
//! - Several processes that serve one page need one [session secret](Inspector::session_secret).
//! - An action on many entries runs within its request. A proxy with a shorter time-out cuts the answer off, and not the
//!   action.
//!
//! # Features
//!
//! | feature | content |
//! |---|---|
//! | `platforms` (default) | the built-in platforms |
//! | `profile` (default) | platforms that a file describes |
//! | `serve` | `Loopback` |
//! | `actix` | `InspectorService::configure` |

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
