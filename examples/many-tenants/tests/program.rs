//! Tests of the program: shops come, rotate and go while it runs.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::time::Duration;

use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::{Endpoint, Message};
use referral_webhooks_tests::Program;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use time::OffsetDateTime;
use tokio::time::sleep;

const FIRST: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SECOND: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Sends a delivery that this secret signs, and returns the status.
fn deliver(program: &Program, tenant: &str, secret: &str) -> u16 {
    let endpoint = Endpoint::<Redpin>::new(secret).unwrap();
    let request = endpoint.sign(&Message::new("{}", OffsetDateTime::now_utc())).unwrap();
    program.post(&format!("/hooks/redpin/{tenant}"), &request)
}

async fn change(shops: &mut SqliteConnection, statement: &'static str) {
    sqlx::query(statement).execute(shops).await.unwrap();
}

#[tokio::test]
async fn shops_come_rotate_and_go_while_the_program_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shops.db");
    let environment = [("DATABASE", file.to_str().unwrap()), ("KEEP", "2")];
    let mut program = Program::start(env!("CARGO_BIN_EXE_many-tenants"), &environment);
    let mut shops = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();

    assert_eq!(deliver(&program, "nobody", FIRST), 401);
    change(&mut shops, "INSERT INTO shop (name, secret) VALUES ('acme', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')")
        .await;
    assert_eq!(deliver(&program, "acme", FIRST), 200);
    program.line_after("acme: ");
    assert_eq!(deliver(&program, "acme", SECOND), 401);

    change(
        &mut shops,
        "UPDATE shop SET secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', old_secret = secret, old_until = unixepoch() + 2",
    )
    .await;
    assert_eq!(deliver(&program, "acme", SECOND), 200, "at once");
    assert_eq!(deliver(&program, "acme", FIRST), 200, "within the grace");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(deliver(&program, "acme", FIRST), 401, "after the grace");
    assert_eq!(deliver(&program, "acme", SECOND), 200);

    change(&mut shops, "DELETE FROM shop").await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!(deliver(&program, "acme", SECOND), 401);

    change(&mut shops, "DROP TABLE shop").await;
    assert_eq!(deliver(&program, "globex", FIRST), 503, "the database does not answer");
}
