//! Replies and rejections as responses of actix-web. Rust allows these impls only in the crate of the types.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder, ResponseError};

use crate::{Rejection, Reply};

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

impl From<Reply> for HttpResponse {
    fn from(reply: Reply) -> Self {
        response(reply.status(), reply.retry_after()).finish()
    }
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        status(self.status())
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = response(self.status(), self.retry_after());
        if self.closes() {
            response.force_close();
        }
        response.content_type(ContentType::plaintext()).body(self.body_text())
    }
}

fn response(answer: http::StatusCode, retry_after: Option<Duration>) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status(answer));
    if let Some(wait) = retry_after {
        response.insert_header((RETRY_AFTER, wait.as_secs()));
    }
    response
}

/// Converts a status of `http` 1 into one of `http` 0.2, which actix-web 4 uses.
fn status(status: http::StatusCode) -> StatusCode {
    StatusCode::from_u16(status.as_u16()).expect("both versions of http have the same statuses")
}
