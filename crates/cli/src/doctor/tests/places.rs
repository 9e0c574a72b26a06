//! Proofs in other places: headers of other names, the event of a function, another URL.

use super::made::{Made, PLATFORMS, SECRET, explained, made, proven};
use super::{bodies, heads};

#[track_caller]
fn check(description: &str, made: &Made, file: &str, want: &[&str]) {
    let explanation = explained(made, file.as_bytes());
    let want: Vec<String> = want.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(proven(&explanation), Some(want), "{description}: {}", explanation.object());
}

/// Returns Redpin's request with headers of these names.
fn redpin(names: [&str; 3]) -> Made {
    let mut made = made("redpin", PLATFORMS[7].1, bodies::RICH.as_bytes());
    for (header, name) in made.headers.iter_mut().filter(|(name, _)| name.starts_with("svix-")).zip(names) {
        header.0 = name.to_owned();
    }
    made
}

#[test]
fn renamed_headers_are_found_with_changed_values() {
    for names in [
        ["HTTP_SVIX_ID", "HTTP_SVIX_TIMESTAMP", "HTTP_SVIX_SIGNATURE"],
        ["svix_id", "svix_timestamp", "svix_signature"],
        ["SvixId", "SvixTimestamp", "SvixSignature"],
        ["x-svix-id", "x-svix-timestamp", "x-svix-signature"],
        ["x-shop-id", "x-shop-timestamp", "x-shop-signature"],
        ["svix-id", "webhook-timestamp", "svix-signature"],
    ] {
        let plain = redpin(names);
        check(names[0], &plain, &plain.secret, &["header-family"]);
        for heads::Row(name, want, change) in heads::ROWS {
            let mut made = redpin(names);
            // Some values have nothing that could be escaped.
            for header in made.headers.iter_mut().filter(|(name, _)| name != "content-type") {
                header.1 = change(&header.1).unwrap_or_else(|| header.1.clone());
            }
            let explanation = explained(&made, made.secret.as_bytes());
            let mut found = proven(&explanation).unwrap_or_default();
            let mut want = [&["header-family"], *want].concat();
            found.sort_unstable();
            want.sort_unstable();
            assert_eq!(found, want, "{names:?} {name}: {}", explanation.object());
        }
    }
    // The two families of names are equal.
    let made = redpin(["webhook-id", "webhook-timestamp", "webhook-signature"]);
    check("the other family", &made, &made.secret, &[]);
}

#[test]
fn the_headers_of_an_event_are_found_in_the_body() {
    for (members, list) in [("headers", false), ("multiValueHeaders", true)] {
        let mut made = redpin(["svix-id", "svix-timestamp", "svix-signature"]);
        let headers: serde_json::Map<String, serde_json::Value> = made
            .headers
            .drain(..)
            .map(|(name, value)| (name.to_uppercase(), if list { vec![value].into() } else { value.into() }))
            .collect();
        let mut event =
            serde_json::json!({ "httpMethod": "POST", "path": "/x", "body": bodies::RICH, "isBase64Encoded": false });
        event[members] = headers.into();
        made.body = event.to_string().into();
        check(members, &made, &made.secret, &["header-in-event", "body-aws-event"]);
    }
}

#[test]
fn a_token_is_found_in_the_url_before_a_proxy() {
    let mut made = made("refir", PLATFORMS[10].1, b"{}");
    made.uri = "/".to_owned();
    made.headers.push(("x-original-uri".to_owned(), format!("/hooks/refir/{SECRET}")));
    check("the original URL", &made, SECRET, &["url-rewritten"]);
    check("with a secret in quotes", &made, &format!("'{SECRET}'"), &["url-rewritten", "secret-quotes"]);
}

#[test]
fn a_request_of_another_platform_is_recognised_behind_accidents() {
    let mut made = made("prefinery", PLATFORMS[6].1, format!("{}\n", bodies::RICH).as_bytes());
    made.platform = "redpin";
    made.body = bodies::RICH.into();
    check("another platform", &made, &format!("\"{SECRET}\""), &["other-platform", "secret-quotes", "body-line-end"]);
}
