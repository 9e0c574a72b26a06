//! The ready-made route under axum: 200 means stored.

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::{Filter, Inbox, Store};
use time::OffsetDateTime;
use tower::ServiceExt as _;

use crate::support::{BROKEN, FaultyStore, SECRET, WELL};

fn sent(key: &str) -> Request<Body> {
    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    let request: Request<Bytes> = endpoint.sign(&Message::new("{}", OffsetDateTime::now_utc()).id(key)).unwrap();
    let (mut parts, body) = request.into_parts();
    parts.uri = "/hooks/redpin".parse().unwrap();
    Request::from_parts(parts, Body::from(body))
}

#[tokio::test]
async fn the_route_answers_200_for_what_is_stored_and_for_nothing_else() {
    let store = FaultyStore::new();
    let intake = Inbox::new(store.clone()).intake("shop", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
    let app = Router::new().route_service("/hooks/redpin", intake.service());
    let mut forged = sent("forged");
    *forged.body_mut() = Body::from(r#"{"reward":1000000}"#);
    let mut followed = sent("followed");
    *followed.method_mut() = Method::GET;
    let rows = [
        ("new", WELL, sent("m1"), 200, 1),
        ("repeat", WELL, sent("m1"), 200, 1),
        ("forged", WELL, forged, 401, 1),
        ("a GET", WELL, followed, 405, 1),
        ("broken store", BROKEN, sent("m2"), 503, 1),
        ("well again", WELL, sent("m2"), 200, 2),
    ];
    for (name, mode, request, status, stored) in rows {
        store.set(mode);
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::from_u16(status).unwrap(), "{name}");
        assert_eq!(store.list(Filter::new()).await.unwrap().len(), stored, "{name}");
    }
}
