//! The verbs that change entries.

use std::process::Command;

use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::profile::Profile;
use referral_webhooks_axum::{Endpoint, Message};
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox_sqlx::SqliteStore;
use serde_json::json;
use time::OffsetDateTime;

use super::{ROBIN, SECRET, Shop, body, receive};
use crate::{run, text};

#[tokio::test]
async fn one_entry_is_changed_by_its_number() {
    for shop in Shop::each().await {
        let rows: [(&[&str], i64, &str, &str); 5] = [
            (&["redeliver", "1", "--reason", "again"], 1, "available", "redelivered"),
            (&["discard", "6", "--reason", "fraud"], 6, "discarded", "discarded"),
            (&["cancel", "3"], 3, "cancelled", "cancelled"),
            (&["mark-done", "2"], 2, "completed", "marked_done"),
            (&["erase", "5", "--yes"], 5, "cancelled", "erased"),
        ];
        for (arguments, id, state, what) in rows {
            shop.ok(arguments);
            assert_eq!(shop.state(id), state, "{arguments:?} on {}", shop.db);
            let (last, by, _) = shop.history(id).pop().unwrap();
            assert_eq!((last.as_str(), by.as_str()), (what, "dana"), "{arguments:?}");
        }
        assert_eq!(shop.history(1).pop().unwrap().2, "again");
        assert_eq!(shop.history(6).pop().unwrap().2, "fraud");
    }
}

#[tokio::test]
async fn an_entry_that_does_not_permit_it_is_named() {
    let shop = Shop::sqlite().await;
    let rows: [(&[&str], &str); 5] = [
        (&["redeliver", "6"], "entry 6 is unchanged: it is available"),
        (&["cancel", "1"], "entry 1 is unchanged: it is completed"),
        (&["discard", "1"], "entry 1 is unchanged: it is completed"),
        (&["mark-done", "1"], "entry 1 is unchanged: it is completed"),
        (&["cancel", "99"], "entry 99 is unchanged: there is no such entry"),
    ];
    for (arguments, want) in rows {
        let ran = shop.run(arguments);
        assert_eq!(ran.status.code(), Some(1), "{arguments:?}");
        assert!(text(&ran.stdout).contains(want), "{arguments:?}: {}", text(&ran.stdout));
    }
    shop.ok(&["erase", "1", "--yes"]);
    let ran = shop.run(&["redeliver", "1"]);
    assert!(text(&ran.stdout).contains("its body was deleted"), "{}", text(&ran.stdout));
}

#[tokio::test]
async fn a_selection_is_counted_and_confirmed_first() {
    for shop in Shop::each().await {
        let selection = ["redeliver", "--state", "discarded"];
        let dry = shop.json(&[&selection[..], &["--dry-run"]].concat());
        assert_eq!(dry, [json!({ "kind": "selected", "act": "redeliver", "count": 2, "most": 2, "dry_run": true })]);
        let ran = shop.run(&selection);
        assert_eq!(ran.status.code(), Some(2));
        assert!(
            text(&ran.stderr).contains("2 entries would be changed") && text(&ran.stderr).contains("--yes"),
            "{ran:?}"
        );
        let ran = shop.run(&["redeliver", "--yes"]);
        assert!(text(&ran.stderr).contains("no entry is selected") && text(&ran.stderr).contains("--all"), "{ran:?}");
        assert_eq!((shop.state(2), shop.state(5)), ("discarded".to_owned(), "discarded".to_owned()));

        let first = shop.json(&[&selection[..], &["--most", "1", "--yes"]].concat());
        assert_eq!(first[1], json!({ "kind": "changed", "changed": 1, "unchanged": 0, "remaining": 1, "notes": [] }));
        assert_eq!(
            (shop.state(2), shop.state(5)),
            ("available".to_owned(), "discarded".to_owned()),
            "the oldest first"
        );
        let all = shop.run(&["cancel", "--all", "--yes", "--output", "json"]);
        // The completed one does not permit it.
        assert_eq!(all.status.code(), Some(1));
        assert!(
            text(&all.stdout).contains(r#""changed":4,"kind":"changed","notes":[],"remaining":0,"unchanged":1"#),
            "{}",
            text(&all.stdout)
        );
    }
}

/// Runs a command line in a terminal of `script`, with these answers.
fn in_terminal(line: &str, answer: &str) -> String {
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", line, "/dev/null"]).env("USER", "dana").env("TERM", "xterm");
    String::from_utf8_lossy(&run(script, answer.as_bytes()).stdout).into_owned()
}

#[tokio::test]
async fn a_terminal_is_asked() {
    let shop = Shop::sqlite().await;
    let line = format!("'{}' inbox cancel --db '{}' --state discarded", env!("CARGO_BIN_EXE_refhook"), shop.db);
    let shown = in_terminal(&line, "n\n");
    assert!(shown.contains("cancel 2 entries?") && shown.contains("no entry was changed"), "{shown}");
    assert_eq!(shop.state(2), "discarded");
    let shown = in_terminal(&line, "yes\n");
    assert!(shown.contains("2 entries cancelled"), "{shown}");
    assert_eq!(shop.state(2), "cancelled");
}

#[tokio::test]
async fn a_person_is_erased_wherever_a_body_mentions_them() {
    for shop in Shop::each().await {
        let person = shop.file("person.txt", "ROBIN@example.com\n\n");
        let arguments = ["erase", "--mentions", &person];
        let dry = shop.json(&[&arguments[..], &["--dry-run"]].concat());
        assert_eq!(dry[0]["count"], 5);
        assert_eq!(shop.run(&arguments).status.code(), Some(2), "no terminal can be asked");
        assert!(shop.ok(&["show", "1", "--raw"]).contains(ROBIN));
        let erased = shop.ok(&[&arguments[..], &["--yes", "--reason", "request 7"]].concat());
        assert!(erased.contains("5 entries erased, 0 unchanged, 0 remaining"), "{erased}");
        for id in [1, 2, 3, 5, 6] {
            assert!(matches!(&*shop.state(id), "completed" | "cancelled"), "{id}");
            let raw = shop.run(&["show", &id.to_string(), "--raw"]);
            assert!(raw.stdout.is_empty() && text(&raw.stderr).contains("was deleted"), "{raw:?}");
        }
        assert!(shop.ok(&[&arguments[..], &["--yes"]].concat()).contains("0 entries selected"));
    }
}

#[tokio::test]
async fn texts_of_a_person_are_checked() {
    let shop = Shop::sqlite().await;
    let rows = [
        ("short", "a\n", "text 1"),
        ("second", "robin@example.com\nxy\n", "text 2"),
        ("empty", "\n \n", "has no text"),
    ];
    for (name, content, want) in rows {
        let file = shop.file(name, content);
        let ran = shop.run(&["erase", "--mentions", &file, "--yes"]);
        assert_eq!(ran.status.code(), Some(1), "{name}");
        assert!(text(&ran.stderr).contains(want) && !text(&ran.stderr).contains("robin"), "{name}: {ran:?}");
    }
    let ran = run(shop.command(&["erase", "--mentions", "-", "--dry-run"]), b"nobody@example.org\n");
    assert!(text(&ran.stdout).contains("0 entries selected"), "{ran:?}");
    assert_eq!(shop.run(&["erase", "1", "--mentions", "-"]).status.code(), Some(2));
}

/// An entry that this version reads and the receiving one did not: its columns are set back.
async fn with_an_unreadable_entry(shop: &Shop) {
    let inbox = Inbox::new(SqliteStore::connect(&shop.db).await.unwrap());
    let redpin = inbox.intake("redpin-main", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
    receive(&redpin, "msg_8", &body("REFERRAL_CREATED", "CREATED", "Old")).await;
    let set_back = "UPDATE inbox_entry SET state = 'parked', unreadable = 'unknown event name', next_at = NULL, \
                    finished_at = last_seen_at WHERE delivery_id = 'msg_8'";
    let ran = Command::new("sqlite3").args([&shop.db, set_back]).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

#[tokio::test]
async fn redecoding_needs_the_secret_and_makes_readable_entries_due() {
    let shop = Shop::sqlite().await;
    with_an_unreadable_entry(&shop).await;
    let secret = shop.file("redpin.secret", SECRET);
    let arguments = ["redecode", "--endpoint", "redpin-main", "--secret-file", &secret];
    assert!(shop.ok(&[&arguments[..], &["--dry-run"]].concat()).contains("2 entries selected"));
    assert_eq!(shop.state(8), "parked");
    let done = shop.ok(&[&arguments[..], &["--yes"]].concat());
    assert!(done.contains("1 readable, 1 of them going to be processed; 1 still unreadable"), "{done}");
    assert_eq!((shop.state(8), shop.state(3)), ("available".to_owned(), "parked".to_owned()));

    let wrong = shop.file("wrong.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx");
    let ran = shop.run(&["redecode", "--endpoint", "redpin-main", "--secret-file", &wrong, "--yes"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(text(&ran.stdout).contains("1 do not verify") && text(&ran.stderr).contains("fingerprint"), "{ran:?}");
    for (arguments, want) in [
        (&["redecode", "--secret-file", &secret][..], "the endpoint is missing"),
        (&["redecode", "--endpoint", "redpin-main"], "the secret is missing"),
        (&["redecode", "--endpoint", "other", "--secret-file", &secret], "has no entries"),
    ] {
        let ran = shop.run(arguments);
        assert!(!ran.status.success() && text(&ran.stderr).contains(want), "{arguments:?}: {ran:?}");
    }
}

#[tokio::test]
async fn redecoding_leaves_business_keys_to_the_application() {
    let shop = Shop::sqlite().await;
    let inbox = Inbox::new(SqliteStore::connect(&shop.db).await.unwrap());
    let redpin = inbox.intake("keyed", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
    let redpin = redpin.dedupe_by(|_| Some("referral-17".to_owned()));
    receive(&redpin, "msg_7", &body("REFERRAL_CREATED", "CREATED", "Keyed")).await;
    let secret = shop.file("redpin.secret", SECRET);
    let ran = shop.run(&["redecode", "--endpoint", "keyed", "--secret-file", &secret, "--yes"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(text(&ran.stderr).contains("business keys") && text(&ran.stderr).contains("--without-keys"), "{ran:?}");
    shop.ok(&["redecode", "--endpoint", "keyed", "--secret-file", &secret, "--yes", "--without-keys"]);
}

#[tokio::test]
async fn a_changed_profile_redecodes_the_selected_entries_alone() {
    let acme = |personal: &str| {
        format!(
            "name = \"acme\"\ntitle = \"Acme\"\nscheme = {{ kind = \"body-hmac\", header = \"X-Acme-Signature\" }}\n\
             event = {{ name = \"/type\", id = \"/id\" }}\npersonal = [{personal}]\ncontract = {{ give-up = \"3d\", redelivery = \"never\" }}\n"
        )
    };
    let (shop, secret) = (Shop::empty().await, "acme-signing-secret-7f3a");
    let store = SqliteStore::connect(&shop.db).await.unwrap();
    let endpoint = Endpoint::of(toml::from_str::<Profile>(&acme("")).unwrap(), secret).unwrap();
    let intake = Inbox::new(store.clone()).intake("acme", endpoint.clone()).unwrap();
    for id in ["first", "second"] {
        let now = OffsetDateTime::now_utc();
        let body = format!(r#"{{"type":"reward.paid","id":"{id}","email":"robin@example.com"}}"#);
        let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now)).unwrap(), now).unwrap();
        intake.accept(&delivery).await.unwrap();
    }
    store.close().await;
    let held = "UPDATE inbox_entry SET state = 'parked', next_at = NULL, finished_at = last_seen_at";
    assert!(Command::new("sqlite3").args([&shop.db, held]).status().unwrap().success());

    let (profile, secret) = (shop.file("acme.toml", &acme("\"/email\"")), shop.file("acme.secret", secret));
    let redecode = ["redecode", "--endpoint", "acme", "--profile", &profile, "--secret-file", &secret, "--yes"];
    let refused = shop.run(&redecode);
    assert!(text(&refused.stdout).contains("2 were read with another profile"), "{refused:?}");
    let first = shop.ok(&[&redecode[..], &["--changed-profile", "--delivery-id", "first"]].concat());
    assert!(first.contains("1 readable, 1 of them going to be processed"), "{first}");
    assert_eq!((shop.state(1), shop.state(2)), ("available".to_owned(), "parked".to_owned()));
}
