//! Compile errors of handlers: each names its cause.
//!
//! Cargo checks the library, and rustc checks one small program for each mistake.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The program around a handler `credit`. The store's connection is that of sqlx 9.
const PROGRAM: &str = "
use std::rc::Rc;

use referral_webhooks::Delivery;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::store::{Completion, SqlStore, TransactionalStore};
use referral_webhooks_inbox::{Attempt, Intake, Outcome, WithState, Worker};
use sqlx9::{PgConnection, SqliteConnection};

pub trait Shop: SqlStore + TransactionalStore<Tx = SqliteConnection> {}

pub fn work<S: Shop>(worker: Worker<S>, redpin: &Intake<Redpin, S>) -> Worker<S> {
    worker.RUN
}

pub async fn pay() -> Result<(), std::io::Error> {
    Ok(())
}
";

/// The files that the programs are compiled with.
struct Libraries {
    folder: TempDir,
    arguments: Vec<OsString>,
}

impl Libraries {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut arguments = vec![];
        for (name, file) in checked() {
            arguments.push("-L".into());
            arguments.push(format!("dependency={}", file.parent().unwrap().display()).into());
            arguments.push("--extern".into());
            arguments.push(format!("{name}={}", file.display()).into());
        }
        for version in ["sqlx8", "sqlx9"] {
            let source = folder.path().join(format!("{version}.rs"));
            fs::write(&source, "pub struct SqliteConnection; pub struct PgConnection;").unwrap();
            let file = folder.path().join(format!("libsqlx-{version}.rmeta"));
            let options = ["--crate-name=sqlx", "--crate-type=lib", "--emit=metadata"];
            let mut command = rustc();
            command.args(options).arg(format!("-Cmetadata={version}")).arg("-o").arg(&file);
            assert!(command.arg(source).status().unwrap().success());
            arguments.push("--extern".into());
            arguments.push(format!("{version}={}", file.display()).into());
        }
        Self { folder, arguments }
    }

    /// Returns the errors of a program.
    fn errors(&self, name: &str, program: &str) -> String {
        let source = self.folder.path().join(format!("{name}.rs"));
        fs::write(&source, program).unwrap();
        let mut command = rustc();
        command.args(["--crate-type=lib", "--emit=metadata", "-Adead_code", "-Aunused", "--verbose"]);
        command.args(&self.arguments).arg("-o").arg(self.folder.path().join(format!("{name}.rmeta")));
        let output = command.arg(source).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    }
}

fn rustc() -> Command {
    let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.arg("--edition=2024");
    command
}

/// Checks this library, and returns its file and that of the core.
fn checked() -> Vec<(String, PathBuf)> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["check", "--lib", "--message-format=json", "--quiet", "--manifest-path"]).arg(manifest);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages = messages.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mut files = Vec::new();
    for message in messages.filter(|message| message["reason"] == "compiler-artifact") {
        let name = message["target"]["name"].as_str().unwrap();
        if ["referral_webhooks", "referral_webhooks_inbox"].contains(&name) {
            let written = message["filenames"].as_array().unwrap().iter().filter_map(|file| file.as_str());
            let file = written.map(PathBuf::from).find(|file| file.extension().is_some_and(|one| one == "rmeta"));
            files.push((name.to_owned(), file.unwrap()));
        }
    }
    assert_eq!(files.len(), 2, "{files:?}");
    files
}

#[test]
fn every_mistake_in_a_handler_has_an_error_that_names_it() {
    let libraries = Libraries::new();
    let errors = |run: &str, handler: &str, name: &str| {
        libraries.errors(name, &format!("{}\n{handler}", PROGRAM.replace("RUN", run)))
    };
    const IN_TX: &str = "run_in_tx(redpin, credit)";
    // The calls that the mistakes differ from.
    for (number, (run, handler)) in [
        (IN_TX, "async fn credit(_: Delivery<Redpin>, _: Attempt, shop: &mut SqliteConnection) -> Outcome { Outcome::Done }"),
        (IN_TX, "async fn credit(_: Delivery<Redpin>, _: Attempt, shop: &mut SqliteConnection) -> Result<Outcome, std::io::Error> { pay().await?; Ok(Outcome::Done) }"),
        (IN_TX, "async fn credit(_: Delivery<Redpin>, _: Attempt, shop: &mut SqliteConnection) -> Result<(), String> { Ok(()) }"),
        (IN_TX, "async fn credit(_: Delivery<Redpin>, _: Attempt, shop: &mut SqliteConnection) -> Result<(), Box<dyn std::error::Error + Send + Sync>> { Ok(()) }"),
        ("run_in_tx(redpin, credit.with_state(7))", "async fn credit(_: Delivery<Redpin>, _: Attempt, _: &mut SqliteConnection, _: u8) -> Outcome { Outcome::Done }"),
        ("run_in_tx(redpin, async |_, _, _: &mut SqliteConnection| pay().await)", ""),
        ("unknown_events_in_tx(redpin, async |_, _, _: &mut S::Tx| Outcome::Done)", ""),
        ("run(redpin, credit)", "async fn credit(_: Delivery<Redpin>, _: Attempt) -> Result<Outcome, std::io::Error> { pay().await?; Ok(Outcome::Done) }"),
        ("run_completing(redpin, credit)", "async fn credit(_: Delivery<Redpin>, _: Attempt, _: Completion) -> Result<Outcome, std::io::Error> { pay().await?; Ok(Outcome::Done) }"),
    ].into_iter().enumerate() {
        assert_eq!(errors(run, handler, &format!("right{number}")), "", "{run} {handler}");
    }
    let rows: [(&str, &str, &str, &[&str]); 15] = [
        (
            "not_send",
            IN_TX,
            "async fn credit(_: Delivery<Redpin>, _: Attempt, _: &mut SqliteConnection) -> Result<(), std::io::Error> { let held = Rc::new(1); pay().await?; drop(held); Ok(()) }",
            &["future cannot be sent between threads safely", "has type `Rc<i32>` which is not `Send`"],
        ),
        (
            "not_send_run",
            "run(redpin, credit)",
            "async fn credit(_: Delivery<Redpin>, _: Attempt) -> Result<(), std::io::Error> { let held = Rc::new(1); pay().await?; drop(held); Ok(()) }",
            &["future cannot be sent between threads safely", "has type `Rc<i32>` which is not `Send`"],
        ),
        (
            "connection",
            IN_TX,
            "async fn credit(_: Delivery<Redpin>, _: Attempt, _: &mut PgConnection) -> Outcome { Outcome::Done }",
            &[
                "the handler writes with `PgConnection`, which is not the connection of the store `S`",
                "a handler of `SqliteStore` writes with `&mut sqlx::SqliteConnection`",
            ],
        ),
        (
            "versions",
            IN_TX,
            "async fn credit(_: Delivery<Redpin>, _: Attempt, _: &mut sqlx8::SqliteConnection) -> Outcome { Outcome::Done }",
            &[
                "SqliteConnection`, which is not the connection of the store `S`",
                "two versions of sqlx",
                "cargo tree --duplicates",
            ],
        ),
        (
            "versions_state",
            "run_in_tx(redpin, credit.with_state(7))",
            "async fn credit(_: Delivery<Redpin>, _: Attempt, _: &mut sqlx8::SqliteConnection, _: u8) -> Outcome { Outcome::Done }",
            &["two versions of sqlx"],
        ),
        (
            "order",
            IN_TX,
            "async fn credit(_: Attempt, _: Delivery<Redpin>, _: &mut SqliteConnection) -> Outcome { Outcome::Done }",
            &["type mismatch in function arguments", "Delivery<", "found function signature"],
        ),
        (
            "order_run",
            "run(redpin, credit)",
            "async fn credit(_: Attempt, _: Delivery<Redpin>) -> Outcome { Outcome::Done }",
            &["type mismatch in function arguments", "found function signature"],
        ),
        (
            "platform",
            IN_TX,
            "async fn credit(_: Delivery<Prefinery>, _: Attempt, _: &mut SqliteConnection) -> Outcome { Outcome::Done }",
            &["type mismatch in function arguments", "Prefinery"],
        ),
        (
            "no_transaction",
            IN_TX,
            "async fn credit(_: Delivery<Redpin>, _: Attempt) -> Outcome { Outcome::Done }",
            &["takes 2 arguments", "3 arguments"],
        ),
        (
            "no_state",
            IN_TX,
            "async fn credit(_: Delivery<Redpin>, _: Attempt, _: &mut SqliteConnection, _: u8) -> Outcome { Outcome::Done }",
            &["takes 4 arguments", "3 arguments"],
        ),
        (
            "not_async",
            IN_TX,
            "fn credit(_: Delivery<Redpin>, _: Attempt, _: &mut SqliteConnection) -> Outcome { Outcome::Done }",
            &["`Outcome` is not a future"],
        ),
        (
            "answer",
            IN_TX,
            "async fn credit(_: Delivery<Redpin>, _: Attempt, _: &mut SqliteConnection) -> bool { true }",
            &["a handler cannot return `bool`", "`Result<Outcome, E>`"],
        ),
        (
            "answer_run",
            "run(redpin, credit)",
            "async fn credit(_: Delivery<Redpin>, _: Attempt) {}",
            &["a handler cannot return `()`"],
        ),
        (
            "error",
            IN_TX,
            "async fn credit(_: Delivery<Redpin>, _: Attempt, _: &mut SqliteConnection) -> Result<Outcome, Box<dyn std::error::Error>> { Ok(Outcome::Done) }",
            &["a handler cannot return the error `Box<", "write `Box<dyn Error + Send + Sync>`"],
        ),
        (
            "error_completing",
            "run_completing(redpin, credit)",
            "struct Failure; async fn credit(_: Delivery<Redpin>, _: Attempt, _: Completion) -> Result<Outcome, Failure> { Ok(Outcome::Done) }",
            &["a handler cannot return the error `Failure`"],
        ),
    ];
    for (name, run, handler, want) in rows {
        let found = errors(run, handler, name);
        for text in want {
            assert!(found.contains(text), "{name}: no `{text}` in\n{found}");
        }
    }
}
