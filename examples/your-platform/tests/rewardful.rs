//! The platform passes the checks of the built-in ones, and its deliveries are paid exactly once.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_conformance as conformance;
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox_sqlx::SqliteStore;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use time::OffsetDateTime;
use tower::ServiceExt as _;
use your_platform::rewardful::Rewardful;
use your_platform::{TABLE, app, pay};

const SECRET: &str = "rewardful-test-secret";

#[test]
fn rewardful_passes_the_conformance_checks() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/rewardful");
    conformance::check::<Rewardful>(&conformance::in_folder(folder));
}

/// Returns a commission in the attempt with this number.
fn commission(event: &str, kind: &str, attempt: u8) -> String {
    format!(
        r#"{{"object":{{"id":"c_1","amount":3000,"currency":"USD","state":"due"}},
            "event":{{"id":"{event}","type":"{kind}","api_version":"v1"}},"request":{{"id":"{attempt}"}}}}"#
    )
}

#[tokio::test]
async fn a_commission_that_is_delivered_twice_is_credited_once() {
    let inbox = Inbox::new(SqliteStore::in_memory().await.unwrap());
    let mut shop = SqliteConnectOptions::new().filename(inbox.store().file()).connect().await.unwrap();
    sqlx::query(TABLE).execute(&mut shop).await.unwrap();
    let endpoint = Endpoint::<Rewardful>::new(SECRET).unwrap();
    let rewardful = inbox.intake("rewardful", endpoint.clone()).unwrap();
    let app = app(rewardful.clone());
    let deliver = async |body: String| {
        let request = endpoint.sign(&Message::new(body, OffsetDateTime::now_utc())).unwrap();
        let (mut head, body) = request.into_parts();
        head.uri = "/hooks/rewardful".parse().unwrap();
        app.clone().oneshot(Request::from_parts(head, Body::from(body))).await.unwrap().status()
    };
    for (body, want) in [
        (commission("e_1", "commission.created", 1), 1),
        (commission("e_1", "commission.created", 2), 1),
        (commission("e_2", "commission.paid", 1), 1),
        (commission("e_3", "commission.merged", 1), 1),
    ] {
        assert_eq!(deliver(body.clone()).await, StatusCode::OK, "{body}");
        inbox.worker().run_in_tx(&rewardful, pay).run_until_idle().await.unwrap();
        let sum = sqlx::query_as("SELECT count(*), sum(cents) FROM credit");
        let credits: (i64, i64) = sum.fetch_one(&mut shop).await.unwrap();
        assert_eq!(credits, (want, 3000), "{body}");
    }
    // An event that the type does not know waits for a later version.
    assert_eq!(inbox.health().await.stats.unwrap().parked, 1);
    let forged = Request::post("/hooks/rewardful").body(Body::from("{}")).unwrap();
    assert_eq!(app.oneshot(forged).await.unwrap().status(), StatusCode::UNAUTHORIZED);
}
