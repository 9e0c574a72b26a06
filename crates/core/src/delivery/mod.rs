//! The application's side: an endpoint, its deliveries, and the answers to them.

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "axum")]
mod axum;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
mod delivery;
mod endpoint;
mod endpoint_error;
mod export;
mod in_force;
mod items;
mod mask;
mod mask_body;
mod observer;
mod ping;
mod receive;
mod redact;
mod rejection;
mod reply;
mod rotation;
mod stored;
mod tenant;
mod watch;

pub use delivery::Delivery;
pub use endpoint::{DEFAULT_BODY_LIMIT, Endpoint};
pub use endpoint_error::EndpointError;
pub use export::http_message;
pub use observer::{Observer, Received, Refused};
pub use rejection::Rejection;
pub use reply::Reply;
pub use stored::StoredDelivery;
pub use tenant::{InvalidTenant, Tenant};
