//! The application's decision about a request.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::request::Parts;

use super::operator::Operator;

/// The answer of an authorisation hook.
///
/// ```
/// use referral_webhooks_inspector::{Access, Operator, Rights};
///
/// fn access(user: Option<String>) -> Access {
///     match user {
///         Some(name) => Access::Granted(Operator::new(name, Rights::ALL)),
///         None => Access::LogIn("/login".to_owned()),
///     }
/// }
/// # let _ = access;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// The request comes from this person.
    Granted(Operator),
    /// The person is sent to this URL, to log in.
    LogIn(String),
    /// The page is refused.
    Denied,
}

impl From<Option<Operator>> for Access {
    fn from(operator: Option<Operator>) -> Self {
        operator.map_or(Self::Denied, Self::Granted)
    }
}

/// The application's decision about the head of a request.
pub(crate) type Authorise = Arc<dyn Fn(&Parts) -> BoxFuture<'static, Access> + Send + Sync>;

/// Returns a hook of one type.
pub(crate) fn hook<F, D>(decide: F) -> Authorise
where
    F: Fn(&Parts) -> D + Send + Sync + 'static,
    D: Future<Output: Into<Access>> + Send + 'static,
{
    Arc::new(move |head| decide(head).map(Into::into).boxed())
}
