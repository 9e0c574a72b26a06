//! What a mounted handler may take.

use referral_webhooks::Rejection;
use referral_webhooks::platform::Platform;

use crate::Webhook;

/// What can be the last argument of a handler that [`webhook`](crate::webhook()) mounts: a [`Webhook<P>`], or a
/// `Result` of it.
///
/// The last, as on axum: the delivery takes the request's body, so nothing after it could. Implement it for an
/// extractor of yours that takes a [`Webhook<P>`] itself, and passes its error on.
///
/// `Option<Webhook<P>>` does not have it and cannot get it. Actix makes that extractor of every other, and a sender who
/// leaves the signature out would be let in.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a delivery of the endpoint's platform",
    label = "the handler's last argument must be `Webhook<{P}>`",
    note = "`Result<Webhook<{P}>, Rejection>` will do as well; an `Option` would let unsigned requests in"
)]
pub trait LastArgument<P> {}

impl<P: Platform> LastArgument<P> for Webhook<P> {}
impl<P: Platform> LastArgument<P> for Result<Webhook<P>, Rejection> {}

/// The arguments of a handler, of which the last is a [`LastArgument`].
#[diagnostic::on_unimplemented(
    message = "the handler does not take a delivery",
    label = "the last argument must be `Webhook<{P}>`"
)]
pub trait Arguments<P> {}

/// As many as actix's handlers can have.
macro_rules! arguments {
    ($($argument:ident)*) => {
        impl<P, $($argument,)* Last: LastArgument<P>> Arguments<P> for ($($argument,)* Last,) {}
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
