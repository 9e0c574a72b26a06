//! The middleware: the request that `VerifyDelivery` passes on, and the answers that both translate.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, error, web};
use bytes::Bytes;
use referral_webhooks_actix::platform::Platform;
use referral_webhooks_actix::platform::prefinery::Prefinery;
use referral_webhooks_actix::platform::redpin::Redpin;
use referral_webhooks_actix::{Delivery, Endpoint, EnforceContract, Reply, VerifyDelivery, Webhook, webhook};

use crate::support::{REFERRAL, call, counted, prefinery, redpin, signed};

#[actix_web::test]
async fn an_inner_service_receives_the_verified_bytes_and_the_delivery() {
    async fn inner(request: HttpRequest, delivery: web::ReqData<Delivery<Redpin>>, body: web::Bytes) -> HttpResponse {
        assert_eq!(request.headers().len(), delivery.headers().len());
        for (name, value) in request.headers() {
            assert_eq!(delivery.headers()[name.as_str()].as_bytes(), value.as_bytes(), "{name}");
        }
        assert_eq!((delivery.body(), &body), (&Bytes::from_static(REFERRAL.as_bytes()), &body));
        HttpResponse::Ok().body(body)
    }
    let pieces = vec![Ok(REFERRAL[..1].into()), Ok(REFERRAL[1..20].into()), Ok(REFERRAL[20..].into())];
    let app = init_service(App::new().wrap(VerifyDelivery::new(redpin())).default_service(web::to(inner))).await;
    let response = call(&app, counted(signed(&redpin(), REFERRAL), pieces).0).await;
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, REFERRAL.as_bytes()));
}

#[actix_web::test]
async fn the_extractor_reuses_the_delivery_of_the_middleware() {
    async fn inner(Webhook(delivery): Webhook<Redpin>, other: web::ReqData<Delivery<Redpin>>) -> Reply {
        assert_eq!(delivery.id(), other.id());
        Reply::Accepted
    }
    // This endpoint alone would refuse the request.
    let other = Endpoint::<Redpin>::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
    let app = || App::new().app_data(other.clone()).route("/", web::post().to(inner));
    let verified = init_service(app().wrap(VerifyDelivery::new(redpin()))).await;
    assert_eq!(call(&verified, signed(&redpin(), REFERRAL).to_request()).await.status(), 200);
    let unverified = init_service(app()).await;
    assert_eq!(call(&unverified, signed(&redpin(), REFERRAL).to_request()).await.status(), 401);
}

/// Returns the status and `Retry-After` from the middleware, for `answered` as a response of the handler, as its error, and
/// as the error of an inner middleware.
async fn translated<P: Platform + Default>(endpoint: Endpoint<P>, answered: StatusCode) -> [(u16, Option<String>); 3] {
    let response = move || async move { HttpResponse::new(answered) };
    let failure = move || async move { Err::<HttpResponse, _>(error::InternalError::new("not now", answered)) };
    let in_between = from_fn(move |_, _: Next<BoxBody>| async move {
        Err::<ServiceResponse, Error>(error::InternalError::new("not now", answered).into())
    });
    let app = App::new()
        .service(web::resource("/response").to(response).wrap(VerifyDelivery::new(endpoint.clone())))
        .service(web::resource("/failure").to(failure).wrap(VerifyDelivery::new(endpoint.clone())))
        .service(
            web::resource("/in-between").to(response).wrap(in_between).wrap(VerifyDelivery::new(endpoint.clone())),
        );
    let app = init_service(app).await;
    let mut answers = Vec::new();
    for path in ["/response", "/failure", "/in-between"] {
        let response = call(&app, signed(&endpoint, REFERRAL).uri(path).to_request()).await;
        let wait = response.headers().get(RETRY_AFTER).map(|wait| wait.to_str().unwrap().to_owned());
        answers.push((response.status().as_u16(), wait));
    }
    answers.try_into().unwrap()
}

#[actix_web::test]
async fn answers_are_translated_into_the_contract() {
    for (answered, at_redpin, at_prefinery) in [
        (200, 200, 200),
        (201, 200, 200),
        (204, 200, 200),
        (302, 503, 429),
        (400, 503, 429),
        (404, 503, 429),
        (408, 503, 429),
        (410, 503, 429),
        (429, 503, 429),
        (500, 503, 429),
        (503, 503, 429),
    ] {
        let status = StatusCode::from_u16(answered).unwrap();
        // The middleware adds `Retry-After` to a status that it translates, and leaves a 503 of the handler unchanged.
        let wait = (at_redpin == 503 && answered != 503).then(|| "60".to_owned());
        for answer in translated(redpin(), status).await {
            assert_eq!(answer, (at_redpin, wait.clone()), "{answered} at Redpin");
        }
        for answer in translated(prefinery(), status).await {
            assert_eq!(answer, (at_prefinery, None), "{answered} at Prefinery");
        }
    }
}

#[actix_web::test]
async fn refusals_of_requests_without_a_delivery_stay() {
    for (answered, want) in [(200, 200), (302, 429), (400, 400), (404, 404), (410, 429), (413, 413), (500, 429)] {
        let status = StatusCode::from_u16(answered).unwrap();
        let response = move || async move { HttpResponse::new(status) };
        let app = App::new().service(web::resource("/").to(response).wrap(EnforceContract::<Prefinery>::new()));
        let request = TestRequest::post().to_request();
        assert_eq!(call(&init_service(app).await, request).await.status(), want, "{answered}");
    }
}

fn panic_at_once() -> std::future::Ready<Reply> {
    panic!("the panic of the handler")
}

async fn panic_later() -> Reply {
    actix_web::rt::task::yield_now().await;
    panic!("the panic of the handler")
}

async fn after_panic<P: Platform + Default>(endpoint: Endpoint<P>) -> [u16; 5] {
    let panic_when_called =
        |_, _: &_| -> std::future::Ready<Result<ServiceResponse, Error>> { panic!("the panic of the handler") };
    let called = web::resource("/verify/called").to(panic_later).wrap_fn(panic_when_called);
    let app = App::new()
        .service(called.wrap(VerifyDelivery::new(endpoint.clone())))
        .service(web::resource("/verify").to(panic_at_once).wrap(VerifyDelivery::new(endpoint.clone())))
        .service(web::resource("/verify/later").to(panic_later).wrap(VerifyDelivery::new(endpoint.clone())))
        .configure(webhook("/webhook", endpoint.clone(), |_: Webhook<P>| panic_at_once()))
        .configure(webhook("/webhook/later", endpoint.clone(), |_: Webhook<P>| panic_later()));
    let app = init_service(app).await;
    let mut statuses = Vec::new();
    for path in ["/verify/called", "/verify", "/verify/later", "/webhook", "/webhook/later"] {
        statuses.push(call(&app, signed(&endpoint, REFERRAL).uri(path).to_request()).await.status().as_u16());
    }
    statuses.try_into().unwrap()
}

#[actix_web::test]
async fn a_panic_is_a_transient_fault() {
    assert_eq!(after_panic(redpin()).await, [503; 5]);
    assert_eq!(after_panic(prefinery()).await, [429; 5]);
}
