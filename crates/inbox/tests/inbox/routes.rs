//! The routes under axum and actix-web: 200 means stored.

use actix_web::{App, test};
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use referral_webhooks::Message;
use referral_webhooks_inbox::store::{Filter, Store};
use time::OffsetDateTime;
use tower::ServiceExt as _;

use crate::support::{Mode, REFERRAL, endpoint, faulty_inbox};

fn sent(id: &str) -> Request<Body> {
    let request: Request<Bytes> = endpoint().sign(&Message::new(REFERRAL, OffsetDateTime::now_utc()).id(id)).unwrap();
    let (mut parts, body) = request.into_parts();
    parts.uri = "/hooks/redpin".parse().unwrap();
    Request::from_parts(parts, Body::from(body))
}

/// Returns requests with the mode of the store, the status, and the number of entries afterwards.
fn rows() -> [(&'static str, Mode, Request<Body>, u16, usize); 6] {
    let mut forged = sent("forged");
    *forged.body_mut() = Body::from(r#"{"reward":1000000}"#);
    let mut get = sent("get");
    *get.method_mut() = Method::GET;
    [
        ("new", Mode::Working, sent("m1"), 200, 1),
        ("repeat", Mode::Working, sent("m1"), 200, 1),
        ("forged", Mode::Working, forged, 401, 1),
        ("a GET", Mode::Working, get, 405, 1),
        ("broken store", Mode::Broken, sent("m2"), 503, 1),
        ("working again", Mode::Working, sent("m2"), 200, 2),
    ]
}

#[tokio::test]
async fn the_route_of_axum_answers_200_only_for_stored_deliveries() {
    let (store, _, intake) = faulty_inbox();
    let app = Router::new().route_service("/hooks/redpin", intake.service());
    for (name, mode, request, status, stored) in rows() {
        store.set(mode);
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::from_u16(status).unwrap(), "{name}");
        assert_eq!(store.list(Filter::new()).await.unwrap().len(), stored, "{name}");
    }
}

#[tokio::test]
async fn the_route_of_actix_web_answers_the_same() {
    let (store, _, intake) = faulty_inbox();
    let app = test::init_service(App::new().configure(intake.configure("/hooks/redpin"))).await;
    for (name, mode, request, status, stored) in rows() {
        store.set(mode);
        let (parts, body) = request.into_parts();
        let mut of_actix = test::TestRequest::with_uri("/hooks/redpin");
        // actix-web uses another version of `http`.
        of_actix = of_actix.method(parts.method.as_str().parse().unwrap());
        for (name, value) in &parts.headers {
            of_actix = of_actix.append_header((name.as_str(), value.as_bytes()));
        }
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let response = test::call_service(&app, of_actix.set_payload(body).to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{name}");
        assert_eq!(store.list(Filter::new()).await.unwrap().len(), stored, "{name}");
    }
}
