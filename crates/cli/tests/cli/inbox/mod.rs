//! `refhook inbox`, on real files of SQLite and on a real PostgreSQL.

mod acting;
mod forwarding;
mod hostile;
mod migrate;
mod moving;
mod opening;
mod page;
mod reading;

use std::env;
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::{Delivery, Endpoint, Message};
use referral_webhooks_inbox::store::Store;
use referral_webhooks_inbox::{Attempt, Inbox, Intake, Outcome};
use referral_webhooks_inbox_sqlx::{PostgresStore, SqliteStore};
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::{refhook, run, text};

/// The secret of the endpoint `redpin-main`.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The address in every body.
const ROBIN: &str = "robin@example.com";

/// An inbox with entries of all kinds, and its path or URL.
struct Shop {
    db: String,
    /// The folder of the file, and of files for options.
    folder: TempDir,
}

/// Returns the URL of a new schema of the server that the tests share, and the schema.
fn new_schema() -> (String, String) {
    let server = env::var("INBOX_TEST_POSTGRES").expect("INBOX_TEST_POSTGRES names no server: run `scripts/test`");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let name = format!("refhook_{now}_{}", std::process::id());
    let ran = psql(&server, "public", format!("CREATE SCHEMA {name}").as_bytes());
    assert!(ran.is_ok(), "{ran:?}");
    (format!("{server}?options[search_path]={name}"), name)
}

/// Runs statements in psql, with this schema as its search path.
fn psql(server: &str, schema: &str, statements: &[u8]) -> Result<String, String> {
    let mut psql = Command::new("psql");
    psql.args([server, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]);
    psql.env("PGOPTIONS", format!("-c search_path={schema}"));
    let ran = run(psql, statements);
    if ran.status.success() { Ok(text(&ran.stdout).to_owned()) } else { Err(text(&ran.stderr).to_owned()) }
}

fn body(event: &str, status: &str, name: &str) -> String {
    serde_json::json!({
        "event_name": event, "status": status, "referral_id": "r-1",
        "contact": { "first_name": name, "last_name": "Example", "email": ROBIN },
    })
    .to_string()
}

/// Receives a delivery of this id.
async fn receive<S: Store>(redpin: &Intake<Redpin, S>, id: &str, body: &str) {
    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    let now = OffsetDateTime::now_utc();
    let request = endpoint.sign(&Message::new(body, now).id(id)).unwrap();
    let reply = redpin.receive(&endpoint.receive(&request, now).unwrap()).await;
    assert_eq!(reply, referral_webhooks_axum::Reply::Accepted);
}

/// Fills an inbox: 1 completed, 2 discarded, 3 parked, 5 a conflict, 6 available. The conflict takes two numbers.
async fn fill<S: Store>(store: S) {
    let inbox = Inbox::new(store);
    let redpin = inbox.intake("redpin-main", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
    receive(&redpin, "msg_1", &body("REFERRAL_CREATED", "CREATED", "Robin")).await;
    receive(&redpin, "msg_2", &body("REFERRAL_CREATED", "CREATED", "Fails")).await;
    let handler = async |_: Delivery<Redpin>, attempt: Attempt| match attempt.id.as_str() {
        "msg_2" => Outcome::Discard("the shop said no".into()),
        _ => Outcome::Done,
    };
    assert_eq!(inbox.worker().run(&redpin, handler).run_until_idle().await.unwrap(), 2);
    receive(&redpin, "msg_3", &body("REFERRAL_ARCHIVED", "ARCHIVED", "Later")).await;
    receive(&redpin, "msg_1", &body("REFERRAL_CREATED", "CREATED", "Another")).await;
    receive(&redpin, "msg_5", &body("REFERRAL_CREATED", "CREATED", "Waits")).await;
    receive(&redpin, "msg_1", &body("REFERRAL_CREATED", "CREATED", "Robin")).await;
}

impl Shop {
    /// Returns an inbox in a file.
    async fn sqlite() -> Self {
        let shop = Self::empty().await;
        let store = SqliteStore::connect(&shop.db).await.unwrap();
        fill(store.clone()).await;
        store.close().await;
        shop
    }

    /// Returns an inbox in PostgreSQL.
    async fn postgres() -> Self {
        let db = new_schema().0;
        PostgresStore::migrate(&db).await.unwrap();
        fill(PostgresStore::connect(&db).await.unwrap()).await;
        Self { db, folder: tempfile::tempdir().unwrap() }
    }

    /// Returns an inbox of each engine.
    async fn each() -> [Self; 2] {
        [Self::sqlite().await, Self::postgres().await]
    }

    /// Returns an inbox in a file without entries.
    async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("shop.db").to_str().unwrap().to_owned();
        SqliteStore::migrate(&db).await.unwrap();
        Self { db, folder }
    }

    /// Writes a file, and returns its path.
    fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Returns the command of a verb on this inbox.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = refhook(&["inbox"]);
        command.args(arguments).args(["--db", &self.db]).env("USER", "dana");
        command
    }

    /// Runs a verb on this inbox, without a terminal.
    fn run(&self, arguments: &[&str]) -> Output {
        run(self.command(arguments), b"")
    }

    /// Runs a verb that succeeds, and returns its output.
    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert!(ran.status.success(), "{arguments:?} on {}: {}", self.db, text(&ran.stderr));
        text(&ran.stdout).to_owned()
    }

    /// Runs a verb that succeeds, and returns its lines of JSON.
    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--output", "json"]).collect();
        self.ok(&arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Returns the state of an entry.
    #[track_caller]
    fn state(&self, id: i64) -> String {
        self.json(&["list", &id.to_string()])[0]["state"].as_str().unwrap().to_owned()
    }

    /// Returns the lines of an entry's history: word, actor and reason.
    #[track_caller]
    fn history(&self, id: i64) -> Vec<(String, String, String)> {
        let lines = self.json(&["show", &id.to_string()]);
        let text = |line: &Value, member: &str| line[member].as_str().unwrap_or_default().to_owned();
        let history = lines.iter().filter(|line| line["kind"] == "history");
        history.map(|line| (text(line, "what"), text(line, "actor"), text(line, "reason"))).collect()
    }
}
