//! A route with its endpoint.

use actix_web::dev::Handler;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Responder, Route};
use referral_webhooks::Endpoint;
use referral_webhooks::platform::Platform;
use referral_webhooks_door::{Endpoints, warn_of_weak_secrets};

use crate::near_misses::other_method;
use crate::ping::answer_ping;
use crate::receive::CurrentEndpoint;
use crate::{Arguments, EnforceContract, TenantArguments};

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
    let is_pinged = endpoint.answers_ping(&http::Method::GET);
    let pings = if is_pinged { vec![web::get(), web::head()] } else { Vec::new() };
    mount(path, endpoint.platform().clone(), endpoint, handler, pings)
}

/// Mounts a handler with an endpoint that may be replaced, as [`webhook`] does with a fixed one: `current` returns it for
/// each request.
///
/// ```
/// use std::sync::{Arc, RwLock};
///
/// use actix_web::App;
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Endpoint, Reply, Webhook, webhook_with_current};
///
/// async fn on_redpin(_: Webhook<Redpin>) -> Reply { Reply::Accepted }
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let shared = Arc::new(RwLock::new(endpoint));
/// let current = move || shared.read().unwrap().clone();
/// let app = App::new().configure(webhook_with_current("/hooks/redpin", current, on_redpin));
/// # let _ = app;
/// # Ok::<(), referral_webhooks_actix::EndpointError>(())
/// ```
pub fn webhook_with_current<P, C, H, A>(
    path: &str,
    current: C,
    handler: H,
) -> impl FnOnce(&mut ServiceConfig) + use<P, C, H, A>
where
    P: Platform,
    C: Fn() -> Endpoint<P> + Send + Sync + 'static,
    H: Handler<A>,
    A: Arguments<P> + FromRequest + 'static,
    H::Output: Responder + 'static,
{
    let endpoint = current();
    warn_of_weak_secrets(&endpoint);
    let is_pinged = endpoint.answers_ping(&http::Method::GET);
    let pings = if is_pinged { vec![web::get(), web::head()] } else { Vec::new() };
    let platform = endpoint.platform().clone();
    mount(path, platform, CurrentEndpoint::new(current), handler, pings)
}

/// Mounts a handler with the endpoints of many tenants, as [`webhook`] does with one. The path has a segment `{tenant}`,
/// unless the scope of the route has it.
///
/// ```
/// use actix_web::App;
/// use referral_webhooks_actix::platform::redpin::Redpin;
/// use referral_webhooks_actix::{Endpoints, Reply, TenantWebhook, tenant_webhook};
///
/// async fn on_redpin(_: TenantWebhook<Redpin>) -> Reply { Reply::Accepted }
/// fn app(endpoints: Endpoints<Redpin>) {
///     App::new().configure(tenant_webhook("/hooks/redpin/{tenant}", endpoints, on_redpin));
/// }
/// # let _ = app;
/// ```
///
/// The handler's last argument is a [`TenantWebhook<P>`](crate::TenantWebhook) of the endpoints' platform, or a `Result` of
/// it. An optional delivery does not compile:
///
/// ```compile_fail,E0277
/// # use referral_webhooks_actix::{Endpoints, Reply, TenantWebhook, platform::redpin::Redpin, tenant_webhook};
/// async fn on_redpin(_: Option<TenantWebhook<Redpin>>) -> Reply { Reply::Accepted }
/// fn app(endpoints: Endpoints<Redpin>) {
///     actix_web::App::new().configure(tenant_webhook("/hooks/redpin/{tenant}", endpoints, on_redpin));
/// }
/// ```
pub fn tenant_webhook<P, H, A>(
    path: &str,
    endpoints: Endpoints<P>,
    handler: H,
) -> impl FnOnce(&mut ServiceConfig) + use<P, H, A>
where
    P: Platform,
    H: Handler<A>,
    A: TenantArguments<P> + FromRequest + 'static,
    H::Output: Responder + 'static,
{
    let platform = endpoints.platform().clone();
    mount(path, platform, endpoints, handler, Vec::new())
}

/// Mounts a handler with the data that its last argument needs. Requests by the methods of `pings` are answered as pings.
fn mount<P, D, H, A>(
    path: &str,
    platform: P,
    data: D,
    handler: H,
    pings: Vec<Route>,
) -> impl FnOnce(&mut ServiceConfig) + use<P, D, H, A>
where
    P: Platform,
    D: 'static,
    H: Handler<A>,
    A: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    let route = web::post().to(handler);
    let resource = web::resource(path).app_data(data).route(route).default_service(web::to(other_method));
    let resource = pings.into_iter().fold(resource, |resource, method| resource.route(method.to(answer_ping::<P>)));
    let resource = resource.wrap(EnforceContract::of(platform));
    move |config| {
        config.service(resource);
    }
}
