//! Checks beyond the suites of the libraries, continued: long lists, bytes, strict encodings, bodies and content types.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::genius_referrals::{Event, GeniusReferrals};
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{DEFAULT_BODY_LIMIT, DeliveryId, Endpoint, ErrorKind, Message, Variant};

use crate::known::{BODY, ID, SECRET, SIGNATURE, TIME, TIME_TEXT, hex, moment, outcome, post, svix, svix_post, tag};

const WRONG: &str = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
const TEXT_SECRET: &str = "a secret of plain text";

fn receive<P: Platform + Default, B: AsRef<[u8]>>(request: &Request<B>) -> Result<(), ErrorKind> {
    let secret = if P::default().facts().name == "redpin" { SECRET } else { TEXT_SECRET };
    let endpoint = Endpoint::<P>::new(secret).unwrap();
    endpoint.receive(request, moment(TIME)).map(drop).map_err(|error| error.kind())
}

#[test]
fn a_list_of_32_entries_is_read_and_one_of_33_refused() {
    let malformed = Err(ErrorKind::MalformedHeader("svix-signature"));
    let list = |wrong: &str, number: usize, between: &str| {
        format!("{}{SIGNATURE}", format!("{wrong}{between}").repeat(number))
    };
    for (label, list, want) in [
        ("32, right one last", list(WRONG, 31, " "), Ok(())),
        ("33, right one last", list(WRONG, 32, " "), malformed),
        ("33, right one first", format!("{SIGNATURE}{}", format!(" {WRONG}").repeat(32)), malformed),
        ("32 joined with commas", list(WRONG, 31, ","), Ok(())),
        ("33 joined with commas", list(WRONG, 32, ","), malformed),
        ("32, most of them words", list("x", 31, " "), Ok(())),
        ("33, most of them words", list("x", 32, " "), malformed),
        ("thousands of words", list("x", 4_000, " "), malformed),
        ("thousands of signatures", list(WRONG, 4_000, " "), malformed),
        ("thousands of blanks", format!("{}{SIGNATURE}", " ".repeat(8_000)), Ok(())),
        ("blanks beyond 8 KiB", format!("{}{SIGNATURE}", " ".repeat(8_192)), malformed),
        ("one word of 8 KiB and more", "x".repeat(8_193), malformed),
    ] {
        assert_eq!(outcome(&svix(SECRET), &svix_post(ID, TIME_TEXT, &list, BODY), TIME), want, "{label}");
    }
    let mut many_lines = vec![("svix-id", ID), ("svix-timestamp", TIME_TEXT)];
    many_lines.extend([("svix-signature", WRONG); 32]);
    many_lines.push(("svix-signature", SIGNATURE));
    assert_eq!(outcome(&svix(SECRET), &post(&many_lines, BODY), TIME), malformed, "33 lines");
}

#[test]
fn the_prefinery_list_is_bounded_and_strict() {
    let digits = hex(&tag(TEXT_SECRET, &[TIME_TEXT.as_bytes(), b".", BODY.as_bytes()]));
    let right = format!("v1={digits}");
    let wrong = format!("v1={}", "0".repeat(64));
    let malformed = Err(ErrorKind::MalformedHeader("x-prefinery-signature"));
    let mismatch = Err(ErrorKind::SignatureMismatch);
    for (label, header, want) in [
        ("as usual", format!("t={TIME_TEXT},{right}"), Ok(())),
        ("another order", format!("{right},t={TIME_TEXT}"), Ok(())),
        ("blanks after the commas", format!("t={TIME_TEXT}, {right}, v0=x"), Ok(())),
        ("capital digits", format!("t={TIME_TEXT},v1={}", digits.to_uppercase()), Ok(())),
        ("unknown elements", format!("v0=x,t={TIME_TEXT},junk,{right},=,v2={digits}"), Ok(())),
        ("right one last of several", format!("t={TIME_TEXT},{wrong},v1=short,{right}"), Ok(())),
        ("32 elements", format!("t={TIME_TEXT},{}{right}", format!("{wrong},").repeat(30)), Ok(())),
        ("33 elements", format!("t={TIME_TEXT},{}{right}", format!("{wrong},").repeat(31)), malformed),
        ("more than 8 KiB", format!("t={TIME_TEXT},{right},x={}", "x".repeat(8_192)), malformed),
        ("two times", format!("t={TIME_TEXT},t={TIME_TEXT},{right}"), malformed),
        ("two different times", format!("t=1,t={TIME_TEXT},{right}"), malformed),
        ("no time", right.clone(), malformed),
        ("no signature", format!("t={TIME_TEXT}"), malformed),
        ("right under v0 only", format!("t={TIME_TEXT},v0={digits}"), malformed),
        ("right under v2 after a wrong one", format!("t={TIME_TEXT},{wrong},v2={digits}"), mismatch),
        ("a digit short", format!("t={TIME_TEXT},v1={}", &digits[1..]), mismatch),
        ("a digit more", format!("t={TIME_TEXT},v1={digits}0"), mismatch),
        ("a quarter of it", format!("t={TIME_TEXT},v1={}", &digits[..16]), mismatch),
        ("empty signature", format!("t={TIME_TEXT},v1="), mismatch),
        ("empty header", String::new(), malformed),
    ] {
        assert_eq!(receive::<Prefinery, _>(&post(&[("x-prefinery-signature", header)], BODY)), want, "{label}");
    }
}

#[test]
fn a_signature_in_one_header_is_read_strictly() {
    let mac = tag(TEXT_SECRET, &[BODY.as_bytes()]);
    let (digits, base64) = (hex(&mac), STANDARD.encode(mac));
    for (label, header, genius, rocket) in [
        ("digits", digits.clone(), true, true),
        ("prefix and digits", format!("sha256={digits}"), true, true),
        ("prefix in capitals", format!("SHA256={digits}"), true, true),
        ("digits in capitals", digits.to_uppercase(), true, true),
        ("blanks around", format!(" {digits}\t"), true, true),
        ("base64", base64.clone(), true, false),
        ("prefix and base64", format!("sha256={base64}"), true, false),
        ("base64 without padding", base64.trim_end_matches('=').to_owned(), false, false),
        ("two prefixes", format!("sha256=sha256={digits}"), false, false),
        ("another algorithm's prefix", format!("sha1={digits}"), false, false),
        ("prefix alone", "sha256=".to_owned(), false, false),
        ("empty", String::new(), false, false),
        ("a digit short", digits[1..].to_owned(), false, false),
        ("a digit more", format!("{digits}0"), false, false),
        ("half of it", digits[..32].to_owned(), false, false),
        ("blank inside", format!("{} {}", &digits[..32], &digits[32..]), false, false),
        ("twice, with a comma", format!("{digits},{digits}"), false, false),
        ("longer than 256 bytes", " ".repeat(193) + &digits, false, false),
    ] {
        let name = "x-genius-referrals-signature-256";
        let want = if genius { Ok(()) } else { Err(ErrorKind::MalformedHeader(name)) };
        assert_eq!(receive::<GeniusReferrals, _>(&post(&[(name, &header)], BODY)), want, "{label}");
        let name = "x-rr-signature";
        let want = if rocket { Ok(()) } else { Err(ErrorKind::MalformedHeader(name)) };
        assert_eq!(receive::<ReferralRocket, _>(&post(&[(name, &header)], BODY)), want, "rocket, {label}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_verified_as_bytes() {
    let not_utf8 = b"\xff\xfe\x00\x7b".as_slice();
    let in_list = |before: &[u8]| [before, b" ", SIGNATURE.as_bytes()].concat();
    for (label, id, time, signature, want) in [
        ("in the id", b"msg_\xff".as_slice(), TIME_TEXT.as_bytes(), in_list(b"x"), Err("svix-id")),
        ("in the timestamp", ID.as_bytes(), b"161426533\xb0", in_list(b"x"), Err("svix-timestamp")),
        ("in an entry before the right one", ID.as_bytes(), TIME_TEXT.as_bytes(), in_list(b"v1,\xff\xfe"), Ok(())),
        ("in a version before the right one", ID.as_bytes(), TIME_TEXT.as_bytes(), in_list(b"\xff1,x"), Ok(())),
    ] {
        let request = post(&[("svix-id", id), ("svix-timestamp", time), ("svix-signature", &signature)], BODY);
        assert_eq!(outcome(&svix(SECRET), &request, TIME), want.map_err(ErrorKind::MalformedHeader), "{label}");
    }
    let name = "x-rr-signature";
    let got = receive::<ReferralRocket, _>(&post(&[(name, [0xff_u8; 64])], BODY));
    assert_eq!(got, Err(ErrorKind::MalformedHeader(name)), "in a signature of hexadecimal digits");
    // The vectors contain this body. Here it becomes a delivery.
    let request = svix_post(ID, TIME_TEXT, "v1,0hMAztfMmSZS4J8fptRZ0pYJpUPyh+LFy67cQnFB4zY=", not_utf8);
    let delivery = Endpoint::<Redpin>::new(SECRET).unwrap().receive(&request, moment(TIME)).unwrap();
    assert_eq!(delivery.event().why_other().map(ToString::to_string).as_deref(), Some("not UTF-8"));
    assert_eq!(**delivery.body(), *not_utf8);
}

#[test]
fn base64_with_unused_bits_is_refused() {
    // The last character before the padding carries two bits that belong to no byte.
    let canonical = SIGNATURE.trim_end_matches("E=");
    for last in ['F', 'G', 'H'] {
        let same_bytes = format!("{canonical}{last}=");
        let got = outcome(&svix(SECRET), &svix_post(ID, TIME_TEXT, &same_bytes, BODY), TIME);
        assert_eq!(got, Err(ErrorKind::SignatureMismatch), "{same_bytes}");
    }
    let url_safe = SIGNATURE.replace('+', "-").replace('/', "_");
    let got = outcome(&svix(SECRET), &svix_post(ID, TIME_TEXT, &url_safe, BODY), TIME);
    assert_eq!(got, Err(ErrorKind::SignatureMismatch), "URL-safe alphabet");
}

#[test]
fn a_body_at_the_limit_is_accepted_and_a_longer_one_refused() {
    for (limit, length, want) in [
        (None, DEFAULT_BODY_LIMIT, Ok(())),
        (None, DEFAULT_BODY_LIMIT + 1, Err(ErrorKind::BodyTooLarge)),
        (Some(10), 10, Ok(())),
        (Some(10), 11, Err(ErrorKind::BodyTooLarge)),
        (Some(0), 0, Ok(())),
        (Some(0), 1, Err(ErrorKind::BodyTooLarge)),
    ] {
        let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
        let endpoint = limit.into_iter().fold(endpoint, Endpoint::with_body_limit);
        assert_eq!(endpoint.body_limit(), limit.unwrap_or(1_048_576), "limit {limit:?}");
        let request = endpoint.sign(&Message::new(vec![b'a'; length], moment(TIME))).unwrap();
        let got = endpoint.receive(&request, moment(TIME)).map(drop).map_err(|error| error.kind());
        assert_eq!(got, want, "limit {limit:?}, {length} bytes");
        let owned = endpoint.receive_owned(request, moment(TIME)).map(drop).map_err(|error| error.kind());
        assert_eq!(owned, want, "limit {limit:?}, {length} bytes, owned");
    }
}

#[test]
fn a_body_without_exactly_one_json_field_is_the_payload() {
    let endpoint = Endpoint::<GeniusReferrals>::new(TEXT_SECRET).unwrap();
    for (body, payload) in [
        ("payload=%7B%7D", Some("{}")),
        ("payload=%7b%7d", Some("{}")),
        ("a=1&payload=%7B+%7D&b", Some("{ }")),
        ("p%61yload=%7B%7D", Some("{}")),
        ("payload=%5B%5D", Some("[]")),
        ("payload=null", Some("null")),
        ("payload=-1.5e3", Some("-1.5e3")),
        ("payload=%22a%22", Some("\"a\"")),
        ("payload=", None),
        ("payload", None),
        ("payload=hello", None),
        ("payload=%7B", None),
        ("payload=%7B%7D%7B%7D", None),
        ("payload=%22%FF%22", None),
        ("payload=payload%3D%257B%257D", None),
        ("payload=true%26payload%3D%257B%257D", None),
        ("", None),
        ("other=%7B%7D", None),
        ("Payload=%7B%7D", None),
        ("payload=%7B%7D&payload=%7B%7D", None),
        ("payload=%7B%7D&p%61yload=1", None),
        ("payload=%7B%7D&payload", None),
        ("payload=%7B%7", None),
        ("payload=%7B%", None),
        ("payload=%7B%7G", None),
        ("payload=%7B%7D&other=%", None),
        ("payload={}", None),
        ("payload={%22a%22:1}", None),
        ("payload=%7B %7D", None),
        ("{\"name\":\"x&payload=%7B%7D&y\"}", None),
        ("[\"x&payload=%7B%7D&y\"]", None),
        ("{\"payload\":\"payload=%7B%7D\"}", None),
    ] {
        let want = DeliveryId::digest(payload.unwrap_or(body).as_bytes());
        for media_type in MEDIA_TYPES {
            let got = endpoint.receive(&genius(media_type, body, body.as_bytes()), moment(TIME)).unwrap();
            assert_eq!((got.id(), got.variant()), (&want, Variant::RawBody), "{body} as {media_type:?}, body signed");

            let Some(payload) = payload else { continue };
            let got = endpoint.receive(&genius(media_type, body, payload.as_bytes()), moment(TIME)).unwrap();
            assert_eq!((got.id(), got.variant()), (&want, Variant::FormPayload), "{body} as {media_type:?}");
        }
    }
}

/// The default media types of clients, and others.
const MEDIA_TYPES: [Option<&str>; 9] = [
    None,
    Some("application/json"),
    Some("application/x-www-form-urlencoded"),
    Some("Application/X-WWW-Form-URLencoded ; charset=utf-8"),
    Some("text/plain;charset=UTF-8"),
    Some("application/octet-stream"),
    Some("multipart/form-data; boundary=x"),
    Some(""),
    Some("nonsense"),
];

/// Returns a Genius delivery with a signature over these bytes, which may differ from its body.
fn genius(media_type: Option<&str>, body: &str, signed: &[u8]) -> Request<Bytes> {
    let signature = hex(&tag(TEXT_SECRET, &[signed]));
    let mut headers = vec![("x-genius-referrals-signature-256", signature.as_str())];
    headers.extend(media_type.map(|media_type| ("content-type", media_type)));
    post(&headers, body)
}

#[test]
fn a_signed_text_has_one_interpretation_in_every_wrapping() {
    let endpoint = Endpoint::<GeniusReferrals>::new(TEXT_SECRET).unwrap();
    let wrap = |text: &str| {
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        [format!("payload={escaped}"), format!("a=1&p%61yload={escaped}&b"), format!("true=1&payload={escaped}")]
    };
    let json = r#"{"event":"bonus_created","data":{"id":1}}"#;
    for signed in [
        json,
        " [1]",
        "null",
        "hello",
        "",
        "{broken",
        "payload=hello",
        "payload=",
        "payload={}",
        "payload=%7B%7D&payload=%7B%7D",
        "payload=%7B%22id%22%3A1%7D",
        "true&payload=%7B%22id%22%3A1%7D",
        "1=2&payload=%7B%22id%22%3A1%7D",
        "[1]=2&payload=%5B1%5D",
    ] {
        let own = endpoint.receive(&genius(None, signed, signed.as_bytes()), moment(TIME)).unwrap();
        let is_json = serde_json::from_str::<serde_json::Value>(signed).is_ok();
        for once in wrap(signed) {
            for media_type in MEDIA_TYPES {
                let got = endpoint.receive(&genius(media_type, &once, signed.as_bytes()), moment(TIME));
                let got = got.map(|delivery| delivery.id().clone()).map_err(|error| error.kind());
                let want = if is_json { Ok(own.id().clone()) } else { Err(ErrorKind::SignatureMismatch) };
                assert_eq!(got, want, "{signed} in {once}");
            }
            for twice in wrap(&once) {
                for thrice in wrap(&twice).iter().chain([&twice]) {
                    let got = endpoint.receive(&genius(None, thrice, signed.as_bytes()), moment(TIME)).map(drop);
                    assert_eq!(got.map_err(|error| error.kind()), Err(ErrorKind::SignatureMismatch), "{thrice}");
                }
            }
        }
    }
}

#[test]
fn json_resent_as_a_form_stays_the_same_delivery() {
    // The attacker chose the name. The signature is genuine, and the content type is not signed.
    let body =
        r#"{"event":"member_created","data":{"token":"1","name":"x&payload=%7B%22event%22%3A%22bonus_paid%22%7D&y"}}"#;
    let endpoint = Endpoint::<GeniusReferrals>::new(TEXT_SECRET).unwrap();
    let genuine = endpoint.receive(&genius(Some("application/json"), body, body.as_bytes()), moment(TIME)).unwrap();
    for media_type in MEDIA_TYPES {
        let got = endpoint.receive(&genius(media_type, body, body.as_bytes()), moment(TIME)).unwrap();
        assert_eq!(got.id(), genuine.id(), "{media_type:?}");
        assert_eq!(got.event().name(), Some("member_created"), "{media_type:?}");
        assert!(matches!(got.event(), Event::Advocate(_)), "{media_type:?}");
    }
}

#[test]
fn a_pinned_variant_refuses_the_others() {
    let genius = |variant| Endpoint::<GeniusReferrals>::new(TEXT_SECRET).unwrap().pin(variant).unwrap();
    let hex_secret = "00112233445566778899aabbccddeeff";
    let rocket = |variant| Endpoint::<ReferralRocket>::new(hex_secret).unwrap().pin(variant).unwrap();
    for (pinned, sent) in [(Variant::RawBody, Variant::FormPayload), (Variant::FormPayload, Variant::RawBody)] {
        let endpoint = genius(pinned);
        for variant in [pinned, sent] {
            let message = Message::new(BODY, moment(TIME)).as_form().variant(variant);
            let got = endpoint.receive(&endpoint.sign(&message).unwrap(), moment(TIME)).map(drop);
            let want = if variant == pinned { Ok(()) } else { Err(ErrorKind::SignatureMismatch) };
            assert_eq!(got.map_err(|error| error.kind()), want, "form signed as {variant:?}, {pinned:?} pinned");
        }
    }
    for (pinned, sent) in [(Variant::TextKey, Variant::HexKey), (Variant::HexKey, Variant::TextKey)] {
        let endpoint = rocket(pinned);
        for variant in [pinned, sent] {
            let message = Message::new(BODY, moment(TIME)).variant(variant);
            let got = endpoint.receive(&endpoint.sign(&message).unwrap(), moment(TIME)).map(drop);
            let want = if variant == pinned { Ok(()) } else { Err(ErrorKind::SignatureMismatch) };
            assert_eq!(got.map_err(|error| error.kind()), want, "signed with {variant:?}, {pinned:?} pinned");
        }
    }
}

#[test]
fn headers_outside_the_proof_have_no_influence() {
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1;host=localhost"),
        ("host", "localhost"),
        ("authorization", "Bearer anything"),
        ("x-hub-signature-256", "sha256=00"),
        ("svix-idempotency", "1"),
    ] {
        let mut right = svix_post(ID, TIME_TEXT, SIGNATURE, BODY);
        let mut wrong = svix_post(ID, TIME_TEXT, WRONG, BODY);
        for request in [&mut right, &mut wrong] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        assert_eq!(outcome(&svix(SECRET), &right, TIME), Ok(()), "{name}");
        assert_eq!(outcome(&svix(SECRET), &wrong, TIME), Err(ErrorKind::SignatureMismatch), "{name}");
    }
}
