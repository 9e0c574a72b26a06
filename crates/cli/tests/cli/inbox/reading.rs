//! The verbs that show entries, and change none.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use referral_webhooks_axum::Endpoint;
use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox_sqlx::SqliteStore;
use serde_json::{Value, json};

use super::{ROBIN, SECRET, Shop, body, receive};
use crate::text;

fn ids(lines: &[Value]) -> Vec<i64> {
    lines.iter().map(|line| line["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn each_filter_selects_its_entries() {
    for shop in Shop::each().await {
        let rows: [(&[&str], &[i64]); 21] = [
            (&[], &[6, 5, 3, 2, 1]),
            (&["--limit", "2"], &[6, 5]),
            (&["--limit", "2", "--before", "5"], &[3, 2]),
            (&["--state", "completed"], &[1]),
            (&["--state", "discarded"], &[5, 2]),
            (&["--state", "parked,available"], &[6, 3]),
            (&["--state", "parked", "--state", "completed"], &[3, 1]),
            (&["--parked"], &[3]),
            (&["--conflicts"], &[5]),
            (&["--repeated"], &[1]),
            (&["--unreadable"], &[3]),
            (&["--event", "REFERRAL_ARCHIVED"], &[3]),
            (&["--delivery-id", "msg_2"], &[2]),
            (&["--endpoint", "redpin-main"], &[6, 5, 3, 2, 1]),
            (&["--endpoint", "other"], &[]),
            (&["--platform", "redpin"], &[6, 5, 3, 2, 1]),
            (&["--platform", "prefinery"], &[]),
            (&["--tenant", ""], &[6, 5, 3, 2, 1]),
            (&["--since", "1h"], &[6, 5, 3, 2, 1]),
            (&["--until", "1h"], &[]),
            (&["3", "1"], &[3, 1]),
        ];
        for (filter, want) in rows {
            let arguments: Vec<&str> = ["list"].iter().chain(filter).copied().collect();
            assert_eq!(ids(&shop.json(&arguments)), want, "{filter:?} on {}", shop.db);
        }
    }
}

#[tokio::test]
async fn wrong_uses_of_list_are_named() {
    let shop = Shop::sqlite().await;
    let rows: [(&[&str], i32, &str); 8] = [
        (&["list", "99"], 1, "there is no entry 99"),
        (&["list", "1", "--parked"], 2, "numbers and filters"),
        (&["list", "one"], 2, "number of an entry"),
        (&["list", "0"], 2, "number of an entry"),
        (&["list", "--state", "done"], 2, "available, waiting"),
        (&["list", "--since", "yesterday"], 2, "2h"),
        (&["list", "--limit", "0"], 2, "--limit"),
        (&["show", "99"], 1, "there is no entry 99"),
    ];
    for (arguments, code, want) in rows {
        let ran = shop.run(arguments);
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(want), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn show_tells_the_story_without_personal_data() {
    for shop in Shop::each().await {
        let shown = shop.ok(&["show", "2"]);
        for want in [
            "Entry 2",
            "discarded",
            "redpin-main",
            "msg_2",
            "the shop said no",
            "REFERRAL_CREATED",
            "attempt 1",
            "svix-id",
        ] {
            assert!(shown.contains(want), "{want} in {shown}");
        }
        for personal in [ROBIN, "Fails"] {
            assert!(!shown.contains(personal), "{personal} in {shown}");
            assert!(!shop.ok(&["show", "2", "--output", "json"]).contains(personal));
        }
        assert!(!shop.history(2).iter().any(|(what, ..)| what == "revealed"));
        let shown = shop.ok(&["show", "1"]);
        assert!(shown.contains("other bodies under its id") && shown.contains("1 conflict"), "{shown}");
    }
}

#[tokio::test]
async fn revealing_is_noted_before_it_happens() {
    for shop in Shop::each().await {
        let shown = shop.ok(&["show", "2", "--reveal", "--reason", "ticket 4711", "--by", "robin"]);
        assert!(shown.contains(ROBIN) && shown.contains("Fails"), "{shown}");
        let want = ("revealed".to_owned(), "robin".to_owned(), "ticket 4711".to_owned());
        assert_eq!(shop.history(2).last(), Some(&want));
        shop.ok(&["show", "2", "--raw"]);
        assert_eq!(shop.history(2).last(), Some(&("revealed".to_owned(), "dana".to_owned(), String::new())));
    }
}

#[tokio::test]
async fn raw_has_the_exact_bytes_and_http_verifies() {
    for shop in Shop::each().await {
        assert_eq!(shop.ok(&["show", "2", "--raw"]), body("REFERRAL_CREATED", "CREATED", "Fails"));
        let message = shop.run(&["show", "2", "--http"]).stdout;
        let secret = shop.file("redpin.secret", SECRET);
        let verify = crate::refhook(&["verify", "--platform", "redpin", "--secret-file", &secret]);
        let ran = crate::run(verify, &message);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
    }
}

#[tokio::test]
async fn a_secret_verifies_the_stored_delivery_again() {
    let shop = Shop::sqlite().await;
    let (right, wrong) = (shop.file("right", SECRET), shop.file("wrong", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"));
    assert!(shop.ok(&["show", "2", "--secret-file", &right]).contains("verifies with secret 0 (signed)"));
    assert!(shop.ok(&["show", "2", "--secret-file", &wrong]).contains("does not verify"));
    let invalid = shop.file("invalid", "whsec_!");
    assert!(shop.ok(&["show", "2", "--secret-file", &invalid]).contains("the secret is invalid for redpin"));
}

#[tokio::test]
async fn stats_count_states_and_endpoints() {
    for shop in Shop::each().await {
        let lines = shop.json(&["stats"]);
        let counts = &lines[0]["counts"];
        let got =
            ["available", "completed", "parked", "discarded", "cancelled"].map(|state| counts[state].as_u64().unwrap());
        assert_eq!(got, [1, 1, 1, 2, 0], "{lines:?}");
        assert_eq!(lines[1]["endpoint"]["endpoint"], "redpin-main", "{lines:?}");
        let shown = shop.ok(&["stats"]);
        assert!(shown.contains("redpin-main") && shown.contains("oldest due"), "{shown}");
        let filtered = shop.json(&["stats", "--event", "REFERRAL_ARCHIVED"]);
        assert_eq!((&filtered[0]["counts"]["parked"], &filtered[0]["counts"]["completed"]), (&json!(1), &json!(0)));
    }
}

#[tokio::test]
async fn tail_prints_new_and_changed_entries() {
    for shop in Shop::each().await {
        let mut command = shop.command(&["tail", "--limit", "1", "--output", "json"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut next = || -> (String, i64, String) {
            let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            (
                line["kind"].as_str().unwrap().to_owned(),
                line["id"].as_i64().unwrap(),
                line["state"].as_str().unwrap().to_owned(),
            )
        };
        assert_eq!(next(), ("new".to_owned(), 6, "available".to_owned()));
        shop.ok(&["cancel", "6"]);
        assert_eq!(next(), ("changed".to_owned(), 6, "cancelled".to_owned()));
        if shop.db.starts_with("postgres") {
            shop.ok(&["redeliver", "1"]);
            assert_eq!(next(), ("changed".to_owned(), 1, "available".to_owned()));
        } else {
            // The application uses the file meanwhile.
            let inbox = Inbox::new(SqliteStore::connect(&shop.db).await.unwrap());
            let redpin = inbox.intake("redpin-main", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
            receive(&redpin, "msg_8", &body("REFERRAL_CREATED", "CREATED", "New")).await;
            assert_eq!(next(), ("new".to_owned(), 8, "available".to_owned()));
        }
        let mut interrupt = std::process::Command::new("kill");
        assert!(interrupt.args(["-INT", &process.id().to_string()]).status().unwrap().success());
        assert_eq!(process.wait().unwrap().code(), Some(0));
    }
}

#[tokio::test]
async fn a_closed_pipe_ends_a_list_quietly() {
    let shop = Shop::sqlite().await;
    let mut shell = std::process::Command::new("sh");
    let line = format!("'{}' inbox list --db '{}' | true", env!("CARGO_BIN_EXE_refhook"), shop.db);
    let ran = shell.args(["-c", &line]).output().unwrap();
    assert_eq!(text(&ran.stderr), "");
}
