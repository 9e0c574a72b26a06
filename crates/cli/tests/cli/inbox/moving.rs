//! `refhook inbox export` and `refhook inbox import`.

use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::{Delivery, Endpoint};
use referral_webhooks_inbox::store::{Accepted, Filter, State, Store as _};
use referral_webhooks_inbox::{Attempt, Inbox, KeyRing, Outcome, Sealed};
use referral_webhooks_inbox_sqlx::{PostgresStore, SqliteStore};
use serde_json::{Value, json};

use super::{ROBIN, SECRET, Shop, body, fill, new_schema, receive};
use crate::{run, text};

async fn empty_postgres() -> Shop {
    let db = new_schema().0;
    PostgresStore::migrate(&db).await.unwrap();
    Shop { db, folder: tempfile::tempdir().unwrap() }
}

/// Returns the members of entries that a copy must have.
fn entries(shop: &Shop) -> Vec<Value> {
    let members = [
        "endpoint",
        "tenant",
        "platform",
        "delivery_id",
        "is_derived",
        "event",
        "state",
        "attempt",
        "run",
        "repeats",
        "conflicts",
        "conflict_of",
        "secret",
        "received_at",
        "has_body",
        "item",
        "profile",
    ];
    let lines = shop.json(&["list"]);
    lines
        .iter()
        .map(|line| members.iter().map(|member| ((*member).to_owned(), line[member].clone())).collect())
        .collect()
}

#[tokio::test]
async fn an_export_imported_into_an_empty_inbox_is_the_same_and_pays_nothing() {
    for (from, to) in [
        (Shop::sqlite().await, Shop::empty().await),
        (Shop::sqlite().await, empty_postgres().await),
        (Shop::postgres().await, Shop::empty().await),
    ] {
        let exported = from.run(&["export", "--reveal"]);
        assert!(exported.status.success(), "{exported:?}");
        let lines = exported.stdout.clone();
        let file = to.file("shop.jsonl", text(&lines));
        let dry = to.json(&["import", &file, "--dry-run"]);
        assert_eq!(dry, [json!({ "kind": "imported", "new": 5, "known": 0, "held": 2, "dry_run": true })]);
        assert_eq!(to.json(&["list"]).len(), 0);
        assert!(to.ok(&["import", &file]).contains("5 entries imported, 0 known already"));

        // An entry that was due is parked. All others are the same.
        let mut want = entries(&from);
        assert_eq!(want[0]["state"], "available");
        want[0]["state"] = "parked".into();
        assert_eq!(entries(&to), want, "{} to {}", from.db, to.db);
        for (was, is) in [("1", "1"), ("2", "2"), ("5", "4"), ("6", "5")] {
            assert_eq!(to.ok(&["show", is, "--raw"]), from.ok(&["show", was, "--raw"]), "{was}");
        }
        let (was, is) = (from.history(2), to.history(2));
        assert_eq!(is[0], was[0], "the history is kept");
        assert!(is.iter().any(|(what, by, _)| what == "imported" && by == "dana"), "{is:?}");

        let again = to.json(&["import", &file]);
        assert_eq!(again, [json!({ "kind": "imported", "new": 0, "known": 5, "held": 0, "dry_run": false })]);
        assert_eq!(to.json(&["list"]).len(), 5);
        assert_eq!(to.json(&["list", "--state", "available,waiting,running,retryable"]).len(), 0);
    }
}

#[tokio::test]
async fn no_worker_processes_an_import_and_a_repeat_of_it_is_known() {
    let (from, to) = (Shop::sqlite().await, Shop::empty().await);
    let file = to.file("shop.jsonl", &from.ok(&["export", "--reveal"]));
    to.ok(&["import", &file]);
    let inbox = Inbox::new(SqliteStore::connect(&to.db).await.unwrap());
    let redpin = inbox.intake("redpin-main", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
    let handler = async |_: Delivery<Redpin>, _: Attempt| Outcome::Done;
    // Also handlers of unknown events get none.
    let worker = inbox.worker().run(&redpin, handler).unknown_events(&redpin, handler);
    assert_eq!(worker.run_until_idle().await.unwrap(), 0);
    receive(&redpin, "msg_1", &body("REFERRAL_CREATED", "CREATED", "Robin")).await;
    assert_eq!(worker.run_until_idle().await.unwrap(), 0, "the repeat of a completed delivery is known");
    assert_eq!(inbox.store().list(Filter::new()).await.unwrap().len(), 5);
    // A person makes it due.
    to.ok(&["redeliver", "5"]);
    assert_eq!(worker.run_until_idle().await.unwrap(), 1);
}

#[tokio::test]
async fn an_imported_business_key_is_not_paid_twice() {
    let (from, to) = (Shop::empty().await, Shop::empty().await);
    let keyed = async |db: &str, id: &str| {
        let inbox = Inbox::new(SqliteStore::connect(db).await.unwrap());
        let redpin = inbox.intake("redpin-main", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
        let redpin = redpin.dedupe_by(|_| Some("referral-17".to_owned()));
        receive(&redpin, id, &body("REFERRAL_CREATED", "CREATED", "Keyed")).await;
        inbox
            .worker()
            .run(&redpin, async |_: Delivery<Redpin>, _: Attempt| Outcome::Done)
            .run_until_idle()
            .await
            .unwrap()
    };
    assert_eq!(keyed(&from.db, "msg_a").await, 1);
    let file = to.file("shop.jsonl", &from.ok(&["export", "--reveal"]));
    to.ok(&["import", &file]);
    assert_eq!(keyed(&to.db, "msg_b").await, 0, "another id with the same key");
    let store = SqliteStore::connect(&to.db).await.unwrap();
    let cancelled = store.list(Filter::new().state(State::Cancelled)).await.unwrap();
    assert_eq!(cancelled.len(), 1, "{cancelled:?}");
    let _ = Accepted::SameKey(cancelled[0].id);
}

#[tokio::test]
async fn a_sealed_inbox_is_copied_without_its_keys() {
    let ring = || {
        KeyRing::new("8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=", 1, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
            .unwrap()
    };
    let (from, to, plain) = (Shop::empty().await, Shop::empty().await, Shop::sqlite().await);
    fill(Sealed::open(SqliteStore::connect(&from.db).await.unwrap(), ring()).await.unwrap()).await;
    let exported = from.ok(&["export"]);
    assert!(!exported.contains("masked"), "the bodies are sealed");
    let file = to.file("sealed.jsonl", &exported);
    to.ok(&["import", &file]);
    let store = Sealed::open(SqliteStore::connect(&to.db).await.unwrap(), ring()).await.unwrap();
    let stored = store.body(referral_webhooks_inbox::EntryId(2)).await.unwrap().unwrap();
    assert_eq!(text(&stored.body), body("REFERRAL_CREATED", "CREATED", "Fails"));
    let ran = plain.run(&["import", &file]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(text(&ran.stderr).contains("another pepper or not at all"), "{ran:?}");
}

#[tokio::test]
async fn lines_that_are_no_entries_are_refused() {
    let (from, to) = (Shop::sqlite().await, Shop::empty().await);
    let good = from.ok(&["export", "1", "--reveal"]);
    let line: Value = serde_json::from_str(good.trim()).unwrap();
    let with = |member: &str, value: Value| {
        let mut changed = line.clone();
        changed[member] = value;
        changed.to_string()
    };
    let rows = [
        (from.ok(&["export", "1"]), "it is masked"),
        ("{}".to_owned(), "no exported entry"),
        ("hello".to_owned(), "no object of JSON"),
        ("[1]".to_owned(), "no"),
        (with("version", 2.into()), "its version is 2"),
        (with("state", "done".into()), "its state is unknown"),
        (with("secret", "x".into()), "no fingerprint"),
        (with("body_digest", "AAAA".into()), "32 bytes"),
        (with("surprise", true.into()), "unknown"),
        (with("is_opened", true.into()), "opened with keys"),
        (with("received_at", "yesterday".into()), "invalid"),
        (
            with("request", json!({ "headers": [["a b", "c"]], "body_base64": "", "seal_base64": null })),
            "headers is invalid",
        ),
        (with("request", json!({ "headers": [], "body_base64": "*", "seal_base64": null })), "not base64"),
    ];
    for (content, want) in rows {
        let ran = run(to.command(&["import", "-"]), format!("\n{content}\n").as_bytes());
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{want}: {said}");
        assert!(said.contains(want) && said.contains("line 2") && !said.contains(ROBIN), "{want}: {said}");
    }
    assert_eq!(to.json(&["list"]).len(), 0);
    assert_eq!(to.run(&["import", "missing.jsonl"]).status.code(), Some(1));
}

#[tokio::test]
async fn a_conflict_without_its_original_is_not_revived() {
    let (from, to) = (Shop::sqlite().await, Shop::empty().await);
    let file = to.file("conflict.jsonl", &from.ok(&["export", "5", "--reveal"]));
    to.ok(&["import", &file]);
    assert_eq!(to.state(1), "cancelled");
}

#[tokio::test]
async fn exports_are_masked_unless_they_are_revealed() {
    let shop = Shop::sqlite().await;
    for format in ["json", "cloudevents"] {
        let masked = shop.ok(&["export", "--format", format]);
        assert!(
            !masked.contains(ROBIN) && !masked.contains("Fails") && masked.contains("REFERRAL_CREATED"),
            "{masked}"
        );
    }
    assert!(!shop.history(1).iter().any(|(what, ..)| what == "exported"));
    let revealed = shop.ok(&["export", "--format", "cloudevents", "--reveal"]);
    assert!(revealed.contains(ROBIN));
    assert_eq!(shop.history(1).last().unwrap().0, "exported");
}

#[tokio::test]
async fn cloud_events_have_the_attributes_of_version_1() {
    let shop = Shop::sqlite().await;
    shop.ok(&["erase", "2", "--yes"]);
    let lines = shop.ok(&["export", "--format", "cloudevents", "--reveal"]);
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 5);
    for event in &events {
        assert_eq!(event["specversion"], "1.0");
        for required in ["id", "source", "type"] {
            assert!(event[required].as_str().is_some_and(|text| !text.is_empty()), "{event}");
        }
        // Names of attributes are letters and digits in lower case, and `data_base64` is the exception of the format.
        let is_name = |name: &str| {
            name.len() <= 20 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        assert!(event.as_object().unwrap().keys().all(|name| is_name(name) || name == "data_base64"), "{event}");
    }
    let first = &events[0];
    assert_eq!(first["source"], "urn:webhook:redpin:redpin-main");
    assert_eq!((&first["type"], &first["id"]), (&"webhook.redpin.REFERRAL_CREATED".into(), &"msg_1".into()));
    assert_eq!(first["datacontenttype"], "application/json");
    assert_eq!(first["data"]["contact"]["email"], ROBIN);
    assert_eq!((events[1].get("data"), events[1].get("datacontenttype")), (None, None), "an erased body is absent");
    let mut pairs: Vec<_> = events.iter().map(|event| (event["source"].to_string(), event["id"].to_string())).collect();
    pairs.sort();
    pairs.dedup();
    assert_eq!(pairs.len(), 5, "source and id are unique");
}

#[tokio::test]
async fn messages_in_a_folder_verify_and_are_not_replaced() {
    let shop = Shop::sqlite().await;
    let folder = shop.folder.path().join("messages");
    let path = folder.to_str().unwrap();
    shop.ok(&["export", "--format", "http", "--folder", path, "--reveal"]);
    let file = folder.join("00000002-redpin-REFERRAL_CREATED.http");
    let secret = shop.file("redpin.secret", SECRET);
    let verify = crate::refhook(&["verify", "--platform", "redpin", "--secret-file", &secret, file.to_str().unwrap()]);
    assert!(run(verify, b"").status.success());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 5);
    let ran = shop.run(&["export", "--format", "http", "--folder", path]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(text(&ran.stderr).contains("not replaced"), "{ran:?}");
    assert_eq!(shop.run(&["export", "--format", "http"]).status.code(), Some(2), "the folder is missing");
}
