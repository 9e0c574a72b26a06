//! Wrong profiles, and the messages about them.

use referral_webhooks::profile::Profile;

const NAME: &str = "name = \"acme\"\n";
const SCHEME: &str = "scheme = { kind = \"body-hmac\", header = \"X-Acme-Signature\" }\n";
const EVENT: &str = "event = { name = \"/type\", id = \"/id\" }\n";

/// Returns the message about a profile.
#[track_caller]
fn mistake(text: &str) -> String {
    let error = toml::from_str::<Profile>(text).expect_err(text);
    error.message().to_owned()
}

/// Checks that a message has every part.
#[track_caller]
fn names(text: &str, parts: &[&str]) {
    let message = mistake(text);
    for part in parts {
        assert!(message.contains(part), "{text}\n  {message}\n  lacks {part}");
    }
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_key() {
    for (text, parts) in [
        ("titel = \"Acme\"", &["`titel`", "unknown key `titel`; did you mean `title`?"][..]),
        ("NAME = \"x\"", &["did you mean `name`?"]),
        ("shceme = {}", &["did you mean `scheme`?"]),
        ("contarct = {}", &["did you mean `contract`?"]),
        ("foo_bar_baz = 1", &["unknown key `foo_bar_baz`; known are name, title, scheme"]),
        ("[contract]\ngive_up = \"3d\"", &["`contract.give_up`", "did you mean `give-up`?"]),
        ("[contract]\nsucces = [200]", &["`contract.succes`", "did you mean `success`?"]),
        ("[contract]\nretries = { ofsets = [\"1s\"] }", &["`contract.retries.ofsets`", "did you mean `offsets`?"]),
        ("[contract]\ndisabling = { failure = 3 }", &["`contract.disabling.failure`", "did you mean `failures`?"]),
        ("[contract]\nredelivery = { within_ = \"3d\" }", &["did you mean `within`?"]),
        ("[contract]\nnever = [{ status = 410, efect = \"x\" }]", &["`contract.never[0].efect`", "`effect`"]),
        ("time = { at = \"/t\", unit = \"s\", off = \"event\" }", &["`time.off`", "did you mean `of`?"]),
        ("test = { at = \"/t\", iss = true }", &["`test.iss`", "did you mean `is`?"]),
        ("items = { at = \"/d\", ids = \"/id\" }", &["`items.ids`", "did you mean `id`?"]),
        ("tolerance = { past = \"5m\", futur = \"5m\" }", &["a tolerance needs a signed time"]),
        ("\"a\\nb\" = 1", &["unknown key"]),
    ] {
        names(&format!("{NAME}{SCHEME}{EVENT}{text}"), parts);
    }
    for (scheme, parts) in [
        ("{ kind = \"body-hmac\", heder = \"X-A\" }", &["`scheme.heder`", "did you mean `header`?"][..]),
        ("{ kind = \"body-hmack\", header = \"X-A\" }", &["`scheme.kind`", "did you mean `body-hmac`?"]),
        ("{ kind = \"body-hmac\", header = \"X-A\", encoding = \"base-64\" }", &["did you mean `base64`?"]),
        (
            "{ kind = \"body-hmac\", header = \"X-A\", unit = \"s\" }",
            &["`unit` is no setting of the scheme `body-hmac`"],
        ),
        ("{ kind = \"svix\", header = \"X-A\" }", &["`header` is no setting of the scheme `svix`"]),
        ("{ kind = \"url-token\", prefix = \"a\" }", &["`prefix` is no setting of the scheme `url-token`"]),
    ] {
        names(&format!("{NAME}scheme = {scheme}\n{EVENT}"), parts);
    }
    names(
        &format!("{NAME}{SCHEME}event = {{ name = \"/type\", strenght = \"fields\" }}"),
        &["`event.strenght`", "`strength`"],
    );
}

#[test]
fn a_missing_or_mistyped_setting_is_named() {
    for (text, parts) in [
        (String::new(), &["`name` is missing"][..]),
        (format!("{SCHEME}{EVENT}"), &["`name` is missing"]),
        (format!("{NAME}{EVENT}"), &["`scheme` is missing"]),
        (format!("{NAME}{SCHEME}"), &["`event` is missing"]),
        (format!("name = 5\n{SCHEME}{EVENT}"), &["`name`", "expected a text, found a number"]),
        (format!("name = \"\"\n{SCHEME}{EVENT}"), &["`name`", "the text is empty"]),
        (format!("name = \"Acme Inc\"\n{SCHEME}{EVENT}"), &["`Acme Inc` is not a name for URLs and logs"]),
        (format!("name = \"{}\"\n{SCHEME}{EVENT}", "a".repeat(65)), &["at most 64"]),
        (format!("{NAME}title = \"a\\u0007\"\n{SCHEME}{EVENT}"), &["`title`", "control character"]),
        (format!("{NAME}scheme = \"body-hmac\"\n{EVENT}"), &["`scheme`", "has settings; give a table"]),
        (format!("{NAME}scheme = {{ header = \"X-A\" }}\n{EVENT}"), &["`kind` is missing", "body-hmac"]),
        (format!("{NAME}scheme = {{ kind = \"body-hmac\" }}\n{EVENT}"), &["`header` is missing"]),
        (
            format!("{NAME}scheme = {{ kind = \"body-hmac\", header = \"X A\" }}\n{EVENT}"),
            &["`X A` is not a header's name"],
        ),
        (format!("{NAME}scheme = {{ kind = \"body-hmac\", header = \"Host\" }}\n{EVENT}"), &["belongs to HTTP itself"]),
        (format!("{NAME}scheme = {{ kind = \"header-token\" }}\n{EVENT}"), &["`header` is missing"]),
        (format!("{NAME}scheme = {{ kind = \"body-token\" }}\n{EVENT}"), &["`member` is missing"]),
        (format!("{NAME}scheme = {{ kind = \"body-token\", member = \"/key\" }}\n{EVENT}"), &["`/key` is a pointer"]),
        (format!("{NAME}{SCHEME}event = \"/type\""), &["`event`", "expected a table, found a text"]),
        (format!("{NAME}{SCHEME}event = {{ id = \"/id\" }}"), &["`event`", "`name` is missing"]),
        (format!("{NAME}{SCHEME}{EVENT}time = {{ at = \"/t\", unit = \"s\" }}"), &["`of` is missing"]),
        (format!("{NAME}{SCHEME}{EVENT}time = {{ at = \"/t\", of = \"event\" }}"), &["`unit` is missing"]),
        (
            format!("{NAME}{SCHEME}{EVENT}time = {{ at = \"/t\", unit = \"ns\", of = \"event\" }}"),
            &["`time.unit`", "`ns`"],
        ),
        (format!("{NAME}{SCHEME}{EVENT}test = {{ at = \"/t\" }}"), &["`is` is missing"]),
        (
            format!("{NAME}{SCHEME}{EVENT}test = {{ at = \"/t\", is = 1.5 }}"),
            &["`test.is`", "a number with a fraction"],
        ),
        (format!("{NAME}{SCHEME}{EVENT}contract = []"), &["`contract`", "expected a table, found a list"]),
        (format!("{NAME}{SCHEME}{EVENT}[contract]\ndeadline = 5"), &["`contract.deadline`", "no unit", "`\"5s\"`"]),
        (format!("{NAME}{SCHEME}{EVENT}[contract]\ndeadline = \"5 sec\""), &["`5 sec` is not a duration"]),
        (format!("{NAME}{SCHEME}{EVENT}[contract]\ndeadline = \"0s\""), &["the duration is zero"]),
        (format!("{NAME}{SCHEME}{EVENT}[contract]\ngive-up = \"20w 4000d\""), &["longer than ten years"]),
    ] {
        names(&text, parts);
    }
}

#[test]
fn a_weak_or_missing_proof_is_refused_with_advice() {
    let advice = "kind = \"url-token\"";
    for (scheme, parts) in [
        ("{ kind = \"md5\" }", &["MD5 is refused", advice][..]),
        ("{ kind = \"body-md5\", header = \"X-A\" }", &["MD5 is refused", advice]),
        ("{ kind = \"hmac-sha1\", header = \"X-A\" }", &["SHA-1 is refused", advice]),
        ("{ kind = \"SHA-1\", header = \"X-A\" }", &["SHA-1 is refused", advice]),
        ("\"md5\"", &["MD5 is refused", advice]),
        (
            "{ kind = \"body-hmac\", header = \"X-A\", algorithm = \"sha1\" }",
            &["`scheme.algorithm`", "SHA-1 is refused"],
        ),
        ("{ kind = \"body-hmac\", header = \"X-A\", algorithm = \"HMAC-MD5\" }", &["MD5 is refused", advice]),
        ("{ kind = \"body-hmac\", header = \"X-A\", prefix = \"sha1=\" }", &["`scheme.prefix`", "SHA-1 is refused"]),
        ("{ kind = \"body-hmac\", header = \"X-A\", algorithm = \"sha512\" }", &["`sha512` is not offered"]),
        ("{ kind = \"unsigned\" }", &["token = \"url\"", "token = \"header\"", "token = \"body\""]),
        ("\"unsigned\"", &["token = \"url\""]),
        ("{ kind = \"unsigned\", token = \"none\" }", &["`scheme.token`", "known are url, header, body"]),
        ("{ kind = \"unsigned\", token = \"header\" }", &["`header` is missing"]),
        ("{ kind = \"unsigned\", token = \"body\" }", &["`member` is missing"]),
        ("{ kind = \"detached-jws\" }", &["`header` is missing"]),
        ("{ kind = \"detached-jws\", header = \"X-A\", algorithm = \"hs256\" }", &["unknown value `hs256`"]),
        ("{ kind = \"detached-jws\", header = \"X-A\", algorithm = \"none\" }", &["unknown value `none`"]),
        ("{ kind = \"none\" }", &["unknown value `none`"]),
        ("{ kind = \"timestamped-hmac\", header = \"X-A\", time = \"v1\" }", &["one element, `v1`"]),
        ("{ kind = \"timestamped-hmac\", header = \"X-A\", time = \"a=b\" }", &["`scheme.time`"]),
        (
            "{ kind = \"body-hmac\", header = \"X-A\", form = \"payload\", key = \"hex\" }",
            &["`scheme.form`", "key = \"text\""],
        ),
    ] {
        names(&format!("{NAME}scheme = {scheme}\n{EVENT}"), parts);
    }
}

#[test]
fn an_id_that_no_signature_covers_is_refused() {
    for (event, parts) in [
        (
            "name = \"/type\", id = { header = \"X-Event-Id\" }",
            &["`event.id.header`", "`X-Event-Id`", "no signature"][..],
        ),
        ("name = \"/type\", id = \"X-Event-Id\"", &["`event.id`", "an id from a header is refused"]),
        ("name = \"/type\", id = [\"/a\", \"X-Event-Id\"]", &["`event.id[1]`", "an id from a header is refused"]),
        ("name = \"/type\", ids = { a = { header = \"X-Event-Id\" } }", &["`event.ids.a.header`", "no signature"]),
        ("name = { header = \"X-Topic\" }, ids = { a = \"/id\" }", &["`event.ids`", "cannot choose an id"]),
        ("name = \"/type\", id = \"message-id\"", &["no signed message id"]),
        ("name = \"/type\", strength = \"platform\"", &["a strength needs an `id`"]),
        ("name = \"/type\", id = \"digest\", strength = \"platform\"", &["the id is a digest"]),
        ("name = \"/type\", id = \"/id\", strength = \"digest\"", &["the id is made of members"]),
        ("name = \"/type\", id = [\"/a\", \"/b\"], strength = \"platform\"", &["a joined id", "`fields`"]),
        ("name = \"/type\", id = \"/id\", strength = \"strong\"", &["`event.strength`", "unknown value `strong`"]),
        ("name = \"/type\", id = {}", &["the table is empty"]),
        ("name = \"/type\", id = { join = [\"/a\"], first = [\"/b\"] }", &["exclude each other"]),
        ("name = {}", &["`first`, `fixed` or `header`"]),
        ("name = { fixed = \"a\", header = \"X-A\" }", &["a second source of the name"]),
        ("name = \"order.created\"", &["is not a JSON pointer", "{ fixed = "]),
    ] {
        names(&format!("{NAME}{SCHEME}event = {{ {event} }}"), parts);
    }
    let topic = "event = { name = { header = \"X-Topic\" } }\n";
    names(
        &format!("{NAME}{SCHEME}{topic}[contract]\nacknowledges = {{ paid = \"fulfilment\" }}"),
        &["`contract.acknowledges`", "no signature covers"],
    );
}

#[test]
fn an_invalid_or_repeated_pointer_is_refused() {
    let long = "/a".repeat(129);
    let deep = "/a".repeat(17);
    let many = (0..9).map(|n| format!("\"/{n}\"")).collect::<Vec<_>>().join(",");
    for (text, parts) in [
        ("scope = \"tenant\"".to_owned(), &["`scope`", "`tenant` is not a JSON pointer"][..]),
        ("scope = \"/a~2b\"".to_owned(), &["`~` is followed by `0` or `1`"]),
        ("scope = \"/a~\"".to_owned(), &["`~` is followed by"]),
        (format!("scope = \"{long}\""), &["more than 256 bytes"]),
        (format!("scope = \"{deep}\""), &["more than 16 steps"]),
        ("personal = [\"/a\", \"/b\", \"/a\"]".to_owned(), &["`personal[2]`", "`/a` occurs twice"]),
        ("personal = [\"$.email\"]".to_owned(), &["`personal[0]`", "is not a JSON pointer"]),
        ("personal = [5]".to_owned(), &["`personal[0]`", "expected a text"]),
        ("secret = [\"key\"]".to_owned(), &["`secret[0]`"]),
        ("items = { at = \"data\" }".to_owned(), &["`items.at`", "is not a JSON pointer"]),
        ("items = {}".to_owned(), &["`items`", "`at` is missing"]),
    ] {
        names(&format!("{NAME}{SCHEME}{EVENT}{text}"), parts);
    }
    for (event, parts) in [
        ("name = [\"/a\", \"/a\"]".to_owned(), &["`event.name[1]`", "occurs twice"][..]),
        ("name = []".to_owned(), &["`event.name`", "the list is empty"]),
        (format!("name = [{many}]"), &["`event.name`", "more than 8"]),
        (format!("name = \"/type\", id = [{many}]"), &["`event.id`", "more than 8"]),
        ("name = \"/type\", id = [\"/a\", \"/a\"]".to_owned(), &["`event.id[1]`", "occurs twice"]),
    ] {
        names(&format!("{NAME}{SCHEME}event = {{ {event} }}"), parts);
    }
}

#[test]
fn a_contradictory_contract_is_refused_by_name() {
    let many = (0..201).map(|n| format!("e{n} = \"fulfilment\"")).collect::<Vec<_>>().join(", ");
    for (contract, parts) in [
        ("success = [201]".to_owned(), &["`contract.success`", "200 is missing"][..]),
        ("success = [200, 204]".to_owned(), &["not consecutive"]),
        ("success = [200, 200]".to_owned(), &["occurs twice"]),
        ("success = [200, 404]".to_owned(), &["`contract.success[1]`", "not within 200 to 299"]),
        ("success = \"4xx\"".to_owned(), &["`\"2xx\"`"]),
        ("transient = 200".to_owned(), &["`contract.transient`", "not within 400 to 599"]),
        ("transient = 410".to_owned(), &["`contract.transient`", "410 must never be sent"]),
        (
            "never = [{ status = [500, 599], effect = \"loses the event\" }]".to_owned(),
            &["`contract.transient`", "503 must never be sent, because it loses the event"],
        ),
        (
            "never = [{ status = 200, effect = \"breaks\" }]".to_owned(),
            &["`contract.success`", "200 must never be sent"],
        ),
        (
            "never = [{ status = [400, 499], effect = \"a\" }]".to_owned(),
            &["`contract.unproven`", "401 must never be sent"],
        ),
        (
            "never = [{ status = [500, 505], effect = \"a\" }, { status = 501, effect = \"b\" }]".to_owned(),
            &["`contract.never[1].status`", "two effects"],
        ),
        ("never = [{ status = [599, 500], effect = \"a\" }]".to_owned(), &["the range from 599 to 500 is empty"]),
        ("never = [{ status = 500 }]".to_owned(), &["`effect` is missing"]),
        ("retries = { offsets = [\"5m\", \"5s\"] }".to_owned(), &["`contract.retries.offsets[1]`", "do not increase"]),
        ("retries = { offsets = [\"5m\", \"5m\"] }".to_owned(), &["do not increase"]),
        ("retries = { offsets = [] }".to_owned(), &["the list is empty"]),
        ("retries = {}".to_owned(), &["give `offsets`"]),
        ("retries = { offsets = [\"1m\"], delays = [\"1m\"] }".to_owned(), &["exclude each other"]),
        ("retries = { offsets = [\"1m\"], times = 3 }".to_owned(), &["`times` goes with `step`"]),
        ("retries = { growing-step = \"20m\" }".to_owned(), &["a growing step needs `times`"]),
        ("retries = { step = \"1h\", times = 3, until = \"9h\" }".to_owned(), &["contradict each other"]),
        ("retries = { step = \"1h\", until = \"9h\", unbounded = true }".to_owned(), &["contradict each other"]),
        ("retries = { step = \"1h\", until = \"30m\" }".to_owned(), &["end after 30m, but one of them comes at 1h"]),
        ("retries = { offsets = [\"1h\"] }\ngive-up = \"5m\"".to_owned(), &["`contract.give-up`", "comes at 1h"]),
        ("retries = { step = \"1h\", unbounded = true }\ngive-up = \"3d\"".to_owned(), &["`contract.give-up`"]),
        ("retries = \"none\"\ngive-up = \"3d\"".to_owned(), &["`contract.give-up`", "says already"]),
        ("retries = \"some\"".to_owned(), &["unknown value `some`; "]),
        ("retry-after = \"500ms\"".to_owned(), &["`contract.retry-after`", "whole seconds"]),
        (
            "retry-after = \"2h\"\nretries = { offsets = [\"1h\"] }".to_owned(),
            &["`contract.retry-after`", "longer than the platform retries"],
        ),
        ("disabling = { after = \"5d\", failures = 3 }".to_owned(), &["`contract.disabling`"]),
        ("disabling = { failures = 0 }".to_owned(), &["not within 1 to"]),
        (
            "acknowledges = { ask = \"decision\" }".to_owned(),
            &["`contract.acknowledges.ask`", "{ yes = 200, no = 400 }"],
        ),
        ("acknowledges = { ask = { yes = 200, no = 200 } }".to_owned(), &["yes and no have the same status"]),
        ("acknowledges = { ask = { yes = 200 } }".to_owned(), &["`no` is missing"]),
        ("acknowledges = { ask = { yes = 200, no = 410 } }".to_owned(), &["an answer to `ask` must never be sent"]),
        (
            "acknowledges = { ask = { yes = 200, no = 503 } }".to_owned(),
            &["`contract.transient`", "also answers the question `ask`"],
        ),
        ("acknowledges = { paid = \"fulfillment\" }".to_owned(), &["did you mean `fulfilment`?"]),
        ("acknowledges = { \"\" = \"fulfilment\" }".to_owned(), &["the event's name is empty"]),
        (format!("acknowledges = {{ {many} }}"), &["`contract.acknowledges`", "more than 200 keys"]),
    ] {
        names(&format!("{NAME}{SCHEME}{EVENT}[contract]\n{contract}"), parts);
    }
}

#[test]
fn only_the_signed_time_of_the_sending_feeds_an_age_check() {
    let svix = "scheme = \"svix\"\n";
    let token = "scheme = \"url-token\"\n";
    let event_time = "time = { at = \"/t\", unit = \"s\", of = \"event\" }\n";
    let sending = "time = { at = \"/t\", unit = \"s\", of = \"sending\" }\n";
    for (scheme, time, tolerance, want) in [
        (SCHEME, event_time, "\"5m\"", Some("the time of the `event` may be old")),
        (SCHEME, "", "\"5m\"", Some("a tolerance needs a signed time")),
        (token, sending, "\"5m\"", Some("this scheme signs none")),
        (SCHEME, sending, "\"5m\"", None),
        (SCHEME, sending, "{ past = \"14d\", future = \"5m\" }", None),
        (svix, "", "\"5m\"", None),
        (svix, event_time, "\"5m\"", None),
        (SCHEME, sending, "\"32d\"", Some("at most 31 days")),
        (SCHEME, sending, "\"1500ms\"", Some("whole seconds")),
        (SCHEME, sending, "{ past = \"5m\" }", Some("`future` is missing")),
        (SCHEME, sending, "300", Some("has no unit")),
    ] {
        let text = format!("{NAME}{scheme}{EVENT}{time}tolerance = {tolerance}");
        match want {
            Some(part) => names(&text, &["`tolerance", part]),
            None => assert!(toml::from_str::<Profile>(&text).is_ok(), "{text}"),
        }
    }
}

#[test]
fn a_profile_is_bounded_in_every_direction() {
    let json = |text: &str| serde_json::from_str::<Profile>(text).expect_err("too much").to_string();
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let values = vec!["1"; 5_000].join(",");
    let text = "x".repeat(70_000);
    for (profile, part) in [
        (format!("{{\"name\":{deep}}}"), "nested more than 8 deep"),
        (format!("{{\"name\":[{values}]}}"), "more than 4000 values"),
        (format!("{{\"name\":\"{text}\"}}"), "more than 65536 bytes of text"),
        (format!("{{\"{text}\":1}}"), "more than 65536 bytes of text"),
        ("{\"name\":\"a\",\"name\":\"b\"}".to_owned(), "`name`: the key occurs twice"),
        ("{\"name\":null}".to_owned(), "found null"),
        ("[]".to_owned(), "expected a table, found a list"),
        ("5".to_owned(), "expected a table"),
        ("{\"name\":18446744073709551615}".to_owned(), "a number beyond 64 bits"),
    ] {
        let message = json(&profile);
        assert!(message.contains(part), "{message} lacks {part}");
        assert!(message.len() < 400, "{} bytes", message.len());
    }
    let many = (0..101).map(|n| format!("\"/m{n}\"")).collect::<Vec<_>>().join(",");
    names(&format!("{NAME}{SCHEME}{EVENT}personal = [{many}]"), &["`personal`", "more than 100"]);
}

#[test]
fn a_summary_maps_a_proven_name_to_a_known_word() {
    for (summary, parts) in [
        ("\"a\" = \"reward-erned\"", &["`summary.a`", "did you mean `reward-earned`?"][..]),
        ("\"a\" = { amount = \"/n\" }", &["`summary.a`", "`is` is missing"]),
        ("\"a\" = { is = \"reward-earned\", unit = \"minor\" }", &["`unit` needs an `amount`"]),
        ("\"a\" = { is = \"reward-earned\", amount = \"n\" }", &["`summary.a.amount`", "is not a JSON pointer"]),
        ("\"a\" = { is = \"reward-earned\", amount = \"/n\", unit = \"cents\" }", &["`summary.a.unit`", "`cents`"]),
        ("\"a\" = { is = \"reward-earned\", advocate = { mail = \"/m\" } }", &["did you mean `email`?"]),
    ] {
        names(&format!("{NAME}{SCHEME}{EVENT}[summary]\n{summary}"), parts);
    }
    let topic = "event.name = { header = \"X-Topic\" }\n";
    names(&format!("{NAME}{SCHEME}{topic}[summary]\na = \"reward-earned\""), &["`summary`", "no signature covers"]);
}
