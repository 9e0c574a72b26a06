//! Checks of verifying from the suites of the Svix and Standard Webhooks libraries, run against ours. Those of keys and
//! signing are in `behaviours_keys.rs`.

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, ErrorKind, Message, Tolerance, Variant};

use crate::known::{
    BODY, ID, OTHER_SECRET, OTHER_SIGNATURE, SECRET, SIGNATURE, TIME, TIME_TEXT, foreign_entry, moment, outcome, post,
    svix, svix_post,
};

/// A right signature of another message: the suites' usual wrong one.
const WRONG: &str = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

#[test]
fn each_of_the_three_headers_is_needed() {
    for family in ["svix", "webhook"] {
        for (missing, want) in [
            ("id", if family == "svix" { "svix-id" } else { "webhook-id" }),
            ("timestamp", if family == "svix" { "svix-timestamp" } else { "webhook-timestamp" }),
            ("signature", if family == "svix" { "svix-signature" } else { "webhook-signature" }),
        ] {
            let all = [("id", ID), ("timestamp", TIME_TEXT), ("signature", SIGNATURE)];
            let names = all.iter().filter(|(name, _)| *name != missing);
            let headers: Vec<_> = names.map(|(name, value)| (format!("{family}-{name}"), *value)).collect();
            let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let request = post(&headers, BODY);
            let got = outcome(&svix(SECRET), &request, TIME);
            assert_eq!(got, Err(ErrorKind::MissingHeader(want)), "{family}-{missing}");
            let head = svix(SECRET).check_head(request.uri(), request.headers()).map_err(|error| error.kind());
            assert_eq!(head, Err(ErrorKind::MissingHeader(want)), "{family}-{missing} before the body");
        }
    }
    let none = post::<&str>(&[], BODY);
    assert_eq!(outcome(&svix(SECRET), &none, TIME), Err(ErrorKind::MissingHeader("svix-id")), "none of them");
}

#[test]
fn a_timestamp_is_digits() {
    for (label, time) in [
        ("a word", "hello"),
        ("empty", ""),
        ("digits and a word", "1614265330s"),
        ("hexadecimal", "0x6037a6f2"),
        ("an exponent", "1614265330e0"),
        ("not a number", "NaN"),
        ("negative", "-1614265330"),
        ("negative by one", "-1"),
        ("negative zero", "-0"),
    ] {
        // Signed as it stands, so that only the rule about timestamps can refuse it.
        let request = svix_post(ID, time, &foreign_entry(ID, time, BODY), BODY);
        let got = svix(SECRET).dangerously_verify_at_any_age(&request).map(drop).map_err(|error| error.kind());
        assert_eq!(got, Err(ErrorKind::MalformedHeader("svix-timestamp")), "{label}");
    }
}

#[test]
fn one_right_signature_in_the_list_is_enough() {
    let verifier = svix(SECRET);
    let mismatch = Err(ErrorKind::SignatureMismatch);
    for (label, list, want) in [
        ("wrong", WRONG.to_owned(), mismatch),
        ("right for another secret", OTHER_SIGNATURE.to_owned(), mismatch),
        ("version alone", "v1,".to_owned(), mismatch),
        ("version without comma", "v1".to_owned(), mismatch),
        ("first 8 characters", SIGNATURE[..8].to_owned(), mismatch),
        ("last character cut", SIGNATURE[..SIGNATURE.len() - 1].to_owned(), mismatch),
        ("last group cut", SIGNATURE[..SIGNATURE.len() - 4].to_owned(), mismatch),
        ("a character more", format!("{SIGNATURE}="), mismatch),
        ("right", SIGNATURE.to_owned(), Ok(())),
        ("right in the middle", format!("{WRONG} v2,{} {SIGNATURE} {WRONG}", &SIGNATURE[3..]), Ok(())),
        ("right first", format!("{SIGNATURE} {WRONG} {WRONG}"), Ok(())),
        ("right last", format!("{WRONG} {WRONG} {SIGNATURE}"), Ok(())),
        ("several, none right", format!("{WRONG} {OTHER_SIGNATURE} {WRONG}"), mismatch),
        ("right under version 2 only", SIGNATURE.replace("v1,", "v2,"), mismatch),
        ("right under version 11 only", SIGNATURE.replace("v1,", "v11,"), mismatch),
        ("right under version V1 only", SIGNATURE.replace("v1,", "V1,"), mismatch),
        ("no comma", SIGNATURE.replace(',', ""), mismatch),
        ("no version", SIGNATURE[3..].to_owned(), mismatch),
        ("empty version", SIGNATURE[2..].to_owned(), mismatch),
        ("words before the right one", format!("garbage more,garbage , {SIGNATURE}"), Ok(())),
        ("several blanks between", format!("{WRONG}   {SIGNATURE}  "), Ok(())),
    ] {
        assert_eq!(outcome(&verifier, &svix_post(ID, TIME_TEXT, &list, BODY), TIME), want, "{label}: {list}");
    }
}

#[test]
fn the_webhook_family_is_taken_and_signed_as_well() {
    let headers = [("webhook-id", ID), ("webhook-timestamp", TIME_TEXT), ("webhook-signature", SIGNATURE)];
    let request = post(&headers, BODY);
    let verifier = svix(SECRET);
    assert_eq!(verifier.verify(&request, moment(TIME)).unwrap().variant(), Variant::WebhookHeaders);
    let signed = verifier.sign(&Message::new(BODY, moment(TIME)).id(ID).variant(Variant::WebhookHeaders)).unwrap();
    for (name, value) in headers {
        assert_eq!(signed.headers()[name], value, "{name}");
    }
    assert!(!signed.headers().contains_key("svix-id"), "only one family is sent");
}

#[test]
fn the_tolerance_counts_in_both_directions() {
    let usual = svix(SECRET);
    let wide = svix(SECRET).with_tolerance(Tolerance::minutes(60));
    let narrow = svix(SECRET).with_tolerance(Tolerance::seconds(10));
    let none = svix(SECRET).with_tolerance(Tolerance::seconds(0));
    let (too_old, too_new) = (Err(ErrorKind::TooOld), Err(ErrorKind::TooNew));
    for (label, verifier, age, want) in [
        ("5 minutes old", &usual, 300, Ok(())),
        ("5 minutes and a second old", &usual, 301, too_old),
        ("5 minutes ahead", &usual, -300, Ok(())),
        ("5 minutes and a second ahead", &usual, -301, too_new),
        ("wider, old", &wide, 3600, Ok(())),
        ("wider, too old", &wide, 3601, too_old),
        ("wider, ahead", &wide, -3600, Ok(())),
        ("wider, too far ahead", &wide, -3601, too_new),
        ("narrower, old", &narrow, 11, too_old),
        ("narrower, ahead", &narrow, -11, too_new),
        ("narrower, within", &narrow, 10, Ok(())),
        ("none, at the same second", &none, 0, Ok(())),
        ("none, a second old", &none, 1, too_old),
        ("none, a second ahead", &none, -1, too_new),
    ] {
        let right = svix_post(ID, TIME_TEXT, SIGNATURE, BODY);
        assert_eq!(outcome(verifier, &right, TIME + age), want, "{label}");
        let wrong = svix_post(ID, TIME_TEXT, WRONG, BODY);
        let got = outcome(verifier, &wrong, TIME + age);
        assert_eq!(got, Err(ErrorKind::SignatureMismatch), "{label}, with a wrong signature");
        let changed = svix_post(ID, &(TIME + age).to_string(), SIGNATURE, BODY);
        let got = outcome(verifier, &changed, TIME + age);
        let want = if age == 0 { Ok(()) } else { Err(ErrorKind::SignatureMismatch) };
        assert_eq!(got, want, "{label}, with the timestamp moved to now");
    }
}

#[test]
fn accepting_any_age_does_not_accept_a_changed_timestamp() {
    let verifier = svix(SECRET).dangerously_accept_stale();
    for (label, time, now, want) in [
        ("fresh", TIME_TEXT, TIME, Ok(false)),
        ("old", TIME_TEXT, TIME + 301, Ok(true)),
        ("ancient", TIME_TEXT, 253_402_300_799, Ok(true)),
        // The libraries' switch lets the future pass too; ours does not, because retries come from the past.
        ("ahead", TIME_TEXT, TIME - 301, Err(ErrorKind::TooNew)),
        ("changed", "1614265331", TIME, Err(ErrorKind::SignatureMismatch)),
        ("changed and old", "1614265331", TIME + 86_400, Err(ErrorKind::SignatureMismatch)),
    ] {
        let request = svix_post(ID, time, SIGNATURE, BODY);
        let got = verifier.verify(&request, moment(now)).map(|verified| verified.is_stale());
        assert_eq!(got.map_err(|error| error.kind()), want, "{label}");
    }
}

#[test]
fn header_names_are_read_in_any_letter_case() {
    for names in [
        ["Svix-Id", "Svix-Timestamp", "Svix-Signature"],
        ["SVIX-ID", "SVIX-TIMESTAMP", "SVIX-SIGNATURE"],
        ["sViX-iD", "sViX-tImEsTaMp", "sViX-sIgNaTuRe"],
        ["Webhook-Id", "WEBHOOK-TIMESTAMP", "webhook-SIGNATURE"],
    ] {
        let request = post(&[(names[0], ID), (names[1], TIME_TEXT), (names[2], SIGNATURE)], BODY);
        assert_eq!(outcome(&svix(SECRET), &request, TIME), Ok(()), "{names:?}");
    }
}

#[test]
fn large_bodies_verify() {
    for (label, length, signature) in [
        ("H5", 1_048_576, "v1,txpEUxqWZJ5nteTnymUVa+7C4NHpBeXJ6CsBAW0c3/A="),
        ("256 KiB", 262_144, "v1,Mw4Pe2WgApuT7NSqnSq0PQPV9gbLdggCl9B865x5Xh0="),
        ("H7", 262_143, "v1,NTItnqyWMoFhk2Bbe5V/BMdcFRWgcSQaTgqLHX7FC7c="),
    ] {
        let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
        let request = svix_post(ID, TIME_TEXT, signature, "a".repeat(length));
        let delivery = endpoint.receive(&request, moment(TIME)).unwrap_or_else(|error| panic!("{label}: {error}"));
        assert_eq!(delivery.body().len(), length, "{label}");
    }
}

#[test]
fn an_empty_body_has_a_signature_too() {
    let request = svix_post(ID, TIME_TEXT, "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=", "");
    assert_eq!(outcome(&svix(SECRET), &request, TIME), Ok(()));
    assert!(Endpoint::<Redpin>::new(SECRET).unwrap().receive(&request, moment(TIME)).is_ok(), "as a delivery");
}

#[test]
fn a_changed_part_breaks_the_signature() {
    let verifier = svix(SECRET).or_previous(OTHER_SECRET).unwrap();
    let without_blank = BODY.replace(' ', "");
    for (label, id, time, body, want) in [
        ("as signed", ID, TIME_TEXT, BODY, Ok(())),
        ("another body", ID, TIME_TEXT, r#"{"test": 2432232315}"#, Err(ErrorKind::SignatureMismatch)),
        ("the same JSON without its blank", ID, TIME_TEXT, &without_blank, Err(ErrorKind::SignatureMismatch)),
        ("a line break more", ID, TIME_TEXT, "{\"test\": 2432232314}\n", Err(ErrorKind::SignatureMismatch)),
        ("no body", ID, TIME_TEXT, "", Err(ErrorKind::SignatureMismatch)),
        ("another id", "msg_p5jXN8AQM9LWM0D4loKWxJel", TIME_TEXT, BODY, Err(ErrorKind::SignatureMismatch)),
        ("another time", ID, "1614265331", BODY, Err(ErrorKind::SignatureMismatch)),
    ] {
        assert_eq!(outcome(&verifier, &svix_post(id, time, SIGNATURE, body), TIME), want, "{label}");
    }
}
