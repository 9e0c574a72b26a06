//! The extractor in applications: the place of the endpoint, other settings, and the replies of handlers.

use std::convert::Infallible;
use std::future;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, ResponseError as _, web};
use referral_webhooks_actix::platform::prefinery::Prefinery;
use referral_webhooks_actix::platform::redpin::{Event, Redpin};
use referral_webhooks_actix::platform::refir::Refir;
use referral_webhooks_actix::platform::{Platform, Visit, visit_all};
use referral_webhooks_actix::{
    Delivery, Endpoint, Endpoints, ErrorKind, Message, Rejection, Reply, Tenant, TenantWebhook, Webhook,
    tenant_webhook, webhook,
};
use time::OffsetDateTime;
use tracing::field::{Field, Visit as VisitFields};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

use crate::support::{REFERRAL, call, prefinery, redpin, signed};

async fn accept(Webhook(delivery): Webhook<Redpin>) -> Reply {
    assert!(matches!(delivery.event(), Event::ReferralCreated(_)));
    assert_eq!(delivery.body(), REFERRAL);
    Reply::Accepted
}

async fn later<P: Platform + Default>(Webhook(delivery): Webhook<P>) -> Reply {
    Reply::retry_later(&delivery)
}

#[actix_web::test]
async fn the_endpoint_is_found_in_each_place_of_application_data() {
    let request = || signed(&redpin(), REFERRAL).to_request();
    let route = || web::post().to(accept);
    let app = init_service(App::new().app_data(redpin()).route("/", route())).await;
    assert_eq!(call(&app, request()).await.status(), 200, "app data");
    let app = init_service(App::new().app_data(web::Data::new(redpin())).route("/", route())).await;
    assert_eq!(call(&app, request()).await.status(), 200, "shared data");
    let app = init_service(App::new().service(web::scope("").configure(webhook("/", redpin(), accept)))).await;
    assert_eq!(call(&app, request()).await.status(), 200, "configured in a scope");
}

#[actix_web::test]
async fn one_application_serves_several_platforms_and_endpoints() {
    let other = Endpoint::<Redpin>::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
    let app = App::new()
        .configure(webhook("/redpin", redpin(), accept))
        .configure(webhook("/redpin/other", other.clone(), accept))
        .configure(webhook("/prefinery", prefinery(), later));
    let app = init_service(app).await;
    for (label, request, path, want) in [
        ("Redpin", signed(&redpin(), REFERRAL), "/redpin", 200),
        ("the other Redpin", signed(&other, REFERRAL), "/redpin/other", 200),
        ("one of them at the other", signed(&redpin(), REFERRAL), "/redpin/other", 401),
        ("Prefinery", signed(&prefinery(), "{}"), "/prefinery", 429),
        ("Redpin at Prefinery", signed(&redpin(), REFERRAL), "/prefinery", 401),
    ] {
        assert_eq!(call(&app, request.uri(path).to_request()).await.status(), want, "{label}");
    }
}

#[actix_web::test]
async fn limits_for_other_extractors_do_not_apply() {
    let long = format!(r#"{{"event_name":"REFERRAL_CREATED","comment":"{}"}}"#, "x".repeat(300 * 1024));
    let app = App::new()
        .app_data(web::PayloadConfig::new(1))
        .app_data(web::JsonConfig::default().limit(1).content_type(|_| false))
        .configure(webhook("/", redpin(), |_: Webhook<Redpin>| future::ready(Reply::Accepted)));
    let request = signed(&redpin(), &long).insert_header(("content-length", long.len()));
    assert_eq!(call(&init_service(app).await, request.to_request()).await.status(), 200);
}

#[actix_web::test]
async fn a_rejection_has_a_reason_that_the_sender_does_not_see() {
    async fn look(delivery: Result<Webhook<Redpin>, Rejection>) -> HttpResponse {
        let rejection = delivery.unwrap_err();
        assert_eq!(rejection.platform(), "redpin");
        assert_eq!(rejection.error().kind(), ErrorKind::SignatureMismatch);
        assert_eq!(rejection.status(), 401);
        assert_eq!(rejection.status_code(), 401);
        rejection.error_response()
    }
    let app = init_service(App::new().configure(webhook("/", redpin(), look))).await;
    let response = call(&app, signed(&redpin(), REFERRAL).set_payload("{}").to_request()).await;
    assert_eq!((response.status().as_u16(), &response.body()[..]), (401, &b"Unauthorized"[..]));
}

/// A subscriber that keeps one line an event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "referral_webhooks"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        struct Line<'a>(&'a mut String);
        impl VisitFields for Line<'_> {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!(" {field}={value:?}"));
            }
        }
        let mut log = self.0.lock().unwrap();
        log.push_str(event.metadata().level().as_str());
        event.record(&mut Line(&mut log));
        log.push('\n');
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[actix_web::test]
async fn a_weak_secret_is_logged_once_without_its_text() {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    // With a single subscriber, a thread without one would disable the events for all threads.
    let _second = tracing::Dispatch::new(log.clone());
    let weak = Endpoint::<Prefinery>::new("qv7Lk2xPqv7").unwrap();
    let app = || App::new().configure(webhook("/", weak.clone(), later::<Prefinery>));
    let (first, second) = (init_service(app()).await, init_service(app()).await);
    let mounted = log.0.lock().unwrap().clone();
    assert!(mounted.starts_with("WARN ") && mounted.contains("the current secret has fewer than 16"), "{mounted}");
    assert!(mounted.contains(r#"platform="prefinery""#) && !mounted.contains("qv7Lk2xP"), "{mounted}");
    for app in [first, second] {
        assert_eq!(call(&app, signed(&weak, "{}").to_request()).await.status(), 429);
    }
    assert_eq!(log.0.lock().unwrap().matches("weak secret").count(), 1);
}

#[actix_web::test]
async fn a_forgotten_endpoint_is_a_transient_fault_and_named() {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    // With a single subscriber, a thread without one would disable the events for all threads.
    let _second = tracing::Dispatch::new(log.clone());
    // The endpoint of another platform does not count.
    let app = App::new().app_data(prefinery()).route("/", web::post().to(accept));
    let response = call(&init_service(app).await, signed(&redpin(), REFERRAL).to_request()).await;
    assert_eq!((response.status().as_u16(), &response.body()[..]), (429, &b"Too Many Requests"[..]));
    let app = App::new().route("/", web::post().to(later::<Prefinery>));
    assert_eq!(call(&init_service(app).await, signed(&prefinery(), "{}").to_request()).await.status(), 429);
    let logged = log.0.lock().unwrap().clone();
    let lines: Vec<_> = logged.lines().collect();
    let [at_redpin, at_prefinery] = lines.as_slice() else { panic!("{logged}") };
    for line in [at_redpin, at_prefinery] {
        assert!(line.starts_with("ERROR "), "{line}");
        assert!(line.contains(r#"platform="unknown""#), "{line}");
        assert!(
            line.contains("message=refused") && line.contains("reason=the application's data hold no endpoint"),
            "{line}"
        );
    }
}

#[actix_web::test]
async fn a_body_consumed_by_another_argument_is_logged() {
    async fn greedy(_: web::Bytes, _: Webhook<Prefinery>) -> Reply {
        Reply::Accepted
    }
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    // With a single subscriber, a thread without one would disable the events for all threads.
    let _second = tracing::Dispatch::new(log.clone());
    let app = init_service(App::new().configure(webhook("/", prefinery(), greedy))).await;
    let request = signed(&prefinery(), "{}").insert_header(("content-length", 2));
    assert_eq!(call(&app, request.to_request()).await.status(), 429);
    let logged = log.0.lock().unwrap().clone();
    assert!(logged.starts_with("ERROR ") && logged.contains("took the body before the webhook could"), "{logged}");
}

#[actix_web::test]
async fn only_a_post_delivers_to_a_secret_url() {
    let token = "5f8c1e0a9b7d4c3e2f1a0b9c8d7e6f5a";
    let endpoint = Endpoint::<Refir>::new(token).unwrap();
    let handler = |_: Webhook<Refir>| future::ready(Reply::Accepted);
    let app = init_service(App::new().configure(webhook("/hooks/{token}", endpoint, handler))).await;
    for (method, want) in [(Method::POST, 200), (Method::GET, 405), (Method::HEAD, 405), (Method::PUT, 405)] {
        let request = TestRequest::with_uri(&format!("/hooks/{token}")).method(method.clone()).set_payload("{}");
        assert_eq!(call(&app, request.to_request()).await.status(), want, "{method}");
    }
}

/// Returns a delivery of any platform.
fn delivery<P: Platform + Default>() -> Delivery<P> {
    let endpoint = Endpoint::<P>::new(P::default().facts().scheme.secret_from(&[7; 32])).unwrap();
    let now = OffsetDateTime::now_utc();
    endpoint.receive(&endpoint.sign(&Message::new("{}", now)).unwrap(), now).unwrap()
}

/// Compares the replies with the contract of each platform.
struct Replies(Vec<(&'static str, u16, u16)>);

impl Visit for Replies {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        use actix_web::Responder as _;
        let request = TestRequest::default().to_http_request();
        let accepted = Reply::Accepted.respond_to(&request).status().as_u16();
        let later = Reply::retry_later(&delivery::<P>()).respond_to(&request).status().as_u16();
        self.0.push((P::default().facts().name, accepted, later));
    }
}

#[test]
fn a_reply_has_the_status_of_the_platform() {
    let mut replies = Replies(Vec::new());
    visit_all(&mut replies);
    let want = [
        ("dub", 200, 503),
        ("firstpromoter", 200, 503),
        ("friendbuy", 200, 503),
        ("genius-referrals", 200, 503),
        ("growsurf", 200, 503),
        ("loyaltylion", 200, 503),
        ("prefinery", 200, 429),
        ("redpin", 200, 503),
        ("referral-rocket", 200, 503),
        ("refersion", 200, 503),
        ("refir", 200, 503),
        ("rewardful", 200, 503),
        ("saasquatch", 200, 503),
        ("talkable", 200, 503),
        ("tolt", 200, 503),
    ];
    assert_eq!(replies.0, want);
}

#[actix_web::test]
async fn a_route_without_a_tenant_or_endpoints_is_misconfigured() {
    async fn accept(_: TenantWebhook<Redpin>) -> Reply {
        Reply::Accepted
    }
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    // With a single subscriber, a thread without one would disable the events for all threads.
    let _second = tracing::Dispatch::new(log.clone());
    let endpoints = Endpoints::new(async |_: Tenant| Ok::<_, Infallible>(Some(redpin())));
    let request = || signed(&redpin(), REFERRAL).uri("/acme").to_request();
    let app = init_service(App::new().configure(tenant_webhook("/{shop}", endpoints.clone(), accept))).await;
    assert_eq!(call(&app, request()).await.status(), 503);
    // The endpoints of another platform do not count.
    let other = Endpoints::new(async |_: Tenant| Ok::<_, Infallible>(Some(prefinery())));
    let app = init_service(App::new().app_data(other).route("/{tenant}", web::post().to(accept))).await;
    // The extractor knows no platform. Every platform sends an event again after 429.
    assert_eq!(call(&app, request()).await.status(), 429);
    let app = App::new().app_data(web::Data::new(endpoints)).route("/{tenant}", web::post().to(accept));
    assert_eq!(call(&init_service(app).await, request()).await.status(), 200);
    let logged = log.0.lock().unwrap().clone();
    let lines: Vec<_> = logged.lines().collect();
    let [no_segment, no_endpoints] = lines.as_slice() else { panic!("{logged}") };
    assert!(no_segment.starts_with("ERROR ") && no_segment.contains("has no segment `{tenant}`"), "{no_segment}");
    assert!(no_endpoints.starts_with("ERROR ") && no_endpoints.contains("hold no endpoints"), "{no_endpoints}");
}
