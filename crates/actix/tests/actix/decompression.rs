//! The endpoint behind a middleware that decompresses bodies.

use std::io::Write as _;

use actix_web::dev::{Decompress, Payload, ServiceRequest};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpMessage as _, HttpResponse, test, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use referral_webhooks_actix::platform::redpin::Redpin;
use referral_webhooks_actix::{ErrorKind, Message, Rejection, Webhook};
use time::OffsetDateTime;

use crate::support::{REFERRAL, redpin};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

async fn report(received: Result<Webhook<Redpin>, Rejection>) -> HttpResponse {
    let error = received.err().map(|rejection| rejection.error());
    HttpResponse::Ok().body(error.map_or("accepted", |error| match error.kind() {
        ErrorKind::BodyLayerFailed => {
            assert!(error.advice().to_string().contains("`Decompress`"));
            "layer failed"
        }
        kind => kind.as_str(),
    }))
}

#[actix_web::test]
async fn a_body_that_does_not_decompress_is_a_fault_of_the_middleware() {
    let decompress = from_fn(async |mut request: ServiceRequest, next: actix_web::middleware::Next<_>| {
        let payload = Decompress::from_headers(request.take_payload(), request.headers());
        request.set_payload(Payload::Stream { payload: Box::pin(payload) });
        next.call(request).await
    });
    let app = App::new().app_data(redpin()).route("/", web::post().to(report)).wrap(decompress);
    let app = test::init_service(app).await;
    let packed = gzip(REFERRAL);
    let (half, length) = (packed.len() / 2, packed.len());
    let flipped: Vec<u8> = packed.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == length - 6)).collect();
    for (label, body, want) in [
        ("whole", packed.clone(), "accepted"),
        ("not gzip", REFERRAL.into(), "layer failed"),
        ("cut off", packed[..half].to_vec(), "layer failed"),
        ("wrong checksum", flipped, "layer failed"),
    ] {
        let signed = redpin().sign(&Message::new(REFERRAL, OffsetDateTime::now_utc())).unwrap();
        let mut request = test::TestRequest::post().uri("/").insert_header(("content-encoding", "gzip"));
        for (name, value) in signed.headers() {
            request = request.insert_header((name.as_str(), value.to_str().unwrap()));
        }
        let answer = test::call_and_read_body(&app, request.set_payload(body).to_request()).await;
        assert_eq!(answer, want, "{label}");
    }
}
