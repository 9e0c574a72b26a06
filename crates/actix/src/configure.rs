//! A route with its endpoint.

use actix_web::dev::Handler;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Responder};
use referral_webhooks::Endpoint;
use referral_webhooks::platform::Platform;

use crate::InContract;

/// Mounts a handler with its endpoint, so that the endpoint cannot be forgotten, and keeps its answers within the
/// platform's contract ([`InContract`]). For `App::configure`.
pub fn webhook<P, H, A>(path: &str, endpoint: Endpoint<P>, handler: H) -> impl FnOnce(&mut ServiceConfig)
where
    P: Platform,
    H: Handler<A>,
    A: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    let route = web::post().to(handler);
    let resource = web::resource(path).app_data(endpoint).route(route).wrap(InContract::<P>::new());
    move |config| {
        config.service(resource);
    }
}
