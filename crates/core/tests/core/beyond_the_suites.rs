//! Checks beyond the suites of the libraries: doubled and folded headers, timestamps, ids, lists, bytes and bodies.

use http::Request;
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Endpoint, ErrorKind, Message, Variant, Verifier};

use crate::known::{
    BODY, ID, OTHER_SIGNATURE, SECRET, SIGNATURE, TIME, TIME_TEXT, foreign_entry, hex, moment, outcome, post, svix,
    svix_post, tag,
};

const WRONG: &str = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
const TEXT_SECRET: &str = "a secret of plain text";
const TOKEN: &str = "d2c9a5b1e7f04c3b";

/// Receives a request that `P`'s endpoint signed and that was changed afterwards.
#[track_caller]
fn changed<P: Platform + Default>(
    secret: &str,
    change: impl FnOnce(&mut Request<bytes::Bytes>),
) -> Result<(), ErrorKind> {
    let endpoint = Endpoint::<P>::new(secret).unwrap();
    let mut request = endpoint.sign(&Message::new(BODY, moment(TIME)).id(ID)).unwrap();
    assert!(endpoint.receive(&request, moment(TIME)).is_ok(), "{} before the change", P::default().facts().name);
    change(&mut request);
    endpoint.receive(&request, moment(TIME)).map(drop).map_err(|error| error.kind())
}

/// Sends the line of one header twice, unchanged.
#[track_caller]
fn doubled<P: Platform + Default>(secret: &str, header: &'static str) -> Result<(), ErrorKind> {
    changed::<P>(secret, |request| {
        let line = request.headers()[header].clone();
        request.headers_mut().append(header, line);
    })
}

#[test]
fn a_repeated_header_is_never_resolved_silently() {
    for (header, got, want) in [
        ("svix-id", doubled::<Redpin>(SECRET, "svix-id"), Err(ErrorKind::RepeatedHeader("svix-id"))),
        (
            "svix-timestamp",
            doubled::<Redpin>(SECRET, "svix-timestamp"),
            Err(ErrorKind::RepeatedHeader("svix-timestamp")),
        ),
        // A list may come in several lines, which are joined.
        ("svix-signature", doubled::<Redpin>(SECRET, "svix-signature"), Ok(())),
        (
            "x-prefinery-signature",
            doubled::<Prefinery>(TEXT_SECRET, "x-prefinery-signature"),
            Err(ErrorKind::RepeatedHeader("x-prefinery-signature")),
        ),
        (
            "x-genius-referrals-signature-256",
            doubled::<GeniusReferrals>(TEXT_SECRET, "x-genius-referrals-signature-256"),
            Err(ErrorKind::RepeatedHeader("x-genius-referrals-signature-256")),
        ),
        (
            "x-rr-signature",
            doubled::<ReferralRocket>(TEXT_SECRET, "x-rr-signature"),
            Err(ErrorKind::RepeatedHeader("x-rr-signature")),
        ),
    ] {
        assert_eq!(got, want, "{header}");
    }
    for header in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut headers = vec![("webhook-id", ID), ("webhook-timestamp", TIME_TEXT), ("webhook-signature", SIGNATURE)];
        headers.extend_from_within(headers.iter().position(|(name, _)| *name == header).map(|at| at..=at).unwrap());
        let want = if header == "webhook-signature" { Ok(()) } else { Err(ErrorKind::RepeatedHeader(header)) };
        assert_eq!(outcome(&svix(SECRET), &post(&headers, BODY), TIME), want, "{header}");
    }
}

#[test]
fn a_repeated_token_is_never_resolved_silently() {
    for (uri, want) in [
        (format!("/hooks?token={TOKEN}"), Ok(())),
        (format!("/hooks/{TOKEN}"), Ok(())),
        (format!("/hooks/{TOKEN}?page=1"), Ok(())),
        (format!("/hooks?token={TOKEN}&token={TOKEN}"), Err(ErrorKind::MissingToken)),
        (format!("/hooks?token=x&token={TOKEN}"), Err(ErrorKind::MissingToken)),
        (format!("/hooks/{TOKEN}?token=x"), Err(ErrorKind::TokenMismatch)),
        (format!("/hooks/{TOKEN}?token="), Err(ErrorKind::MissingToken)),
        (format!("/hooks/{TOKEN}?token"), Err(ErrorKind::MissingToken)),
        (format!("/hooks/{TOKEN}/"), Err(ErrorKind::MissingToken)),
        (format!("/hooks/{}", TOKEN.to_uppercase()), Err(ErrorKind::TokenMismatch)),
        (format!("/hooks/{TOKEN}x"), Err(ErrorKind::TokenMismatch)),
        (format!("/hooks/{}", &TOKEN[1..]), Err(ErrorKind::TokenMismatch)),
        ("/".to_owned(), Err(ErrorKind::MissingToken)),
        ("*".to_owned(), Err(ErrorKind::TokenMismatch)),
    ] {
        let endpoint = Endpoint::<Refir>::new(TOKEN).unwrap();
        let request = Request::post(&uri).body("{}").unwrap();
        let got = endpoint.receive(&request, moment(TIME)).map(drop).map_err(|error| error.kind());
        assert_eq!(got, want, "{uri}");
    }
}

#[test]
fn a_list_folded_by_a_proxy_is_read_as_sent() {
    let verifier = svix(SECRET);
    for (label, lines, want) in [
        ("two lines, right one first", vec![SIGNATURE.to_owned(), WRONG.to_owned()], Ok(())),
        ("two lines, right one last", vec![WRONG.to_owned(), SIGNATURE.to_owned()], Ok(())),
        ("two lines, none right", vec![WRONG.to_owned(), OTHER_SIGNATURE.to_owned()], Err(())),
        ("comma and blank, right one first", vec![format!("{SIGNATURE}, {WRONG}")], Ok(())),
        ("comma and blank, right one last", vec![format!("{WRONG}, {SIGNATURE}")], Ok(())),
        ("comma alone, right one first", vec![format!("{SIGNATURE},{WRONG}")], Ok(())),
        ("comma alone, right one last", vec![format!("{WRONG},{SIGNATURE}")], Ok(())),
        ("comma alone, right one in the middle", vec![format!("{WRONG},{SIGNATURE},{WRONG}")], Ok(())),
        ("comma alone, none right", vec![format!("{WRONG},{OTHER_SIGNATURE}")], Err(())),
        ("tabs", vec![format!("{WRONG}\t{SIGNATURE}")], Ok(())),
        ("an empty line before", vec![String::new(), SIGNATURE.to_owned()], Ok(())),
        ("nothing but blanks", vec!["   ".to_owned()], Err(())),
    ] {
        let mut headers = vec![("svix-id", ID.to_owned()), ("svix-timestamp", TIME_TEXT.to_owned())];
        headers.extend(lines.into_iter().map(|line| ("svix-signature", line)));
        let got = outcome(&verifier, &post(&headers, BODY), TIME);
        assert_eq!(got, want.map_err(|()| ErrorKind::SignatureMismatch), "{label}");
    }
    let empty = outcome(&verifier, &svix_post(ID, TIME_TEXT, "", BODY), TIME);
    assert_eq!(empty, Err(ErrorKind::MalformedHeader("svix-signature")), "one empty line");
}

#[test]
fn a_timestamp_has_one_to_nineteen_digits_signed_unchanged() {
    // In Prefinery's list a comma ends the element, and a blank after the comma does not belong to it. These two are
    // therefore other timestamps than the signed ones.
    const ENDS_AN_ELEMENT: [&str; 2] = ["comma", "blank after"];
    for (label, time, readable) in [
        ("as usual", TIME_TEXT, true),
        ("leading 0", "01614265330", true),
        ("leading zeros up to 19 digits", "0000000001614265330", true),
        ("leading zeros up to 20 digits", "00000000001614265330", false),
        ("plus", "+1614265330", false),
        ("blank inside", "1614 265330", false),
        ("blank before", " 1614265330", false),
        ("blank after", "1614265330 ", false),
        ("fraction", "1614265330.5", false),
        ("fraction of zero", "1614265330.0", false),
        ("comma", "1614265330,1614265330", false),
        ("milliseconds", "1614265330000", true),
        ("zero", "0", true),
        ("19 digits", "9999999999999999999", true),
        ("20 digits", "10000000000000000000", false),
        ("largest i64", "9223372036854775807", true),
        ("one more", "9223372036854775808", true),
        ("largest u64", "18446744073709551615", false),
        ("smallest i64", "-9223372036854775808", false),
        ("digits of another script", "١٦١٤٢٦٥٣٣٠", false),
    ] {
        // The signed text is the same and any age is accepted, so that only the rule about the text can refuse it.
        let request = svix_post(ID, time, &foreign_entry(ID, time, BODY), BODY);
        let want = if readable { Ok(()) } else { Err(ErrorKind::MalformedHeader("svix-timestamp")) };
        let got = svix(SECRET).dangerously_verify_at_any_age(&request).map(drop).map_err(|error| error.kind());
        assert_eq!(got, want, "svix, {label}");

        let header = "x-prefinery-signature";
        let signature = hex(&tag(TEXT_SECRET, &[time.as_bytes(), b".", BODY.as_bytes()]));
        let request = post(&[(header, format!("t={time},v1={signature}"))], BODY);
        let prefinery = Verifier::new(Prefinery.facts().scheme.clone(), TEXT_SECRET).unwrap();
        let got = prefinery.dangerously_verify_at_any_age(&request).map(drop).map_err(|error| error.kind());
        let want = match readable {
            true => Ok(()),
            false if ENDS_AN_ELEMENT.contains(&label) => Err(ErrorKind::SignatureMismatch),
            false => Err(ErrorKind::MalformedHeader(header)),
        };
        assert_eq!(got, want, "prefinery, {label}");
    }
}

#[test]
fn an_extreme_timestamp_is_refused_by_its_age_without_overflow() {
    for (label, time, want) in [
        ("zero", "0", ErrorKind::TooOld),
        ("milliseconds", "1614265330000", ErrorKind::TooNew),
        ("largest i64", "9223372036854775807", ErrorKind::TooNew),
        ("one more", "9223372036854775808", ErrorKind::TooNew),
        ("19 digits", "9999999999999999999", ErrorKind::TooNew),
    ] {
        let request = svix_post(ID, time, &foreign_entry(ID, time, BODY), BODY);
        assert_eq!(outcome(&svix(SECRET), &request, TIME), Err(want), "{label}");
        let ancient = svix(SECRET).dangerously_accept_stale();
        let want = if want == ErrorKind::TooOld { Ok(()) } else { Err(want) };
        assert_eq!(outcome(&ancient, &request, TIME), want, "{label} with any age accepted");
    }
}

#[test]
fn an_id_is_printable_ascii_without_a_full_stop() {
    let long = "a".repeat(256);
    let malformed = Err(ErrorKind::MalformedHeader("svix-id"));
    for (label, id, want) in [
        ("one character", "1", Ok(())),
        ("256 characters", long.as_str(), Ok(())),
        ("257 characters", &format!("{long}a"), malformed),
        ("punctuation", "msg_!\"#$%&'()*+,-/:;<=>?@[\\]^_`{|}~", Ok(())),
        ("full stop", "msg_1.2", malformed),
        ("full stop before", ".msg_1", malformed),
        ("empty", "", malformed),
        ("tab", "msg\t1", malformed),
        ("not ASCII", "msg_é", malformed),
    ] {
        let request = svix_post(id, TIME_TEXT, &foreign_entry(id, TIME_TEXT, BODY), BODY);
        assert_eq!(outcome(&svix(SECRET), &request, TIME), want, "{label}");
    }
}

#[test]
fn the_boundary_between_id_and_time_cannot_be_moved() {
    // All three sign the same bytes: `1.1614265330.1614265331.{}`.
    let signature = foreign_entry("1", TIME_TEXT, "1614265331.{}");
    for (id, time, body, want) in [
        ("1", TIME_TEXT, "1614265331.{}", Ok(())),
        ("1.1614265330", "1614265331", "{}", Err(ErrorKind::MalformedHeader("svix-id"))),
        ("1", "1614265330.1614265331", "{}", Err(ErrorKind::MalformedHeader("svix-timestamp"))),
    ] {
        let got = outcome(&svix(SECRET), &svix_post(id, time, &signature, body), TIME);
        assert_eq!(got, want, "id {id}, time {time}");
    }
}

#[test]
fn the_two_families_are_never_mixed() {
    let full = |family: &str, signature: &str| {
        [("id", ID), ("timestamp", TIME_TEXT), ("signature", signature)]
            .map(|(name, value)| (format!("{family}-{name}"), value.to_owned()))
            .to_vec()
    };
    let (svix_right, svix_wrong) = (full("svix", SIGNATURE), full("svix", WRONG));
    let (webhook_right, webhook_wrong) = (full("webhook", SIGNATURE), full("webhook", WRONG));
    let with = |left: &[(String, String)], right: &[(String, String)]| [left, right].concat();
    let mismatch = Err(ErrorKind::SignatureMismatch);
    for (label, headers, want) in [
        ("both right", with(&svix_right, &webhook_right), Ok(Variant::SvixHeaders)),
        ("svix right, webhook wrong", with(&svix_right, &webhook_wrong), Ok(Variant::SvixHeaders)),
        ("svix wrong, webhook right", with(&svix_wrong, &webhook_right), Ok(Variant::WebhookHeaders)),
        ("both wrong", with(&svix_wrong, &webhook_wrong), mismatch),
        ("svix begun, webhook right", with(&svix_right[..1], &webhook_right), Ok(Variant::WebhookHeaders)),
        ("webhook begun, svix right", with(&svix_right, &webhook_right[..1]), Ok(Variant::SvixHeaders)),
        (
            "svix id and time, webhook signature",
            with(&svix_right[..2], &webhook_right[2..]),
            Err(ErrorKind::MissingHeader("svix-signature")),
        ),
        (
            "webhook id and time, svix signature",
            with(&webhook_right[..2], &svix_right[2..]),
            Err(ErrorKind::MissingHeader("svix-id")),
        ),
        (
            "webhook id, svix time and signature",
            with(&webhook_right[..1], &svix_right[1..]),
            Err(ErrorKind::MissingHeader("svix-id")),
        ),
        ("webhook begun alone", webhook_right[..2].to_vec(), Err(ErrorKind::MissingHeader("webhook-signature"))),
    ] {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value)).collect();
        let request = post(&headers, BODY);
        let got = svix(SECRET).verify(&request, moment(TIME)).map(|verified| verified.variant());
        assert_eq!(got.map_err(|error| error.kind()), want, "{label}");
    }
}

#[test]
fn only_a_pinned_family_is_read() {
    let svix_only = svix_post(ID, TIME_TEXT, SIGNATURE, BODY);
    let webhook_only =
        post(&[("webhook-id", ID), ("webhook-timestamp", TIME_TEXT), ("webhook-signature", SIGNATURE)], BODY);
    for (pinned, request, want) in [
        (Variant::SvixHeaders, &svix_only, Ok(())),
        (Variant::SvixHeaders, &webhook_only, Err(ErrorKind::MissingHeader("svix-id"))),
        (Variant::WebhookHeaders, &webhook_only, Ok(())),
        (Variant::WebhookHeaders, &svix_only, Err(ErrorKind::MissingHeader("webhook-id"))),
    ] {
        let verifier = svix(SECRET).pin(pinned).unwrap();
        assert_eq!(outcome(&verifier, request, TIME), want, "{pinned:?}");
    }
}
