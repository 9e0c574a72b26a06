//! The ready-made routes under axum and actix-web: 200 means stored.

use actix_web::{App, test};
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::store::{Filter, Store};
use referral_webhooks_inbox::{Inbox, Intake};
use time::OffsetDateTime;
use tower::ServiceExt as _;

use crate::support::{BROKEN, FaultyStore, REFERRAL, SECRET, WELL};

fn sent(key: &str) -> Request<Body> {
    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    let request: Request<Bytes> = endpoint.sign(&Message::new(REFERRAL, OffsetDateTime::now_utc()).id(key)).unwrap();
    let (mut parts, body) = request.into_parts();
    parts.uri = "/hooks/redpin".parse().unwrap();
    Request::from_parts(parts, Body::from(body))
}

/// What is sent, with the store as it then is; the status, and how many are stored.
fn rows() -> [(&'static str, u8, Request<Body>, u16, usize); 6] {
    let mut forged = sent("forged");
    *forged.body_mut() = Body::from(r#"{"reward":1000000}"#);
    let mut followed = sent("followed");
    *followed.method_mut() = Method::GET;
    [
        ("new", WELL, sent("m1"), 200, 1),
        ("repeat", WELL, sent("m1"), 200, 1),
        ("forged", WELL, forged, 401, 1),
        ("a GET", WELL, followed, 405, 1),
        ("broken store", BROKEN, sent("m2"), 503, 1),
        ("well again", WELL, sent("m2"), 200, 2),
    ]
}

fn intake() -> (FaultyStore, Intake<Redpin, FaultyStore>) {
    let store = FaultyStore::new();
    let intake = Inbox::new(store.clone()).intake("shop", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
    (store, intake)
}

#[tokio::test]
async fn the_route_answers_200_for_what_is_stored_and_for_nothing_else() {
    let (store, intake) = intake();
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
    let (store, intake) = intake();
    let app = test::init_service(App::new().configure(intake.configure("/hooks/redpin"))).await;
    for (name, mode, request, status, stored) in rows() {
        store.set(mode);
        let (parts, body) = request.into_parts();
        let mut of_actix = test::TestRequest::with_uri("/hooks/redpin");
        // actix-web has a generation of `http` of its own.
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
