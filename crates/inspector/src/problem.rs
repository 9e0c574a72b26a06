//! Why a page cannot be shown.

use http::StatusCode;
use maud::html;
use referral_webhooks::chain;
use referral_webhooks_inbox::store::StoreError;

use crate::view::{Frame, Section};
use crate::web::answer::{self, Answer};

/// Why a page cannot be shown: the status, and a text for the operator.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    text: String,
}

impl Problem {
    /// The thing does not exist, or not any more.
    pub(crate) fn missing(text: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, text: text.into() }
    }

    /// The URL or the form cannot be read.
    pub(crate) fn bad_input(text: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, text: text.into() }
    }

    /// The operator may not do it.
    pub(crate) fn forbidden(text: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, text: text.into() }
    }

    /// The page knows no such method.
    pub(crate) fn not_allowed(text: impl Into<String>) -> Self {
        Self { status: StatusCode::METHOD_NOT_ALLOWED, text: text.into() }
    }

    /// Too much is asked at once.
    pub(crate) fn busy(text: impl Into<String>) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, text: text.into() }
    }

    /// Returns the page that says it.
    pub(crate) fn answer(&self, frame: &Frame) -> Answer {
        let title = match self.status {
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::BAD_REQUEST => "The request cannot be read",
            StatusCode::METHOD_NOT_ALLOWED => "Not possible",
            StatusCode::FORBIDDEN => "Refused",
            StatusCode::SERVICE_UNAVAILABLE => "Busy",
            _ => "The store failed",
        };
        let content = html! {
            h1 { (title) }
            div.banner role="alert" { p { (self.text) } }
            p { a.button href=(frame.path("/")) { "All deliveries" } }
        };
        answer::with_status(self.status, frame.page(Section::Other, title, content))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %chain(&error), "the inspector could not read the store");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, text: format!("{}", chain(&error)) }
    }
}
