//! The reply of an inbox, returned by the handler of each framework.

use axum::Router;
use axum::extract::Extension;
use axum::routing::post;
use http::Request;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message, Reply};
use referral_webhooks_inbox::{Inbox, Intake, MemoryStore};
use time::OffsetDateTime;
use tower::ServiceExt as _;

type Redpins = Intake<Redpin, MemoryStore>;

fn intake() -> Redpins {
    let endpoint = Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    Inbox::new(MemoryStore::new()).intake("redpin-main", endpoint).unwrap()
}

fn signed(intake: &Redpins) -> Request<bytes::Bytes> {
    intake.endpoint().sign(&Message::new("{}", OffsetDateTime::now_utc())).unwrap()
}

#[tokio::test]
async fn an_axum_handler_returns_the_reply_of_an_inbox() {
    use referral_webhooks_axum::Webhook;
    async fn store(Extension(intake): Extension<Redpins>, Webhook(delivery): Webhook<Redpin>) -> Reply {
        intake.receive(&delivery).await
    }
    let intake = intake();
    let request = signed(&intake).map(axum::body::Body::from);
    let app = Router::new().route("/", post(store)).with_state(intake.endpoint().clone()).layer(Extension(intake));
    assert_eq!(app.oneshot(request).await.unwrap().status(), 200);
}

#[test]
fn an_actix_handler_returns_the_reply_of_an_inbox() {
    use actix_web::web::Data;
    use actix_web::{App, rt, test};
    use referral_webhooks_actix::{Webhook, webhook};
    async fn store(intake: Data<Redpins>, Webhook(delivery): Webhook<Redpin>) -> Reply {
        intake.receive(&delivery).await
    }
    let intake = intake();
    let signed = signed(&intake);
    let mut request = test::TestRequest::post().uri("/").set_payload(signed.body().clone());
    for (name, value) in signed.headers() {
        request = request.append_header((name.as_str(), value.as_bytes()));
    }
    rt::System::new().block_on(async {
        let route = webhook("/", intake.endpoint().clone(), store);
        let app = test::init_service(App::new().app_data(Data::new(intake)).configure(route)).await;
        assert_eq!(test::call_service(&app, request.to_request()).await.status(), 200);
    });
}
