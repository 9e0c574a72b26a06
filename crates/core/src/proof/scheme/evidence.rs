//! The input of a scheme, and its conclusion.

use http::{HeaderMap, Request, Uri};
use time::OffsetDateTime;

use super::policy::Policy;
use super::variant::Variant;
use crate::Trust;
use crate::proof::form::FormValue;
use crate::proof::signed_time::SignedTime;

/// The parts of one request, and the policy under which they are judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'r> {
    /// The URL that the sender requested. `None` for a stored delivery, whose URL may hold a token and is not stored.
    pub(crate) uri: Option<&'r Uri>,
    /// The seal of a stored delivery, made with the token of its URL.
    pub(crate) seal: Option<&'r [u8; 32]>,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) body: &'r [u8],
    pub(crate) now: OffsetDateTime,
    pub(crate) policy: Policy,
}

impl<'r> Evidence<'r> {
    pub(crate) fn of<B: AsRef<[u8]>>(request: &'r Request<B>, now: OffsetDateTime, policy: Policy) -> Self {
        let (uri, headers, body) = (request.uri(), request.headers(), request.body().as_ref());
        Self { uri: Some(uri), seal: None, headers, body, now, policy }
    }
}

/// The conclusion of a scheme from evidence that is genuine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proof<'r> {
    /// The position of the secret that matched.
    pub(crate) secret: usize,
    /// The position of the key in that secret, if the secret is a set of keys.
    #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "only a delivery names its key"))]
    pub(crate) key: usize,
    pub(crate) variant: Variant,
    pub(crate) trust: Trust,
    pub(crate) message_id: Option<&'r str>,
    pub(crate) signed_at: Option<SignedTime>,
    /// Older than the tolerance, and accepted under the policy.
    pub(crate) stale: bool,
    /// The form field that holds the payload, if the body is a form.
    pub(crate) form_payload: Option<FormValue<'r>>,
    /// The part of the request that holds a token, and is masked in all that leaves the core.
    pub(crate) carrier: Option<Carrier>,
}

/// The part of a request that holds a token.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Carrier {
    /// A header.
    Header(&'static str),
    /// A member of the payload, which may be the value of a form's field.
    Member { name: &'static str, field: Option<&'static str> },
    /// A field of a form that is the payload.
    Field(&'static str),
}

impl Proof<'_> {
    pub(super) const fn signed(secret: usize, variant: Variant) -> Self {
        Self {
            secret,
            key: 0,
            variant,
            trust: Trust::Signed,
            message_id: None,
            signed_at: None,
            stale: false,
            form_payload: None,
            carrier: None,
        }
    }
}
