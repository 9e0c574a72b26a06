//! Replies and rejections as responses of axum. Rust allows these impls only in the crate of the types.

use axum_core::response::{IntoResponse, Response};

use crate::{Rejection, Reply};

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        self.into()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.into()
    }
}
