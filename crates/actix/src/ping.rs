//! The answer to a platform that checks a URL.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use bytes::Bytes;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, Rejection, Reply};
use referral_webhooks_door as door;

use crate::receive::{endpoint, head};

/// Answers a ping at the route of an endpoint.
pub(crate) async fn answer_ping<P: Platform>(request: HttpRequest) -> Result<Reply, Rejection> {
    check_ping(&endpoint::<P>(&request)?, &request)
}

/// Checks the token in the URL, if the endpoint has one.
pub(crate) fn check_ping<P: Platform>(endpoint: &Endpoint<P>, request: &HttpRequest) -> Result<Reply, Rejection> {
    let checked = head(request).and_then(|head| endpoint.check_url(head.uri()));
    checked.map(|()| Reply::Accepted).map_err(|error| {
        let seen = || head(request).map(|head| head.map(|()| Bytes::new())).unwrap_or_default();
        door::refuse(endpoint, error, &seen, Some(0))
    })
}

/// The answer to a ping from a middleware. It has the form of an error, because the body of a response belongs to the inner
/// service.
#[derive(Debug)]
pub(crate) struct Pinged(pub(crate) Reply);

impl fmt::Display for Pinged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a ping, which is no delivery")
    }
}

impl ResponseError for Pinged {
    fn status_code(&self) -> StatusCode {
        HttpResponse::from(self.0).status()
    }

    fn error_response(&self) -> HttpResponse {
        self.0.into()
    }
}
