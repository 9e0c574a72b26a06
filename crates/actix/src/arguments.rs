//! The arguments of a mounted handler.

use referral_webhooks::Rejection;
use referral_webhooks::platform::Platform;

use crate::{TenantWebhook, Webhook};

/// The last argument of a handler that [`webhook`](crate::webhook()) mounts: a [`Webhook<P>`], or a `Result` of it.
///
/// It is the last one, as on axum, because the delivery consumes the request's body. A custom extractor can implement the
/// trait if it extracts a [`Webhook<P>`] and returns its error:
///
/// ```
/// use actix_web::dev::Payload;
/// use actix_web::{FromRequest, HttpRequest};
/// use futures_util::future::LocalBoxFuture;
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Delivery, LastArgument, Rejection, Webhook};
///
/// struct Referral(Delivery<Redpin>);
///
/// impl FromRequest for Referral {
///     type Error = Rejection;
///     type Future = LocalBoxFuture<'static, Result<Self, Rejection>>;
///
///     fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
///         let received = Webhook::from_request(request, payload);
///         Box::pin(async { received.await.map(|Webhook(delivery)| Self(delivery)) })
///     }
/// }
///
/// impl LastArgument<Redpin> for Referral {}
/// ```
///
/// `Option<Webhook<P>>` does not implement the trait. Actix makes an optional extractor from every other one, and this one
/// would accept a sender without a signature.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a delivery of the endpoint's platform",
    label = "the handler's last argument must be `Webhook<{P}>`",
    note = "`Result<Webhook<{P}>, Rejection>` will do as well; an `Option` would let unsigned requests in"
)]
pub trait LastArgument<P> {}

impl<P: Platform> LastArgument<P> for Webhook<P> {}
impl<P: Platform> LastArgument<P> for Result<Webhook<P>, Rejection> {}

/// The last argument of a handler that [`tenant_webhook`](crate::tenant_webhook()) mounts: a [`TenantWebhook<P>`], or a
/// `Result` of it. See [`LastArgument`].
///
/// ```
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{LastTenantArgument, Rejection, TenantWebhook};
///
/// fn check<A: LastTenantArgument<Redpin>>() {}
/// check::<Result<TenantWebhook<Redpin>, Rejection>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a delivery of a tenant of the endpoints' platform",
    label = "the handler's last argument must be `TenantWebhook<{P}>`",
    note = "`Result<TenantWebhook<{P}>, Rejection>` will do as well; an `Option` would let unsigned requests in"
)]
pub trait LastTenantArgument<P> {}

impl<P: Platform> LastTenantArgument<P> for TenantWebhook<P> {}
impl<P: Platform> LastTenantArgument<P> for Result<TenantWebhook<P>, Rejection> {}

/// The arguments of a handler. The last one is a [`LastArgument`].
///
/// ```
/// use actix_web::web::{Data, Path};
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Arguments, Webhook};
///
/// fn check<A: Arguments<Redpin>>() {}
/// check::<(Data<String>, Path<String>, Webhook<Redpin>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "the handler does not take a delivery",
    label = "the last argument must be `Webhook<{P}>`"
)]
pub trait Arguments<P> {}

/// The arguments of a handler. The last one is a [`LastTenantArgument`].
///
/// ```
/// use actix_web::web::Data;
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{TenantArguments, TenantWebhook};
///
/// fn check<A: TenantArguments<Redpin>>() {}
/// check::<(Data<String>, TenantWebhook<Redpin>)>();
/// ```
#[diagnostic::on_unimplemented(
    message = "the handler does not take a delivery of a tenant",
    label = "the last argument must be `TenantWebhook<{P}>`"
)]
pub trait TenantArguments<P> {}

/// Up to 16 arguments, the maximum of actix-web.
macro_rules! arguments {
    ($($argument:ident)*) => {
        impl<P, $($argument,)* Last: LastArgument<P>> Arguments<P> for ($($argument,)* Last,) {}
        impl<P, $($argument,)* Last: LastTenantArgument<P>> TenantArguments<P> for ($($argument,)* Last,) {}
    };
}

arguments! {}
arguments! { A }
arguments! { A B }
arguments! { A B C }
arguments! { A B C D }
arguments! { A B C D E }
arguments! { A B C D E F }
arguments! { A B C D E F G }
arguments! { A B C D E F G H }
arguments! { A B C D E F G H I }
arguments! { A B C D E F G H I J }
arguments! { A B C D E F G H I J K }
arguments! { A B C D E F G H I J K L }
arguments! { A B C D E F G H I J K L M }
arguments! { A B C D E F G H I J K L M N }
arguments! { A B C D E F G H I J K L M N O }
