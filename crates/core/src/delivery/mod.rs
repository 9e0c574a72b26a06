//! The application's side: an endpoint, its deliveries, and the answers to them.

#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
mod delivery;
mod endpoint;
mod endpoint_error;
mod receive;
mod refusal;
mod reply;
mod stored;

pub use delivery::Delivery;
pub use endpoint::{DEFAULT_BODY_LIMIT, Endpoint};
pub use endpoint_error::EndpointError;
pub use refusal::Refusal;
pub use reply::Reply;
pub use stored::StoredDelivery;
