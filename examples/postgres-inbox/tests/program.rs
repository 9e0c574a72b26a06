//! Two receivers and two workers, started as the first line says, and killed while they work.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_tests::{Program, eventually};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use time::OffsetDateTime;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reward_is_paid_once_by_two_receivers_and_two_workers() {
    let server = std::env::var("INBOX_TEST_POSTGRES").expect("INBOX_TEST_POSTGRES names no server: run `scripts/test`");
    let schema = format!("example_{}", OffsetDateTime::now_utc().unix_timestamp_nanos());
    let create = sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {schema}")));
    create.execute(&mut PgConnection::connect(&server).await.unwrap()).await.unwrap();
    let url = format!("{server}?options[search_path]={schema}");
    let environment = [("REDPIN_SECRET", SECRET), ("DATABASE_URL", url.as_str())];
    let program = env!("CARGO_BIN_EXE_postgres-inbox");
    let receiver = || Program::start_with(program, &["receive"], &environment);
    let worker = || Program::start_apart(program, &["work"], &environment);

    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    let send = |program: &Program, number: u32| {
        let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
        let message = Message::new(body, OffsetDateTime::now_utc()).id(format!("msg_{number:02}"));
        program.post("/hooks/redpin", &endpoint.sign(&message).unwrap())
    };
    let (first, second) = (receiver(), receiver());
    let mut workers = [worker(), worker()];
    for number in 0..40 {
        // Both receive it, as when an answer got lost and the platform's next try meets the other machine.
        assert_eq!((send(&first, number), send(&second, number)), (200, 200));
        if number % 10 == 9 {
            // With SIGKILL, in the middle of whatever it does.
            workers[usize::from(number % 20 == 9)] = worker();
        }
    }
    assert_eq!(first.get("/ready"), 200, "it says that it is ready");

    let mut connection = PgConnection::connect(&url).await.unwrap();
    let want: Vec<(String, i64)> = (0..40).map(|number| (format!("msg_{number:02}"), 1)).collect();
    eventually(&want, async || {
        let counted = sqlx::query_as("SELECT delivery, COUNT(*) FROM reward GROUP BY delivery ORDER BY delivery");
        counted.fetch_all(&mut connection).await.unwrap()
    })
    .await;
}
