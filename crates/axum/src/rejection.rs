//! The answer to a request that is not a delivery.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use referral_webhooks_tower::{Refusal, refuse};

/// The answer to a request that is not a delivery, as axum sends it: a [`Refusal`], which tells the sender a status
/// and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection(pub Refusal);

impl Deref for Rejection {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        refuse(&self.0).map(Body::new)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
