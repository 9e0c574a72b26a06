//! Compile errors of platforms in other crates: each names its cause.
//!
//! Cargo checks the library, and rustc checks one small program for each mistake.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A platform of another crate, without a mistake.
const PROGRAM: &str = r#"
use std::time::Duration;

use bytes::Bytes;
use referral_webhooks::platform::{self, Facts, Other, Platform, Signed, Unreadable, Why, decode_text, read};
use referral_webhooks::{BodyHmac, Contract, DeliveryId, Disabling, Endpoint, Forbidden, Retries, Scheme};
use serde::{Deserialize, Serialize};

#[derive(Clone, Default)]
pub struct Acme;

static FACTS: Facts =
    Facts::new("acme", "Acme", Scheme::BodyHmac(BodyHmac::new("x-acme-signature")), &CONTRACT);
static CONTRACT: Contract = Contract::builder().build();

impl Platform for Acme {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    fn delivery_id(&self, _: &Event, signed: Signed<'_>) -> DeliveryId {
        DeliveryId::digest(signed.payload)
    }
}

#[derive(Debug, Clone, Serialize)]
pub enum Event {
    Sale(Sale),
    Other(Other),
}

impl platform::Event for Event {
    fn name(&self) -> Option<&str> {
        None
    }

    fn other(&self) -> Option<&Other> {
        None
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sale {
    id: String,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    read(None, text).map(Event::Sale)
}

pub fn endpoint() -> Endpoint<Acme> {
    Endpoint::new("kT9vQ2mX7cR4wZ8b").unwrap()
}
"#;

/// The implementation of `platform::Event`.
fn event_impl() -> &'static str {
    let (start, end) =
        (PROGRAM.find("impl platform::Event").unwrap(), PROGRAM.find("#[derive(Debug, Clone, Serialize, De").unwrap());
    &PROGRAM[start..end]
}

/// Returns the errors of a program.
fn errors(arguments: &[OsString], name: &str, program: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes");
    fs::create_dir_all(&folder).unwrap();
    let source = folder.join(format!("{name}.rs"));
    fs::write(&source, program).unwrap();
    let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "-Adead_code", "-Aunused"]);
    command.args(arguments).arg("-o").arg(folder.join(format!("lib{name}.rmeta"))).arg(source);
    String::from_utf8(command.output().unwrap().stderr).unwrap()
}

/// Checks this library, and returns the arguments with which rustc finds it and the crates that a platform needs.
fn libraries() -> Vec<OsString> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["check", "--lib", "--message-format=json", "--quiet", "--manifest-path"]).arg(manifest);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for message in messages.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()) {
        let name = message["target"]["name"].as_str().unwrap_or_default();
        if ["referral_webhooks", "bytes", "serde"].contains(&name) {
            let written = message["filenames"].as_array().unwrap().iter().filter_map(|file| file.as_str());
            let file = written.map(PathBuf::from).find(|file| file.extension().is_some_and(|one| one == "rmeta"));
            files.extend(file.map(|file| (name.to_owned(), file)));
        }
    }
    assert_eq!(files.len(), 3, "{files:?}");
    let arguments = files.iter().flat_map(|(name, file)| {
        let folder = format!("dependency={}", file.parent().unwrap().display());
        ["-L".to_owned(), folder, "--extern".to_owned(), format!("{name}={}", file.display())]
    });
    arguments.map(OsString::from).collect()
}

#[test]
fn every_mistake_in_a_platform_has_an_error_that_names_it() {
    let arguments = libraries();
    assert_eq!(errors(&arguments, "right", PROGRAM), "");
    let contract = "Contract::builder()";
    let decode =
        "    fn decode(&self, payload: &Bytes) -> Event {\n        decode_text(payload, decode, Event::Other)\n    }\n";
    let facts = "    fn facts(&self) -> &Facts {\n        &FACTS\n    }\n";
    let shop = "pub struct Shop;\npub fn shop() -> Endpoint<Shop> {\n    Endpoint::new(\"a\").unwrap()\n}\n";
    // The text to be replaced, its replacement, and the parts of the error.
    let rows: [(&str, &str, &str, &[&str]); 18] = [
        (
            "no_event_impl",
            event_impl(),
            "",
            &[
                "`Event` is not an event of a platform",
                "no `impl referral_webhooks::platform::Event for Event`",
                "your_own_platform",
            ],
        ),
        ("no_decode", decode, "", &["not all trait items implemented, missing: `decode`"]),
        ("no_facts", facts, "", &["not all trait items implemented, missing: `facts`"]),
        (
            "not_a_platform",
            "pub fn endpoint",
            &format!("{shop}pub fn endpoint"),
            &[
                "`Shop` is not a platform",
                "no `impl referral_webhooks::platform::Platform for Shop`",
                "`redpin::Redpin`",
                "your_own_platform",
            ],
        ),
        (
            "not_clone",
            "#[derive(Clone, Default)]",
            "#[derive(Default)]",
            &["the trait bound `Acme: Clone` is not satisfied"],
        ),
        (
            "not_default",
            "#[derive(Clone, Default)]",
            "#[derive(Clone)]",
            &["the trait bound `Acme: Default` is not satisfied"],
        ),
        (
            "not_serialize",
            "#[derive(Debug, Clone, Serialize)]\npub enum",
            "#[derive(Debug, Clone)]\npub enum",
            &["the trait bound `Event: serde::Serialize` is not satisfied"],
        ),
        (
            "forbidden",
            contract,
            "Contract::builder().never(&[Forbidden::new(500..=599, \"is final\")])",
            &["contract: `transient` is a forbidden status, see `never`"],
        ),
        (
            "counted",
            contract,
            "Contract::builder().counts_as_success(200..=599)",
            &["contract: `transient` is a success, see `counts_as_success`"],
        ),
        ("status", contract, "Contract::builder().transient(5030)", &["contract: `transient` is outside 100 to 599"]),
        (
            "offsets",
            contract,
            "Contract::builder().retries(Retries::at(&[Duration::from_secs(60), Duration::from_secs(30)]))",
            &["contract: `retries.offsets` do not increase"],
        ),
        (
            "failures",
            contract,
            "Contract::builder().disabling(Disabling::after_failures(0))",
            &["an endpoint cannot be disabled after no failure"],
        ),
        (
            "changed",
            "static CONTRACT: Contract = Contract::builder().build();",
            "static CONTRACT: Contract = { let mut contract = Contract::builder().build(); contract.stale = contract.success; contract };",
            &["contract: `stale` is outside 400 to 599"],
        ),
        (
            "forgotten_build",
            "Contract::builder().build()",
            contract,
            &["mismatched types", "expected `Contract`, found `ContractBuilder`"],
        ),
        (
            "literal",
            "Contract::builder().build()",
            "Contract { retries: Retries::UNKNOWN, ..Contract::builder().build() }",
            &["cannot create non-exhaustive struct"],
        ),
        (
            "header",
            "DeliveryId::digest(signed.payload)",
            "DeliveryId::message_id(signed.headers)",
            &["no field `headers` on type", "available fields are: `message_id`, `payload`"],
        ),
        (
            "constants",
            facts,
            "    const NAME: &'static str = \"acme\";\n",
            &["const `NAME` is not a member of trait `Platform`"],
        ),
        (
            "decoder",
            "read(None, text).map(Event::Sale)",
            "read::<Sale>(None, text)",
            &["mismatched types", "expected enum `Result<Event, _>`"],
        ),
    ];
    for (name, old, new, want) in rows {
        assert_eq!(PROGRAM.matches(old).count(), 1, "{name}: {old}");
        let found = errors(&arguments, name, &PROGRAM.replace(old, new));
        for text in want {
            assert!(found.contains(text), "{name}: no `{text}` in\n{found}");
        }
    }
}
