//! Verifying does not allocate, so that an unproven request costs its own bytes only.

use bytes::Bytes;
use http::Request;
use referral_webhooks::{
    BodyHmac, ErrorKind, Message, Scheme, Svix, TimestampedHmac, Tolerance, UrlToken, Variant, Verifier,
};

use crate::known::{BODY, ID, OTHER_SECRET, SECRET, TIME, moment};

const HEX_SECRET: &str = "00112233445566778899aabbccddeeff";
const SECRET_KEY: &str = "whsk_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn verifier(scheme: Scheme, secret: &str) -> Verifier {
    Verifier::new(scheme, secret).unwrap().with_tolerance(Tolerance::seconds(300))
}

/// The number of allocations while a request is verified, and the outcome.
fn allocations(verifier: &Verifier, request: &Request<Bytes>, now: i64) -> (u64, Result<(), ErrorKind>) {
    let now = moment(now);
    let mut outcome = None;
    let counted = allocation_counter::measure(|| {
        let head = verifier.check_head(request.uri(), request.headers());
        let verified = verifier.verify(request, now);
        outcome = Some(head.and(verified.map(|_| ())).map_err(|error| error.kind()));
    });
    (counted.count_total, outcome.unwrap())
}

#[test]
fn the_counter_counts() {
    let counted = allocation_counter::measure(|| {
        std::hint::black_box(vec![0_u8; 100]);
    });
    assert_eq!((counted.count_total, counted.bytes_total), (1, 100));
}

#[test]
fn verifying_allocates_nothing() {
    let svix = || verifier(Scheme::Svix(Svix), SECRET);
    let form = || Scheme::BodyHmac(BodyHmac::new("x-signature").prefixed().or_base64().or_form("payload"));
    let hex_key = || verifier(Scheme::BodyHmac(BodyHmac::new("x-signature").or_hex_key()), HEX_SECRET);
    let json = Message::new(BODY, moment(TIME)).id(ID);
    let large = Message::new("a".repeat(1_048_576), moment(TIME)).id(ID);
    for (label, verifier, message) in [
        ("svix", svix(), json.clone()),
        ("svix, other names", svix(), json.clone().variant(Variant::WebhookHeaders)),
        ("svix, 1 MiB", svix(), large),
        ("svix, rotation", svix().or_previous(OTHER_SECRET).unwrap(), json.clone()),
        ("svix with a token", svix().and_url_token("0123456789abcdef").unwrap(), json.clone()),
        ("timestamped", verifier(Scheme::TimestampedHmac(TimestampedHmac::new("x-signature")), SECRET), json.clone()),
        ("body, JSON", verifier(form(), SECRET), json.clone()),
        ("body, form", verifier(form(), SECRET), json.clone().as_form()),
        ("body, payload of a form", verifier(form(), SECRET), json.clone().as_form().variant(Variant::FormPayload)),
        ("body, text key", hex_key(), json.clone()),
        ("body, hexadecimal key", hex_key(), json.clone().variant(Variant::HexKey)),
        ("token", verifier(Scheme::UrlToken(UrlToken), "0123456789abcdef"), json.clone()),
    ] {
        let request = verifier.sign(&message).unwrap();
        assert_eq!(allocations(&verifier, &request, TIME), (0, Ok(())), "{label}: right");

        let is_token = label == "token";
        let mut forged = request.clone();
        *forged.body_mut() = Bytes::from_static(b"payload=forged");
        let want = if is_token { Ok(()) } else { Err(ErrorKind::SignatureMismatch) };
        assert_eq!(allocations(&verifier, &forged, TIME), (0, want), "{label}: forged");

        let dated = label.starts_with("svix") || label == "timestamped";
        let want = if dated { Err(ErrorKind::TooOld) } else { Ok(()) };
        assert_eq!(allocations(&verifier, &request, TIME + 301), (0, want), "{label}: stale");

        let mut bare = request.clone();
        bare.headers_mut().clear();
        *bare.uri_mut() = http::Uri::from_static("/");
        let (count, outcome) = allocations(&verifier, &bare, TIME);
        assert_eq!((count, outcome.is_err()), (0, true), "{label}: without its proof, {outcome:?}");
    }
}

#[test]
fn asymmetric_signatures_share_one_copy_of_the_message() {
    let verifier = verifier(Scheme::Svix(Svix), SECRET_KEY);
    let request = verifier.sign(&Message::new(BODY, moment(TIME)).id(ID)).unwrap();
    let right = request.headers()["svix-signature"].to_str().unwrap().to_owned();
    let other = verifier.sign(&Message::new("another", moment(TIME)).id(ID)).unwrap();
    let wrong = other.headers()["svix-signature"].to_str().unwrap().to_owned();
    let shared = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned();
    let mismatch = Err(ErrorKind::SignatureMismatch);
    for (label, list, want) in [
        ("right", right.clone(), (1, Ok(()))),
        ("wrong", wrong.clone(), (1, mismatch)),
        ("32, right one last", format!("{}{right}", format!("{wrong} ").repeat(31)), (1, Ok(()))),
        ("none of its kind", shared, (0, mismatch)),
    ] {
        let mut request = request.clone();
        request.headers_mut().insert("svix-signature", list.parse().unwrap());
        assert_eq!(allocations(&verifier, &request, TIME), want, "{label}");
    }
}
