//! A route with its endpoint.

use actix_web::dev::Handler;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Responder};
use referral_webhooks::Endpoint;
use referral_webhooks::platform::Platform;
use referral_webhooks_door::warn_of_weak_secrets;

use crate::near_misses::other_method;
use crate::ping::answer_ping;
use crate::{Arguments, EnforceContract};

/// Mounts a handler with its endpoint and keeps its answers within the platform's contract ([`EnforceContract`]). The
/// result is an argument of `App::configure` or `Scope::configure`.
///
/// ```
/// # use referral_webhooks_actix::{Endpoint, Reply, Webhook, platform::redpin::Redpin, webhook};
/// async fn on_redpin(_: Webhook<Redpin>) -> Reply { Reply::Accepted }
/// fn app(endpoint: Endpoint<Redpin>) {
///     actix_web::App::new().configure(webhook("/hooks/redpin", endpoint, on_redpin));
/// }
/// ```
///
/// The route answers `POST`. An endpoint that is [answering pings](Endpoint::answering_pings) answers `GET` and `HEAD` as
/// well. Other methods are answered 405, and reported if the application's data have [`NearMisses`](crate::NearMisses).
///
/// The handler's last argument is a [`Webhook<P>`](crate::Webhook) of the endpoint's platform, or a `Result` of it; see
/// [`LastArgument`](crate::LastArgument). An endpoint of another platform does not compile:
///
/// ```compile_fail,E0277
/// # use referral_webhooks_actix::{Endpoint, Reply, Webhook, platform::{redpin::Redpin, prefinery::Prefinery}, webhook};
/// async fn on_redpin(_: Webhook<Redpin>) -> Reply { Reply::Accepted }
/// fn app(endpoint: Endpoint<Prefinery>) {
///     actix_web::App::new().configure(webhook("/hooks/redpin", endpoint, on_redpin));
/// }
/// ```
///
/// An optional delivery does not compile either, because it would accept a sender without a signature:
///
/// ```compile_fail,E0277
/// # use referral_webhooks_actix::{Endpoint, Reply, Webhook, platform::redpin::Redpin, webhook};
/// async fn on_redpin(_: Option<Webhook<Redpin>>) -> Reply { Reply::Accepted }
/// fn app(endpoint: Endpoint<Redpin>) {
///     actix_web::App::new().configure(webhook("/hooks/redpin", endpoint, on_redpin));
/// }
/// ```
pub fn webhook<P, H, A>(path: &str, endpoint: Endpoint<P>, handler: H) -> impl FnOnce(&mut ServiceConfig) + use<P, H, A>
where
    P: Platform,
    H: Handler<A>,
    A: Arguments<P> + FromRequest + 'static,
    H::Output: Responder + 'static,
{
    warn_of_weak_secrets(&endpoint);
    let route = web::post().to(handler);
    let mut resource = web::resource(path).route(route).default_service(web::to(other_method));
    if endpoint.answers_ping(&http::Method::GET) {
        for method in [web::get(), web::head()] {
            resource = resource.route(method.to(answer_ping::<P>));
        }
    }
    let resource = resource.app_data(endpoint).wrap(EnforceContract::<P>::new());
    move |config| {
        config.service(resource);
    }
}
