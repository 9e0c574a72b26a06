//! The reading of bodies by profiles.

use bytes::Bytes;
use referral_webhooks::platform::{Event as _, Platform as _, Signed, Why};
use referral_webhooks::profile::Profile;
use referral_webhooks::summary::Happening;
use referral_webhooks::{Acknowledges, Disabling, Endpoint, ErrorKind, Message, Retention, Strength, Trust};
use time::{Duration, OffsetDateTime};

const SECRET: &str = "acme-signing-secret-7f3a";

/// Loads a profile with a signed body and these further settings.
#[track_caller]
fn profile(settings: &str) -> Profile {
    let text =
        format!("name = \"acme\"\nscheme = {{ kind = \"body-hmac\", header = \"X-Acme-Signature\" }}\n{settings}");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// Returns the id and its strength.
fn id(profile: Profile, body: &str) -> (String, Strength) {
    let event = profile.decode(&Bytes::copy_from_slice(body.as_bytes()));
    let id = profile.delivery_id(&event, Signed { message_id: None, payload: body.as_bytes() });
    (id.to_string(), id.strength())
}

/// Returns the ids of the items, and their strengths.
fn items(profile: Profile, body: &str) -> Vec<(String, Strength)> {
    let event = profile.decode(&Bytes::copy_from_slice(body.as_bytes()));
    let items = profile.items(&event, Signed { message_id: None, payload: body.as_bytes() });
    items.iter().map(|item| (item.id.to_string(), item.id.strength())).collect()
}

#[test]
fn an_id_has_one_text_for_every_notation() {
    let plain = profile("event = { name = \"/type\", id = \"/id\" }");
    let platform = profile("event = { name = \"/type\", id = \"/id\", strength = \"platform\" }");
    let fields = |text: &str| Some((text.to_owned(), Strength::BusinessFields));
    for (body, want) in [
        (r#"{"type":"a","id":42}"#, fields("42")),
        (r#"{"type":"a","id":"42"}"#, fields("42")),
        (r#"{"type":"a","\u0069d":"\u0034\u0032"}"#, fields("42")),
        (r#" { "id" : 42 , "type" : "a" } "#, fields("42")),
        (r#"{"type":"a","id":"a|b"}"#, fields(r"a\|b")),
        (r#"{"type":"a","id":true}"#, fields("true")),
        // No single notation, or no value.
        (r#"{"type":"a","id":4.2e1}"#, None),
        (r#"{"type":"a","id":null}"#, None),
        (r#"{"type":"a","id":""}"#, None),
        (r#"{"type":"a","id":{"x":1}}"#, None),
        (r#"{"type":"a","id":["42"]}"#, None),
        (r#"{"type":"a","id":"\ud800"}"#, None),
        (r#"{"type":"a"}"#, None),
        (r#"{"type":"a","ID":42}"#, None),
        // A reader of the first member and a reader of the last one would see two ids.
        (r#"{"type":"a","id":42,"id":43}"#, None),
        (r#"{"type":"a","id":42,"\u0069d":43}"#, None),
        (r#"{"type":"a","id":42,"x":{"y":1,"y":2}}"#, None),
        ("[]", None),
        ("not json", None),
        ("", None),
    ] {
        let got = id(plain, body);
        match want {
            Some(want) => assert_eq!(got, want, "{body}"),
            None => assert!(got.1 == Strength::Digest && got.0.starts_with("sha256:"), "{body}: {got:?}"),
        }
        let claimed = id(platform, body);
        let strength = if got.1 == Strength::Digest { Strength::Digest } else { Strength::MessageId };
        assert_eq!(claimed, (got.0, strength), "{body}");
    }
    // An e-mail address is not kept in an id.
    let person = id(plain, r#"{"type":"a","id":"ada@example.com"}"#);
    assert!(person.0.starts_with("sha256:") && person.1 == Strength::BusinessFields);
}

#[test]
fn a_joined_id_needs_all_of_its_members() {
    let joined = profile("event = { name = \"/type\", id = [\"/type\", \"/reward/id\", \"/reward/approved\"] }");
    let unapproved = r#"{"type":"goal","reward":{"id":"r1","approved":false}}"#;
    let approved = r#"{"type":"goal","reward":{"id":"r1","approved":true}}"#;
    assert_eq!(id(joined, unapproved), ("goal|r1|false".to_owned(), Strength::BusinessFields));
    assert_eq!(id(joined, approved), ("goal|r1|true".to_owned(), Strength::BusinessFields));
    for body in [r#"{"type":"goal","reward":{"id":"r1"}}"#, r#"{"type":"goal","reward":{"id":"r1","approved":null}}"#] {
        assert_eq!(id(joined, body).1, Strength::Digest, "{body}");
    }
    // Two lists of members never give one text.
    let two = profile("event = { name = \"/type\", id = [\"/a\", \"/b\"] }");
    assert_ne!(id(two, r#"{"type":"t","a":"1|2","b":"3"}"#), id(two, r#"{"type":"t","a":"1","b":"2|3"}"#));

    let first = profile("event = { name = \"/type\", id = { first = [\"/event_id\", \"/id\"] } }");
    assert_eq!(id(first, r#"{"type":"t","event_id":7}"#).0, "/event_id|7");
    assert_eq!(id(first, r#"{"type":"t","event_id":null,"id":7}"#).0, "/id|7");
    assert_eq!(id(first, r#"{"type":"t","event_id":{},"id":7}"#).1, Strength::Digest, "the first present one counts");
}

#[test]
fn single_events_can_have_rules_of_their_own() {
    let profile = profile(
        "event.name = \"/event\"\nevent.id = [\"/event\", \"/createdAt\"]\n[event.ids]\n\"GOAL\" = [\"/event\", \
         \"/data/reward/id\", \"/data/reward/approved\"]\n\"PING\" = \"digest\"",
    );
    let goal = r#"{"event":"GOAL","createdAt":5,"data":{"reward":{"id":"r1","approved":true}}}"#;
    assert_eq!(id(profile, goal).0, "GOAL|r1|true");
    assert_eq!(id(profile, r#"{"event":"ADDED","createdAt":5}"#).0, "ADDED|5");
    assert_eq!(id(profile, r#"{"event":"PING","createdAt":5}"#).1, Strength::Digest);
}

#[test]
fn a_digest_ignores_notation_and_the_time_of_the_sending() {
    let sending = "time = { at = \"/meta/sent\", unit = \"ms\", of = \"sending\" }";
    let digest = profile(&format!("event = {{ name = \"/type\", digest-without = [\"/attempt\"] }}\n{sending}"));
    let first = id(digest, r#"{"type":"a","n":1,"attempt":1,"meta":{"sent":1000,"v":2}}"#);
    assert_eq!(first.1, Strength::Digest);
    for repeat in [
        r#"{"type":"a","n":1,"attempt":2,"meta":{"sent":2000,"v":2}}"#,
        r#"{ "meta":{"v":2,"sent":"x"}, "attempt":null, "n":1, "type":"\u0061" }"#,
    ] {
        assert_eq!(id(digest, repeat), first, "{repeat}");
    }
    for other in [
        r#"{"type":"a","n":2,"attempt":1,"meta":{"sent":1000,"v":2}}"#,
        r#"{"type":"a","n":1.0,"attempt":1,"meta":{"sent":1000,"v":2}}"#,
        r#"{"type":"a","n":1,"attempt":1,"meta":{"sent":1000,"v":3}}"#,
        r#"{"type":"b","n":1,"attempt":1,"meta":{"sent":1000,"v":2}}"#,
    ] {
        assert_ne!(id(digest, other), first, "{other}");
    }
    // The time of the event belongs to the event.
    let event = profile("event = { name = \"/type\" }\ntime = { at = \"/t\", unit = \"ms\", of = \"event\" }");
    assert_ne!(id(event, r#"{"type":"a","t":1}"#), id(event, r#"{"type":"a","t":2}"#));
}

#[test]
fn a_tenant_belongs_to_the_id() {
    let scoped = profile("event = { name = \"/type\", id = \"/id\", strength = \"platform\" }\nscope = \"/tenant\"");
    assert_eq!(id(scoped, r#"{"type":"a","id":1,"tenant":"t1"}"#), ("t1|1".to_owned(), Strength::MessageId));
    assert_eq!(id(scoped, r#"{"type":"a","id":1,"tenant":"t2"}"#).0, "t2|1");
    assert_eq!(id(scoped, r#"{"type":"a","id":1}"#).1, Strength::Digest);
    let svix: Profile =
        toml::from_str("name = \"acme\"\nscheme = \"svix\"\nevent.name = \"/type\"\nscope = \"/tenant\"").unwrap();
    let body = Bytes::from(r#"{"type":"a","tenant":"t1"}"#);
    let signed = Signed { message_id: Some("msg_1"), payload: &body };
    let scoped = svix.delivery_id(&svix.decode(&body), signed);
    assert_eq!((scoped.as_str(), scoped.strength()), ("t1|msg_1", Strength::MessageId));
}

#[test]
fn a_name_is_the_first_present_text() {
    let named = profile("event.name = [\"/event/type\", \"/type\"]");
    for (body, want) in [
        (r#"{"event":{"type":"a"},"type":"b"}"#, Ok("a")),
        (r#"{"event":{},"type":"b"}"#, Ok("b")),
        (r#"{"event":{"type":null},"type":"b"}"#, Ok("b")),
        (r#"{"event":"a","type":"b"}"#, Ok("b")),
        (r#"{"event":{"type":5},"type":"b"}"#, Err(Why::NameNotText)),
        (r#"{"type":""}"#, Err(Why::NameNotText)),
        (r#"{"type":"a\n"}"#, Err(Why::NameNotText)),
        (r#"{"other":"a"}"#, Err(Why::UnknownShape)),
        ("[{\"type\":\"a\"}]", Err(Why::UnknownShape)),
        ("\"a\"", Err(Why::UnknownShape)),
        (r#"{"type":"a","type":"b"}"#, Err(Why::UnexpectedMember { line: 1, column: 13 })),
        (r#"{"type":"a""#, Err(Why::NotJson { line: 1, column: 11 })),
    ] {
        let event = named.decode(&Bytes::copy_from_slice(body.as_bytes()));
        let got = event.why_other().cloned().map_or_else(|| Ok(event.name().unwrap_or("-")), Err);
        assert_eq!(got, want, "{body}");
        assert!(event.other().is_none_or(|other| other.body.as_bytes() == body.as_bytes()), "{body}");
    }
    assert_eq!(named.decode(&b"\xff"[..].into()).why_other(), Some(&Why::NotUtf8));
    let fixed = profile("event.name = { fixed = \"conversion\" }");
    assert_eq!(fixed.decode(&"{}".into()).name(), Some("conversion"));
    assert!(fixed.decode(&"[]".into()).other().is_some());
}

#[test]
fn each_item_of_a_body_has_its_id() {
    let several = profile(
        "event.name = \"/type\"\nitems = { at = \"/data\", id = [\"/rewardId\", \"/eventId\", \"/transactionId\"] }",
    );
    let fields =
        |texts: &[&str]| texts.iter().map(|text| ((*text).to_owned(), Strength::BusinessFields)).collect::<Vec<_>>();
    let body =
        r#"{"id":"call-1","type":"advocateReward","data":[{"rewardId":"rw-1"},{"rewardId":"rw-2","eventId":9}]}"#;
    assert_eq!(items(several, body), fields(&["advocateReward|/rewardId|rw-1", "advocateReward|/rewardId|rw-2"]));
    // The id of the call does not matter, and neither does the order.
    let retry = r#"{"id":"call-2","type":"advocateReward","data":[{"rewardId":"rw-2"},{"rewardId":"rw-1"}]}"#;
    assert_eq!(items(several, retry), fields(&["advocateReward|/rewardId|rw-2", "advocateReward|/rewardId|rw-1"]));
    // One thing can be the subject of two kinds of events.
    let other = r#"{"type":"friendIncentive","data":[{"rewardId":"rw-1"}]}"#;
    assert_eq!(items(several, other), fields(&["friendIncentive|/rewardId|rw-1"]));

    // Without an id, equal items are counted, and another order gives the same ids.
    let without = r#"{"type":"t","data":[{"n":1},{"n":2},{"n":1}]}"#;
    let ids = items(several, without);
    assert!(ids.iter().all(|(_, strength)| *strength == Strength::Digest));
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    let turned = items(several, r#"{"type":"t","data":[{"n":2},{ "n" : 1 },{"n":1}]}"#);
    assert_eq!([&turned[0], &turned[1], &turned[2]], [&ids[1], &ids[0], &ids[2]]);
    assert_ne!(items(several, r#"{"type":"u","data":[{"n":1}]}"#)[0], ids[0], "the name is a part of the digest");

    for (body, is_other) in [
        (r#"{"type":"t","data":[]}"#, false),
        (r#"{"type":"t"}"#, false),
        (r#"{"type":"t","data":null}"#, false),
        (r#"{"type":"t","data":{}}"#, true),
        (r#"{"type":"t","data":"x"}"#, true),
        (r#"{"type":"t","data":[{"a":1,"a":2}]}"#, true),
        (r#"{"data":[{"rewardId":1}]}"#, true),
    ] {
        assert!(items(several, body).is_empty(), "{body}");
        assert_eq!(several.decode(&Bytes::copy_from_slice(body.as_bytes())).other().is_some(), is_other, "{body}");
    }
    let many = format!("{{\"type\":\"t\",\"data\":[{}]}}", vec!["1"; 10_001].join(","));
    assert!(items(several, &many).is_empty() && several.decode(&many.into()).other().is_some());

    let whole = profile("event.name = { fixed = \"reward\" }\nitems = { at = \"\", id = \"/id\" }");
    assert_eq!(items(whole, r#"[{"id":1},{"id":"2"}]"#), fields(&["reward|1", "reward|2"]));
}

#[test]
fn an_item_is_read_on_its_own() {
    let several = profile(
        "event.name = \"/type\"\nitems = { at = \"/data\", id = \"/id\" }\ntest = { at = \"/test\", is = true }",
    );
    let body = r#"{"type":"reward","test":true,"data":[{"id":1,"amount":"9.80"}]}"#;
    let event = several.decode(&body.into());
    let items = several.items(&event, Signed { message_id: None, payload: body.as_bytes() });
    let [item] = &items[..] else { panic!("one item") };
    assert_eq!(item.event.get::<String>("/amount").unwrap().as_deref(), Some("9.80"));
    assert_eq!(item.event.get::<String>("/type").unwrap(), None);
    assert_eq!((item.event.name(), item.event.id(), item.event.is_test()), (Some("reward"), Some("reward|1"), true));
    assert_eq!(item.event.envelope().unwrap().as_str(), Some(body));
}

#[test]
fn a_test_is_marked_by_its_flag() {
    for (flag, body, want) in [
        ("is = true", r#"{"type":"a","test":true}"#, true),
        ("is = true", r#"{"type":"a","test":"true"}"#, true),
        ("is = true", r#"{"type":"a","test":false}"#, false),
        ("is = true", r#"{"type":"a","test":null}"#, false),
        ("is = true", r#"{"type":"a"}"#, false),
        ("is = false", r#"{"type":"a","test":false}"#, true),
        ("is = \"sandbox\"", r#"{"type":"a","test":"sandbox"}"#, true),
        ("is = 1", r#"{"type":"a","test":1}"#, true),
        ("is = 1", r#"{"type":"a","test":[1]}"#, false),
    ] {
        let profile = profile(&format!("event.name = \"/type\"\ntest = {{ at = \"/test\", {flag} }}"));
        assert_eq!(profile.decode(&Bytes::copy_from_slice(body.as_bytes())).is_test(), want, "{flag}: {body}");
    }
}

#[test]
fn personal_and_secret_members_leave_no_trace() {
    let body = r#"{"type":"a","id":"1","customer":{"email":"ada@example.com"},"key":"s3cret-key","n":[{"e":"grace"}]}"#;
    for (settings, kept) in [("", false), ("personal = [\"/customer\", \"/n/*/e\"]\nsecret = [\"/key\"]", true)] {
        let event = profile(&format!("event = {{ name = \"/type\", id = \"/id\" }}\n{settings}")).decode(&body.into());
        let (debug, json) = (format!("{event:?}"), serde_json::to_string(&event).unwrap());
        for hidden in ["ada@", "s3cret", "grace"] {
            assert!(!debug.contains(hidden) && !json.contains(hidden), "{hidden} in {debug} or {json}");
        }
        assert_eq!(json.contains(r#""id":"1""#), kept, "{json}");
    }
    // Two items that differ in hidden members only are two texts, by which an inbox finds a conflict.
    let several = profile("event.name = { fixed = \"a\" }\nitems = { at = \"/d\", id = \"/id\" }");
    let body = r#"{"d":[{"id":1,"email":"ada@example.com"},{"id":1,"email":"eve@example.com"}]}"#;
    let items = several.items(&several.decode(&body.into()), Signed { message_id: None, payload: body.as_bytes() });
    let [ada, eve] = &items[..] else { panic!("two items") };
    assert_eq!(ada.id, eve.id);
    assert_ne!(serde_json::to_string(&ada.event).unwrap(), serde_json::to_string(&eve.event).unwrap());
    let event = profile("event.name = \"/type\"\npersonal = []").decode(&r#"{"type":"a","e":"ada","e":"ada"}"#.into());
    assert!(!serde_json::to_string(&event).unwrap().contains("ada"), "an unreadable body is hidden whole");
}

#[test]
fn the_time_of_the_sending_bounds_the_age() {
    let now = OffsetDateTime::from_unix_timestamp(1_768_473_000).unwrap();
    let body = r#"{"type":"a","id":1,"sent":1768473000}"#;
    let timed = |of: &str, tolerance: &str| {
        let time = format!("time = {{ at = \"/sent\", unit = \"s\", of = \"{of}\" }}");
        let event =
            "event = { name = \"/type\", id = \"/id\" }\ncontract = { give-up = \"3d\", redelivery = \"never\" }";
        Endpoint::of(profile(&format!("{event}\n{time}\n{tolerance}")), SECRET).unwrap()
    };
    let checked = timed("sending", "tolerance = \"10m\"");
    let request = checked.sign(&Message::new(body, now)).unwrap();
    assert_eq!(checked.receive(&request, now).unwrap().signed_at(), Some(now));
    let late = checked.receive(&request, now + Duration::minutes(11)).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::TooOld);
    assert!(matches!(checked.retention(), Retention::AtLeast(_)));
    // An event can be old, and its delivery new.
    for unchecked in [timed("event", ""), timed("sending", "")] {
        let delivery = unchecked.receive(&request, now + Duration::days(30)).unwrap();
        assert_eq!((delivery.signed_at(), delivery.event().time()), (None, Some(now)));
        assert_eq!(unchecked.retention(), Retention::ForGood);
    }
}

#[test]
fn a_contract_says_what_its_file_says() {
    let contract = |text: &str| profile(&format!("event.name = \"/type\"\n[contract]\n{text}")).facts().contract;
    let minutes = |contract: &referral_webhooks::Contract| {
        contract.retries.schedule().take(5).map(|offset| offset.as_secs() / 60).collect::<Vec<_>>()
    };
    for (text, offsets, horizon) in [
        ("retries = { offsets = [\"5m\", \"1h\"] }", &[5, 60][..], Some(3_600)),
        ("retries = { delays = [\"5m\", \"1h\"] }", &[5, 65], Some(3_900)),
        ("retries = { step = \"15m\", until = \"24h\" }", &[15, 30, 45, 60, 75], Some(86_400)),
        ("retries = { step = \"1h\", times = 72 }", &[60, 120, 180, 240, 300], Some(72 * 3_600)),
        ("retries = { growing-step = \"20m\", times = 3 }", &[20, 60, 120], Some(7_200)),
        (
            "retries = { offsets = [\"1m\", \"5m\"], step = \"24h\", unbounded = true }",
            &[1, 5, 1_445, 2_885, 4_325],
            None,
        ),
        ("retries = { offsets = [\"1m\", \"5m\"], unbounded = true }", &[1, 5], None),
        ("retries = { offsets = [\"1m\"] }\ngive-up = \"3d\"", &[1], Some(3 * 86_400)),
        ("give-up = \"3d\"", &[], Some(3 * 86_400)),
        ("retries = \"none\"", &[], Some(0)),
        ("retries = \"unknown\"", &[], None),
        ("", &[], None),
    ] {
        let contract = contract(text);
        assert_eq!(minutes(contract), offsets, "{text}");
        assert_eq!(contract.retries.horizon().map(|horizon| horizon.as_secs()), horizon, "{text}");
    }
    let full = contract(
        "success = \"2xx\"\ntransient = 429\nretry-after = \"60s\"\nunproven = 403\nstale = 400\ndeadline = \"5s\"\n\
         redelivery = { within = \"90d\" }\ndisabling = { failures = 20 }\ngive-up = \"3d\"\n\
         never = [{ status = [500, 599], effect = \"loses the event\" }]\n\
         acknowledges = { \"payout.confirmed\" = \"fulfilment\", validation = { yes = 200, no = 404 }, a = \"receipt\" }",
    );
    assert_eq!(full.counts_as_success, 200..=299);
    assert_eq!((full.transient.as_u16(), full.unproven.as_u16(), full.stale.as_u16()), (429, 403, 400));
    assert_eq!(full.undecided, full.transient);
    assert_eq!(full.deadline, Some(std::time::Duration::from_secs(5)));
    assert_eq!(full.disabling, Disabling::after_failures(20));
    assert_eq!(full.retention(), Retention::AtLeast(std::time::Duration::from_secs(91 * 86_400)));
    assert_eq!(full.forbids(http::StatusCode::BAD_GATEWAY), Some("loses the event"));
    assert!(full.forbids(http::StatusCode::GONE).is_some(), "the usual ones stay");
    assert_eq!(full.acknowledges(Some("payout.confirmed")), Acknowledges::Fulfilment);
    assert!(full.acknowledges(Some("validation")).is_decision());
    assert_eq!(full.acknowledges(Some("other")), Acknowledges::Receipt);
}

#[test]
fn every_scheme_verifies_its_own_signature() {
    let now = OffsetDateTime::from_unix_timestamp(1_768_473_000).unwrap();
    for (scheme, secret, trust) in [
        ("{ kind = \"body-hmac\", header = \"X-A\" }", SECRET, Trust::Signed),
        ("{ kind = \"body-hmac\", header = \"X-A\", encoding = \"base64\" }", SECRET, Trust::Signed),
        ("{ kind = \"body-hmac\", header = \"X-A\", encoding = \"either\", prefix = \"v1=\" }", SECRET, Trust::Signed),
        ("{ kind = \"body-hmac\", header = \"X-A\", key = \"text-or-hex\" }", SECRET, Trust::Signed),
        ("{ kind = \"body-hmac\", header = \"X-A\", form = \"payload\" }", SECRET, Trust::Signed),
        ("{ kind = \"timestamped-hmac\", header = \"X-A\" }", SECRET, Trust::Signed),
        (
            "{ kind = \"timestamped-hmac\", header = \"X-A\", time = \"ts\", signature = \"v\", unit = \"ms\" }",
            SECRET,
            Trust::Signed,
        ),
        ("\"svix\"", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Trust::Signed),
        ("\"url-token\"", "rT7kQ2mX9vB4nL6pW3sY8zD5", Trust::SecretUrl),
        ("{ kind = \"unsigned\", token = \"url\" }", "rT7kQ2mX9vB4nL6pW3sY8zD5", Trust::SecretUrl),
        ("{ kind = \"header-token\", header = \"X-A\" }", SECRET, Trust::SharedSecret),
        ("{ kind = \"header-token\", header = \"Authorization\", prefix = \"Bearer \" }", SECRET, Trust::SharedSecret),
        ("{ kind = \"unsigned\", token = \"header\", header = \"X-A\" }", SECRET, Trust::SharedSecret),
        ("{ kind = \"body-token\", member = \"key\" }", SECRET, Trust::SharedSecret),
        ("{ kind = \"body-token\", member = \"key\", form = \"payload\" }", SECRET, Trust::SharedSecret),
        (
            "{ kind = \"body-hmac\", header = \"X-A\", key = \"hex\" }",
            "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
            Trust::Signed,
        ),
    ] {
        let text = format!("name = \"acme\"\nscheme = {scheme}\nevent = {{ name = \"/type\", id = \"/id\" }}");
        let profile: Profile = toml::from_str(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        let endpoint = Endpoint::of(profile, secret).unwrap();
        let request = endpoint.sign(&Message::new(r#"{"type":"a","id":"1"}"#, now)).unwrap();
        let delivery = endpoint.receive(&request, now).unwrap_or_else(|error| panic!("{scheme}: {error}"));
        assert_eq!((delivery.event().name(), delivery.trust()), (Some("a"), trust), "{scheme}");
        // A blank after the JSON is no other content, so only a signature notices it.
        let mut forged = request;
        *forged.body_mut() = [forged.body().as_ref(), b" "].concat().into();
        assert_eq!(endpoint.receive(&forged, now).is_err(), trust == Trust::Signed, "{scheme}");
        assert_eq!(endpoint.reopen(delivery.stored()).unwrap().id(), delivery.id(), "{scheme}");
    }
}

#[test]
fn equal_profiles_share_memory_and_digest() {
    let text = "name = \"acme\"\nscheme = \"svix\"\nevent.name = \"/type\"\n[contract]\ngive-up = \"3d\"";
    let same = "# Another notation.\nname = 'acme'\ntitle = \"acme\"\ncontract.give-up = \"72h\"\nevent = { name = [\"/type\"] }\n\
                scheme = { kind = \"svix\" }\n";
    let (first, second): (Profile, Profile) = (toml::from_str(text).unwrap(), toml::from_str(same).unwrap());
    assert!(first == second && std::ptr::eq(first.facts(), second.facts()));
    assert_eq!(first.facts().digest, Some(first.digest()));
    for other in [
        text.replace("/type", "/event"),
        text.replace("3d", "4d"),
        text.replace("\"acme\"", "\"acme2\""),
        text.replace("\"svix\"", "\"url-token\""),
        format!("{text}\nacknowledges = {{ a = \"fulfilment\" }}"),
        format!("scope = \"/t\"\n{text}"),
        format!("personal = []\n{text}"),
    ] {
        let other: Profile = toml::from_str(&other).unwrap_or_else(|error| panic!("{other}\n{error}"));
        assert_ne!(other.digest(), first.digest(), "{other:?}");
    }
    let titled: Profile = toml::from_str(&format!("title = \"Acme\"\n{text}")).unwrap();
    assert!(titled.digest() == first.digest() && titled.facts().title == "Acme" && titled != first);
}

#[test]
fn a_summary_has_the_members_that_the_profile_maps() {
    let mapped = profile(
        "event.name = \"/type\"\ntime = { at = \"/at\", unit = \"s\", of = \"event\" }\n\
         test = { at = \"/live\", is = false }\n[summary]\n\"partner.created\" = \"member-joined\"\n\
         \"reward.created\" = { is = \"reward-earned\", amount = \"/data/amount\", unit = \"minor\", currency = \"EUR\", \
         advocate = { id = \"/data/partner/id\", email = \"/data/partner/email\" }, friend = { own-id = \"/data/user\" }, \
         subject = \"/data/id\" }",
    );
    let body = r#"{"type":"reward.created","at":1768473000,"live":false,"data":{"id":5,"amount":"-1250","user":"u2","partner":{"id":"p1","email":"ada@example.com"}}}"#;
    let event = mapped.decode(&body.into());
    let summary = event.summary();
    assert_eq!((summary.happening, summary.is_test), (Happening::RewardEarned, true));
    let sum = summary.sum.unwrap();
    assert_eq!((sum.minor_units(2), sum.is_negative(), sum.currency.as_deref()), (Some(-1250), true, Some("EUR")));
    let (advocate, friend) = (summary.advocate.unwrap(), summary.friend.unwrap());
    assert_eq!((advocate.id.as_deref(), friend.own_id.as_deref()), (Some("p1"), Some("u2")));
    assert_eq!(advocate.email.as_deref(), Some("ada@example.com"));
    assert_eq!((summary.subject.as_deref(), summary.occurred_at.unwrap().unix_timestamp()), (Some("5"), 1_768_473_000));
    for (body, want) in [
        (r#"{"type":"partner.created"}"#, Happening::MemberJoined),
        (r#"{"type":"partner.deleted"}"#, Happening::Other),
        (r#"{"type":"partner.created","a":1,"a":2}"#, Happening::Other),
        ("{}", Happening::Other),
    ] {
        assert_eq!(mapped.decode(&Bytes::copy_from_slice(body.as_bytes())).summary().happening, want, "{body}");
    }
}
