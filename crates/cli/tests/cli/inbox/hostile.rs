//! Deliveries whose sender wants to steer the terminal.

use std::process::Command;

use referral_webhooks_axum::Endpoint;
use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox_sqlx::SqliteStore;

use super::{SECRET, Shop, receive};
use crate::run;

/// Texts that steer a terminal, deceive its reader, or are very long.
fn hostile() -> Vec<String> {
    let short = [
        "\u{1b}[2J\u{1b}[H",
        "\u{1b}]0;owned\u{7}",
        "\u{1b}]52;c;ZXZpbA==\u{1b}\\",
        "\u{1b}P$q\u{1b}\\",
        "\u{9b}31m",
        "\u{90}x\u{9c}",
        "a\rb\u{8}\u{8}",
        "\u{7f}\u{85}",
        "\u{202e}gnp.exe",
        "\u{2066}x\u{2069}",
        "\u{200b}\u{feff}",
        "\u{2028}line",
        "\u{e0041}tag",
    ];
    short.iter().map(|text| (*text).to_owned()).chain(["x".repeat(1_000_000 - 300)]).collect()
}

/// Whether a character of the output steers the terminal. The program's own colours are removed first.
fn steers(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Removes the colours of this program alone.
fn without_colours(shown: &str) -> String {
    // The terminal adds a carriage return to each line.
    let mut plain = shown.replace("\r\r\n", "\n").replace("\r\n", "\n");
    for code in ["0", "1", "2", "31", "32", "33"] {
        plain = plain.replace(&format!("\u{1b}[{code}m"), "");
    }
    plain
}

#[tokio::test]
async fn no_escape_sequence_reaches_the_terminal() {
    let shop = Shop::empty().await;
    let store = SqliteStore::connect(&shop.db).await.unwrap();
    let inbox = Inbox::new(store.clone());
    let redpin = inbox.intake("redpin-main", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
    for (place, text) in hostile().into_iter().enumerate() {
        let key = if text.len() < 1_000 { text.clone() } else { "long".to_owned() };
        let body = serde_json::json!({ "event_name": text, "status": "CREATED", "contact": { "first_name": key, (key.clone()): 1 } });
        receive(&redpin, &format!("msg_{place}"), &body.to_string()).await;
        // As bytes that are not JSON.
        receive(&redpin, &format!("raw_{place}"), &text).await;
    }
    let count = 2 * hostile().len();
    store.close().await;
    shop.ok(&["discard", "--all", "--yes", "--reason", "\u{1b}[31m\u{202e}why", "--by", "\u{1b}]0;me\u{7}"]);

    let mut verbs: Vec<Vec<String>> =
        vec![vec!["list".to_owned()], vec!["list".to_owned(), "--output".to_owned(), "json".to_owned()]];
    for id in 1..=count {
        for more in
            [&[][..], &["--reveal"], &["--output", "json"], &["--reveal", "--output", "json"], &["--raw"], &["--http"]]
        {
            verbs.push(["show", &id.to_string()].into_iter().chain(more.iter().copied()).map(str::to_owned).collect());
        }
    }
    verbs.push(vec!["export".to_owned()]);
    verbs.push(vec!["export".to_owned(), "--format".to_owned(), "cloudevents".to_owned(), "--reveal".to_owned()]);
    for verb in verbs {
        let line = format!("'{}' inbox {} --db '{}'", env!("CARGO_BIN_EXE_refhook"), verb.join(" "), shop.db);
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("TERM", "xterm-256color");
        let shown = String::from_utf8_lossy(&run(script, b"").stdout).into_owned();
        let plain = without_colours(&shown);
        let found = plain.chars().find(|character| steers(*character));
        assert!(!shown.is_empty() && found.is_none(), "{verb:?}: {found:?} in {:?}", &plain[..plain.len().min(3_000)]);
    }
}
