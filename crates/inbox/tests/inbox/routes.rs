//! The routes under axum and actix-web: 200 means stored.

use actix_web::{App, rt, test as actix_test};
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::store::{Filter, Store};
use referral_webhooks_inbox::{Inbox, TenantIntake};
use time::OffsetDateTime;
use tower::ServiceExt as _;

use crate::support::{FaultyStore, Mode, OTHER_SECRET, REFERRAL, SECRET, endpoint, faulty_inbox};
use crate::tenants::Secrets;

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

#[test]
fn the_route_of_actix_web_answers_the_same() {
    // actix-web runs handlers in tasks of its runtime.
    rt::System::new().block_on(async {
        let (store, _, intake) = faulty_inbox();
        let app = actix_test::init_service(App::new().configure(intake.configure("/hooks/redpin"))).await;
        for (name, mode, request, status, stored) in rows() {
            store.set(mode);
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let response =
                actix_test::call_service(&app, to_actix(Request::from_parts(parts, Body::empty()), body).to_request())
                    .await;
            assert_eq!(response.status().as_u16(), status, "{name}");
            assert_eq!(store.list(Filter::new()).await.unwrap().len(), stored, "{name}");
        }
    });
}

/// Returns requests that are signed with a secret and sent to a path, with the status and the number of entries
/// afterwards.
fn tenant_rows() -> [(&'static str, &'static str, &'static str, u16, usize); 7] {
    [
        ("acme", SECRET, "/hooks/redpin/acme", 200, 1),
        ("repeat", SECRET, "/hooks/redpin/acme", 200, 1),
        ("the same id of another tenant", OTHER_SECRET, "/hooks/redpin/globex", 200, 2),
        ("another tenant's secret", SECRET, "/hooks/redpin/globex", 401, 2),
        ("an unknown tenant", SECRET, "/hooks/redpin/initech", 401, 2),
        ("an encoded name", SECRET, "/hooks/redpin/%61cme", 401, 2),
        ("a route without a tenant", SECRET, "/hooks/redpin/", 404, 2),
    ]
}

fn signed(secret: &str, path: &str) -> Request<Body> {
    let endpoint = Endpoint::<Redpin>::new(secret).unwrap();
    let request: Request<Bytes> = endpoint.sign(&Message::new(REFERRAL, OffsetDateTime::now_utc()).id("m1")).unwrap();
    let (mut parts, body) = request.into_parts();
    parts.uri = path.parse().unwrap();
    Request::from_parts(parts, Body::from(body))
}

/// actix-web uses another version of `http`.
fn to_actix(request: Request<Body>, body: Bytes) -> actix_test::TestRequest {
    let (parts, _) = request.into_parts();
    let mut of_actix = actix_test::TestRequest::with_uri(parts.uri.path());
    of_actix = of_actix.method(parts.method.as_str().parse().unwrap());
    for (name, value) in &parts.headers {
        of_actix = of_actix.append_header((name.as_str(), value.as_bytes()));
    }
    of_actix.set_payload(body)
}

fn tenants() -> (FaultyStore, TenantIntake<Redpin, FaultyStore>) {
    let secrets = Secrets::default();
    secrets.set("acme", &[SECRET]);
    secrets.set("globex", &[OTHER_SECRET]);
    let store = FaultyStore::new();
    let intake = Inbox::new(store.clone()).tenants("redpin", secrets.endpoints()).unwrap();
    (store, intake)
}

#[tokio::test]
async fn the_route_of_axum_serves_every_tenant() {
    let (store, intake) = tenants();
    let service = intake.service(|head| head.uri.path().strip_prefix("/hooks/redpin/"));
    let app = Router::new().route_service("/hooks/redpin/{tenant}", service);
    for (name, secret, path, status, stored) in tenant_rows() {
        let response = app.clone().oneshot(signed(secret, path)).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{name}");
        assert_eq!(store.list(Filter::new()).await.unwrap().len(), stored, "{name}");
    }
}

#[test]
fn the_route_of_actix_web_serves_every_tenant() {
    // A refusal keeps the connection in a task of actix-web's runtime.
    rt::System::new().block_on(async {
        let (store, intake) = tenants();
        let app = actix_test::init_service(App::new().configure(intake.configure("/hooks/redpin/{tenant}"))).await;
        for (name, secret, path, status, stored) in tenant_rows() {
            let request = to_actix(signed(secret, path), REFERRAL.into()).to_request();
            assert_eq!(actix_test::call_service(&app, request).await.status().as_u16(), status, "{name}");
            assert_eq!(store.list(Filter::new()).await.unwrap().len(), stored, "{name}");
        }
    });
}

#[test]
fn the_routes_use_a_replaced_endpoint() {
    // actix-web runs handlers in tasks of its runtime.
    rt::System::new().block_on(async {
        let (_, _, intake) = faulty_inbox();
        let axum = Router::new().route_service("/hooks/redpin", intake.service());
        let actix = actix_test::init_service(App::new().configure(intake.configure("/hooks/redpin"))).await;
        let statuses = async |secret| {
            let of_axum = axum.clone().oneshot(signed(secret, "/hooks/redpin")).await.unwrap().status().as_u16();
            let request = to_actix(signed(secret, "/hooks/redpin"), REFERRAL.into());
            (of_axum, actix_test::call_service(&actix, request.to_request()).await.status().as_u16())
        };
        assert_eq!((statuses(SECRET).await, statuses(OTHER_SECRET).await), ((200, 200), (401, 401)));
        intake.replace(Endpoint::new(OTHER_SECRET).unwrap()).unwrap();
        assert_eq!((statuses(SECRET).await, statuses(OTHER_SECRET).await), ((401, 401), (200, 200)));
    });
}
