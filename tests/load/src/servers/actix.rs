//! The server on actix-web.

use std::hint::black_box;
use std::net::TcpListener;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use http::{HeaderMap, HeaderName, HeaderValue};
use referral_webhooks_actix::platform::redpin::{Event, Redpin};
use referral_webhooks_actix::{Endpoint, Reply, Webhook, webhook};

use super::kinds::Handler;
use crate::requests::{PATH, SECRET};
use crate::theirs::ReferralCreated;

pub(super) fn serve(listener: TcpListener, handler: Handler) {
    let configure = move |config: &mut ServiceConfig| match handler {
        Handler::Bare => drop(config.route(PATH, web::post().to(bare))),
        Handler::Ours => drop(config.configure(webhook(PATH, Endpoint::<Redpin>::new(SECRET).unwrap(), ours))),
        Handler::Svix => {
            let webhook = Data::new(svix::webhooks::Webhook::new(SECRET).unwrap());
            config.app_data(webhook).route(PATH, web::post().to(svix));
        }
    };
    let server = HttpServer::new(move || App::new().configure(configure)).workers(1).disable_signals();
    let running = server.listen(listener).unwrap().run();
    actix_web::rt::System::new().block_on(running).unwrap();
}

async fn bare(body: Bytes) -> HttpResponse {
    black_box(body);
    HttpResponse::Ok().finish()
}

async fn ours(Webhook(delivery): Webhook<Redpin>) -> Reply {
    let Event::ReferralCreated(referral) = delivery.event() else { return Reply::retry_later(&delivery) };
    black_box(referral);
    Reply::Accepted
}

async fn svix(webhook: Data<svix::webhooks::Webhook>, request: HttpRequest, body: Bytes) -> HttpResponse {
    if webhook.verify(&body, &proof(&request)).is_err() {
        return HttpResponse::Unauthorized().finish();
    }
    let Ok(referral) = serde_json::from_slice::<ReferralCreated>(&body) else {
        return HttpResponse::new(StatusCode::BAD_REQUEST);
    };
    black_box(&referral);
    HttpResponse::Ok().finish()
}

/// Returns the three headers that the crate reads, in a map of `http` 1, because actix-web has one of `http` 0.2.
fn proof(request: &HttpRequest) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in ["svix-id", "svix-timestamp", "svix-signature"] {
        let value = request.headers().get(name).and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok());
        headers.extend(value.map(|value| (HeaderName::from_static(name), value)));
    }
    headers
}
