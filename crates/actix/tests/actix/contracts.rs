//! The middleware of a whole application, near misses, pings and scopes.

use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, body::BoxBody, error, rt, web};
use referral_webhooks_actix::platform::prefinery::Prefinery;
use referral_webhooks_actix::platform::redpin::Redpin;
use referral_webhooks_actix::platform::refir::Refir;
use referral_webhooks_actix::{
    Endpoint, EnforceContracts, NearMisses, Reply, VerifyDelivery, Webhook, WebhookRoutes, webhook,
};
use tokio::sync::Notify;

use crate::support::{call, prefinery, redpin, signed};

const TOKEN: &str = "kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA";

fn routes() -> WebhookRoutes {
    WebhookRoutes::new()
        .route::<Prefinery>("/hooks/prefinery")
        .route::<Redpin>("/{tenant}/redpin")
        .route::<Refir>("/hooks/refir/{token}")
}

#[actix_web::test]
async fn answers_outside_of_the_routes_keep_the_contracts() {
    for answered in [408, 413, 429, 500, 503, 410] {
        for fails in [false, true] {
            let status = StatusCode::from_u16(answered).unwrap();
            let outside = from_fn(move |request: ServiceRequest, _: Next<BoxBody>| async move {
                if fails {
                    return Err::<ServiceResponse, Error>(error::InternalError::new("", status).into());
                }
                Ok(request.into_response(HttpResponse::new(status)))
            });
            let app = init_service(App::new().wrap(outside).wrap(EnforceContracts::new(routes()))).await;
            let later = |later| if answered == 413 { 413 } else { later };
            for (path, want) in [
                ("/hooks/prefinery".to_owned(), later(429)),
                ("/shop-7/redpin".to_owned(), later(503)),
                (format!("/hooks/refir/{TOKEN}"), later(503)),
                ("/shop".to_owned(), answered),
            ] {
                let response = call(&app, TestRequest::post().uri(&path).to_request()).await;
                assert_eq!(response.status(), want, "{answered} at {path}, as an error: {fails}");
            }
        }
    }
}

async fn time_out(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let answered = rt::time::timeout(Duration::from_millis(50), next.call(request)).await;
    answered.unwrap_or_else(|_| Err(error::ErrorRequestTimeout("")))
}

#[actix_web::test]
async fn a_handler_ends_after_a_time_out_outside_of_its_route() {
    for (label, routes) in
        [("in the table", WebhookRoutes::new().route::<Prefinery>("/")), ("omitted", WebhookRoutes::new())]
    {
        let ended = Rc::new(Notify::new());
        let work = {
            let ended = Rc::clone(&ended);
            move |_: Webhook<Prefinery>| {
                let ended = Rc::clone(&ended);
                async move {
                    rt::time::sleep(Duration::from_millis(200)).await;
                    ended.notify_one();
                    Reply::Accepted
                }
            }
        };
        let app = App::new().configure(webhook("/", prefinery(), work)).wrap(from_fn(time_out));
        let app = init_service(app.wrap(EnforceContracts::new(routes))).await;
        assert_eq!(call(&app, signed(&prefinery(), "{}").uri("/").to_request()).await.status(), 429, "{label}");
        rt::time::timeout(Duration::from_secs(5), ended.notified()).await.expect("the handler was dropped");
    }
}

async fn no_delivery<P: referral_webhooks_actix::platform::Platform>(_: Webhook<P>) -> Reply {
    panic!("the request is no delivery")
}

#[actix_web::test]
async fn a_near_miss_keeps_the_event() {
    let missed = NearMisses::new(routes());
    let app = App::new()
        .configure(webhook("/hooks/prefinery", prefinery(), no_delivery::<Prefinery>))
        .app_data(missed.clone())
        .default_service(missed.service());
    let app = init_service(app).await;
    for (method, path, want) in [
        (Method::POST, "/hooks/prefinery/".to_owned(), 429),
        (Method::POST, "/hooks//prefinery".to_owned(), 429),
        (Method::POST, "/Hooks/Prefinery".to_owned(), 429),
        (Method::POST, format!("/hooks/refir/{TOKEN}/"), 503),
        (Method::GET, "/hooks/prefinery".to_owned(), 405),
        (Method::OPTIONS, "/hooks/prefinery".to_owned(), 405),
        (Method::PUT, "/hooks/prefinery".to_owned(), 405),
        (Method::POST, "/favicon.ico".to_owned(), 404),
    ] {
        let request = TestRequest::with_uri(&path).method(method.clone()).to_request();
        assert_eq!(call(&app, request).await.status(), want, "{method} {path}");
    }
}

#[actix_web::test]
async fn pings_are_answered_without_the_handler() {
    let refir = Endpoint::<Refir>::new(TOKEN).unwrap().answering_pings();
    let inner = || async { panic!("a ping is no delivery") as HttpResponse };
    let app = App::new()
        .configure(webhook("/extractor/{token}", refir.clone(), no_delivery::<Refir>))
        .service(web::resource("/middleware/{token}").to(inner).wrap(VerifyDelivery::new(refir)))
        .configure(webhook("/redpin", redpin(), no_delivery::<Redpin>));
    let app = init_service(app).await;
    for (method, path, want) in [
        (Method::GET, format!("/extractor/{TOKEN}"), 200),
        (Method::HEAD, format!("/extractor/{TOKEN}"), 200),
        (Method::GET, "/extractor/another-token-here".to_owned(), 404),
        (Method::PUT, format!("/extractor/{TOKEN}"), 405),
        (Method::GET, format!("/middleware/{TOKEN}"), 200),
        (Method::HEAD, format!("/middleware/{TOKEN}"), 200),
        (Method::GET, "/middleware/another-token-here".to_owned(), 404),
        (Method::GET, "/redpin".to_owned(), 405),
    ] {
        let request = TestRequest::with_uri(&path).method(method.clone()).to_request();
        assert_eq!(call(&app, request).await.status(), want, "{method} {path}");
    }
}

#[actix_web::test]
async fn the_token_is_found_within_a_scope() {
    async fn accept(_: Webhook<Refir>) -> Reply {
        Reply::Accepted
    }
    let endpoint = Endpoint::<Refir>::new(TOKEN).unwrap();
    let scope = web::scope("/hooks/{token}").configure(webhook("", endpoint, accept));
    let app = init_service(App::new().service(scope)).await;
    for (path, want) in [(format!("/hooks/{TOKEN}"), 200), ("/hooks/another-token-here".to_owned(), 404)] {
        assert_eq!(call(&app, TestRequest::post().uri(&path).to_request()).await.status(), want, "{path}");
    }
}
