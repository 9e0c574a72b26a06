//! The meaning of a success to a platform.

use http::StatusCode;

/// The meaning of a success to the platform. It belongs to an event, by the event's name.
///
/// ```
/// use http::StatusCode;
/// use referral_webhooks::{Acknowledges, Contract};
///
/// const CONTRACT: Contract = Contract::builder()
///     .acknowledges(&[
///         ("payout.confirmed", Acknowledges::Fulfilment),
///         ("reward.validation", Acknowledges::Decision { yes: StatusCode::OK, no: StatusCode::BAD_REQUEST }),
///     ])
///     .build();
/// assert_eq!(CONTRACT.acknowledges(Some("payout.confirmed")), Acknowledges::Fulfilment);
/// assert_eq!(CONTRACT.acknowledges(Some("commission.created")), Acknowledges::Receipt);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acknowledges {
    /// The delivery has arrived. An inbox stores it, answers, and processes it later.
    #[default]
    Receipt,
    /// The thing is done: the platform marks it as paid or fulfilled. The answer must wait for the handler.
    Fulfilment,
    /// The answer to a question. Every other status answers neither way.
    Decision {
        /// The status for "yes".
        yes: StatusCode,
        /// The status for "no".
        no: StatusCode,
    },
    /// The answer to a question, in the body of a success. The application answers with this body itself.
    Answer,
}

impl Acknowledges {
    /// Returns whether this is the answer to a question, which cannot be answered before it is decided.
    ///
    /// ```
    /// use http::StatusCode;
    /// use referral_webhooks::Acknowledges;
    ///
    /// assert!(Acknowledges::Decision { yes: StatusCode::OK, no: StatusCode::BAD_REQUEST }.is_decision());
    /// assert!(Acknowledges::Answer.is_decision());
    /// assert!(!Acknowledges::Fulfilment.is_decision());
    /// ```
    #[must_use]
    pub const fn is_decision(self) -> bool {
        matches!(self, Self::Decision { .. } | Self::Answer)
    }

    /// Returns the rank among meanings. An event that may have any of them has the highest.
    pub(super) const fn gravity(self) -> u8 {
        match self {
            Self::Receipt => 0,
            Self::Fulfilment => 1,
            Self::Decision { .. } | Self::Answer => 2,
        }
    }

    /// Returns whether a status answers the question.
    pub(super) const fn decides(self, status: u16) -> bool {
        match self {
            Self::Decision { yes, no } => yes.as_u16() == status || no.as_u16() == status,
            Self::Receipt | Self::Fulfilment | Self::Answer => false,
        }
    }
}
