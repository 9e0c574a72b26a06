//! Webhooks of referral-program platforms as an actix-web extractor.
//!
//! ```
//! use actix_web::App;
//! use referral_webhooks_actix::platform::redpin::{Event, Redpin};
//! use referral_webhooks_actix::{Endpoint, Reply, Webhook, webhook};
//!
//! async fn on_redpin(Webhook(delivery): Webhook<Redpin>) -> Reply {
//!     if let Event::ReferralCreated(referral) = delivery.event() {
//!         println!("{}: {:?}", delivery.id(), referral.status);
//!     }
//!     Reply::Accepted
//! }
//!
//! let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
//! let app = App::new().configure(webhook("/hooks/redpin", endpoint, on_redpin));
//! # let _ = app;
//! # Ok::<(), referral_webhooks_actix::ConfigError>(())
//! ```
//!
//! Everything of the core crate, `referral_webhooks`, is re-exported here. actix-web 4 speaks `http` 0.2; what the
//! core needs of a request is copied in one function, and nothing of the older generation is in this crate's
//! interface.
//!
//! Bodies have the endpoint's [deadline](Endpoint::with_body_deadline); for heads, actix-web has one of its own, 5 seconds
//! if `HttpServer::client_request_timeout` says nothing else.
//!
//! What it does not do: it remembers no ids, so a repeated delivery reaches the handler again, and it spawns nothing.

mod arguments;
mod configure;
mod enforce_contract;
mod receive;
mod verify_delivery;
mod webhook;

pub use arguments::{Arguments, LastArgument};
pub use configure::webhook;
pub use enforce_contract::{ContractService, EnforceContract};
pub use referral_webhooks::*;
pub use referral_webhooks_door::body_budget;
pub use verify_delivery::{VerifyDelivery, VerifyService};
pub use webhook::Webhook;
