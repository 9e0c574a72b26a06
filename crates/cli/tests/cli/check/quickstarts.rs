//! The examples of the house, as running processes.

use std::path::{Path, PathBuf};
use std::process::Command;

use referral_webhooks_tests::Program;

use super::{Checked, checked};
use crate::sign::secret;
use crate::tls::TlsProxy;

/// Returns the program of an example. It is built if a build of the workspace has not done so.
fn built(package: &str) -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_refhook")).parent().unwrap();
    let program = folder.join(package);
    if !program.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", package]).current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(build.status().unwrap().success(), "{package} is not built");
    }
    program.to_str().unwrap().to_owned()
}

fn started(package: &str, more: &[(&str, &str)]) -> Program {
    let environment = [&[("REDPIN_SECRET", secret("redpin"))], more].concat();
    Program::start(&built(package), &environment)
}

#[track_caller]
fn assert_green(name: &str, checked: &Checked, not_seen: &[&str]) {
    assert_eq!(
        (checked.code, checked.with("failed")),
        (0, Vec::new()),
        "{name}: {}{}",
        checked.faults(),
        checked.errors
    );
    assert_eq!(
        (checked.with("noted"), checked.with("not_seen")),
        (Vec::new(), not_seen.to_vec()),
        "{name}: {}",
        checked.faults()
    );
    assert_eq!(checked.with("skipped"), ["forged-question", "query-token", "question"], "{name}");
}

#[test]
fn the_quickstarts_are_green() {
    for package in ["axum-quickstart", "actix-quickstart", "tower-hyper"] {
        let program = started(package, &[]);
        let url = format!("{}/hooks/redpin", program.url());
        assert_green(
            package,
            &checked(&url, "redpin", secret("redpin"), &[]),
            &["at-once", "no-effect", "processed-once"],
        );
        // The same requests through TLS.
        let upstream = program.url().strip_prefix("http://").unwrap().parse().unwrap();
        let proxy = TlsProxy::start(upstream, &format!("check-{package}.pem"));
        let over_tls =
            checked(&proxy.url("/hooks/redpin"), "redpin", secret("redpin"), &["--ca-file", &proxy.authority]);
        assert_green(&format!("{package} over TLS"), &over_tls, &["at-once", "no-effect", "processed-once"]);
    }
}

#[test]
fn the_durable_inbox_is_green_and_processes_once() {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("shop.db");
    let file = file.to_str().unwrap();
    let program = started("durable-inbox", &[("DATABASE", file)]);
    let url = format!("{}/hooks/redpin", program.url());
    let checked = checked(&url, "redpin", secret("redpin"), &["--db", file]);
    assert_green("durable-inbox", &checked, &[]);
    assert_eq!(checked.cases["processed-once"]["came"], "completed, attempts 1, repeats 2");
    assert!(
        checked.why("at-once").contains("8 of 8 accepted, completed, attempts 1, repeats 7"),
        "{}",
        checked.why("at-once")
    );
    assert!(checked.why("no-effect").contains("no entry"), "{}", checked.why("no-effect"));
}

#[test]
fn an_inbox_that_is_not_the_endpoints_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let [file, other] = ["shop.db", "other.db"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let program = started("durable-inbox", &[("DATABASE", &file)]);
    let url = format!("{}/hooks/redpin", program.url());
    // The other inbox exists, because another program made it.
    let _other = started("durable-inbox", &[("DATABASE", &other)]);
    let only = ["--only", "processed-once", "--wait", "1", "--db"];
    let wrong = checked(&url, "redpin", secret("redpin"), &[&only[..], &[&other]].concat());
    assert_eq!((wrong.code, wrong.with("failed")), (1, vec!["processed-once"]), "{}", wrong.faults());
    assert!(wrong.why("processed-once").contains("is `--db` the inbox of this endpoint?"), "{}", wrong.faults());
    let absent = checked(&url, "redpin", secret("redpin"), &[&only[..], &["absent.db"]].concat());
    assert!(
        absent.code == 1 && absent.errors.contains("absent.db") && absent.errors.contains("help"),
        "{}",
        absent.errors
    );
}
