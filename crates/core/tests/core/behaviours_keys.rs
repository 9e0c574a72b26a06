//! Checks of keys and signing from the suites of the Svix and Standard Webhooks libraries, run against ours.
//!
//! Rust's types replace the others: a payload or headers cannot be missing, and a timestamp or a tolerance cannot be a text,
//! a fraction, NaN or null. A time before 1970 is a value of `OffsetDateTime`, and is tested here.

use referral_webhooks::platform::Event as _;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{ConfigError, Endpoint, ErrorKind, Message, Scheme, SignError, Svix, Verifier};

use crate::known::{
    BODY, ID, OTHER_SECRET, OTHER_SIGNATURE, SECRET, SIGNATURE, TIME, TIME_TEXT, moment, outcome, svix, svix_post,
};

const SECRET_KEY: &str =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const PUBLIC_KEY: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const ASYMMETRIC_SIGNATURE: &str =
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
const OTHER_PUBLIC_KEY: &str = "whpk_iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=";

#[test]
fn a_secret_may_lack_its_prefix_and_its_padding() {
    for (label, secret, signature) in [
        ("with prefix", SECRET, SIGNATURE),
        ("without prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", SIGNATURE),
        (
            "23 bytes without padding",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            "v1,LVOXivKoo4FWasi/IaHvzhE/u+7/cu2AME+zS/nXqzk=",
        ),
        (
            "25 bytes without padding",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr",
            "v1,yK2tMbA6BHPrMEJ1lLv7UlJJbgFoqGenJkiajZ29evg=",
        ),
    ] {
        assert_eq!(outcome(&svix(secret), &svix_post(ID, TIME_TEXT, signature, BODY), TIME), Ok(()), "{label}");
    }
}

#[test]
fn signing_gives_the_libraries_signature() {
    for (label, secret, id, time, body, signature) in [
        ("usual message", SECRET, ID, TIME, BODY, SIGNATURE),
        (
            "another secret and body",
            OTHER_SECRET,
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ] {
        let request = svix(secret).sign(&Message::new(body, moment(time)).id(id)).unwrap();
        assert_eq!(request.headers()["svix-signature"], signature, "{label}");
    }
}

#[test]
fn an_empty_secret_makes_no_verifier() {
    for secret in ["", "whsec_", "whsk_", "whpk_", " ", "\n"] {
        let verifier = Verifier::new(Scheme::Svix(Svix), secret);
        assert_eq!(verifier.map(drop), Err(ConfigError::EmptySecret), "{secret:?}");
        let refused = Endpoint::<Redpin>::new(secret).unwrap_err();
        assert_eq!(refused.accident(), ConfigError::EmptySecret, "{secret:?} as an endpoint");
    }
}

#[test]
fn verifying_does_not_parse() {
    for (label, body) in [
        ("not JSON", b"<xml/>".as_slice()),
        ("half JSON", b"{\"event_name\":"),
        ("not UTF-8", b"\xff\xfe\x00\x7b"),
        ("empty", b""),
    ] {
        let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
        let request = endpoint.sign(&Message::new(body, moment(TIME))).unwrap();
        assert_eq!(outcome(&svix(SECRET), &request, TIME), Ok(()), "{label}");
        let delivery = endpoint.receive(&request, moment(TIME)).unwrap();
        assert!(delivery.event().why_other().is_some(), "{label} is a delivery of something else");
    }
}

#[test]
fn signing_refuses_unverifiable_messages() {
    let (first, before) = (moment(0), moment(-1));
    for (label, message, want) in [
        ("the first second", Message::new(BODY, first), Ok(())),
        ("before 1970", Message::new(BODY, before), Err(SignError::BadTime)),
        ("an empty id", Message::new(BODY, first).id(""), Err(SignError::BadId)),
        ("an id with a full stop", Message::new(BODY, first).id("msg.1"), Err(SignError::BadId)),
        ("an id with a line break", Message::new(BODY, first).id("msg_1\r\nx: y"), Err(SignError::BadId)),
        ("an id of 256 characters", Message::new(BODY, first).id("a".repeat(256)), Ok(())),
        ("an id of 257 characters", Message::new(BODY, first).id("a".repeat(257)), Err(SignError::BadId)),
        ("an id that is not ASCII", Message::new(BODY, first).id("msg_é"), Err(SignError::BadId)),
    ] {
        assert_eq!(svix(SECRET).sign(&message).map(drop), want, "{label}");
    }
}

#[test]
fn one_header_verifies_under_all_keys_of_a_rotation_between_kinds() {
    let sender = svix(SECRET).or_previous(SECRET_KEY).unwrap().or_previous(OTHER_SECRET).unwrap();
    let request = sender.sign(&Message::new(BODY, moment(TIME)).id(ID)).unwrap();
    let want = format!("{SIGNATURE} {ASYMMETRIC_SIGNATURE} {OTHER_SIGNATURE}");
    assert_eq!(request.headers()["svix-signature"], want, "current first, then the old ones");
    for (label, key, want) in [
        ("current", SECRET, Ok(())),
        ("asymmetric", PUBLIC_KEY, Ok(())),
        ("first", OTHER_SECRET, Ok(())),
        ("none of them", "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRob", Err(ErrorKind::SignatureMismatch)),
        ("no key of theirs", OTHER_PUBLIC_KEY, Err(ErrorKind::SignatureMismatch)),
    ] {
        assert_eq!(outcome(&svix(key), &request, TIME), want, "{label}");
    }
}

#[test]
fn asymmetric_signatures_count_for_asymmetric_keys_only() {
    let mismatch = Err(ErrorKind::SignatureMismatch);
    let body_of_v1a = &ASYMMETRIC_SIGNATURE[4..];
    let body_of_v1 = &SIGNATURE[3..];
    for (label, key, list, want) in [
        ("public key", PUBLIC_KEY, ASYMMETRIC_SIGNATURE.to_owned(), Ok(())),
        ("secret key", SECRET_KEY, ASYMMETRIC_SIGNATURE.to_owned(), Ok(())),
        ("another key", OTHER_PUBLIC_KEY, ASYMMETRIC_SIGNATURE.to_owned(), mismatch),
        ("mixed, read by the public key", PUBLIC_KEY, format!("{SIGNATURE} {ASYMMETRIC_SIGNATURE}"), Ok(())),
        ("mixed, read by the shared key", SECRET, format!("{ASYMMETRIC_SIGNATURE} {SIGNATURE}"), Ok(())),
        ("v1a before a shared key", SECRET, ASYMMETRIC_SIGNATURE.to_owned(), mismatch),
        ("v1 before a public key", PUBLIC_KEY, SIGNATURE.to_owned(), mismatch),
        ("v1a's text under v1", PUBLIC_KEY, format!("v1,{body_of_v1a}"), mismatch),
        ("v1's text under v1a", SECRET, format!("v1a,{body_of_v1}"), mismatch),
        ("empty", PUBLIC_KEY, "v1a,".to_owned(), mismatch),
        ("32 bytes", PUBLIC_KEY, format!("v1a,{body_of_v1}"), mismatch),
        ("last group cut", PUBLIC_KEY, format!("v1a,{}", &body_of_v1a[..84]), mismatch),
        ("a group more", PUBLIC_KEY, format!("v1a,{body_of_v1a}AAAA"), mismatch),
        ("not base64", PUBLIC_KEY, format!("v1a,{}", "!".repeat(88)), mismatch),
        ("all zero", PUBLIC_KEY, format!("v1a,{}==", "A".repeat(86)), mismatch),
        ("bad ones before the right one", PUBLIC_KEY, format!("v1a, v1a,AAAA {ASYMMETRIC_SIGNATURE}"), Ok(())),
    ] {
        assert_eq!(outcome(&svix(key), &svix_post(ID, TIME_TEXT, &list, BODY), TIME), want, "{label}");
    }
    for (label, id, time, body) in [
        ("another body", ID, TIME_TEXT, r#"{"test": 2432232315}"#),
        ("a longer body", ID, TIME_TEXT, "{\"test\": 2432232314} "),
        ("no body", ID, TIME_TEXT, ""),
        ("another id", "msg_p5jXN8AQM9LWM0D4loKWxJel", TIME_TEXT, BODY),
        ("another time", ID, "1614265331", BODY),
    ] {
        let got = outcome(&svix(PUBLIC_KEY), &svix_post(id, time, ASYMMETRIC_SIGNATURE, body), TIME);
        assert_eq!(got, mismatch, "{label}");
    }
    let round_trip = svix(SECRET_KEY).sign(&Message::new("something else", moment(TIME))).unwrap();
    assert_eq!(outcome(&svix(PUBLIC_KEY), &round_trip, TIME), Ok(()), "round trip");
    let no_key = svix(PUBLIC_KEY).sign(&Message::new(BODY, moment(TIME))).map(drop);
    assert_eq!(no_key, Err(SignError::NoSigningKey), "signing with a public key");
}

#[test]
fn a_signature_cannot_be_varied_without_the_key() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    // Adding the group's order to S gives a signature that a lax verifier takes as well.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut signature = STANDARD.decode(&ASYMMETRIC_SIGNATURE[4..]).unwrap();
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "the sum still fits");
    let request = svix_post(ID, TIME_TEXT, &format!("v1a,{}", STANDARD.encode(signature)), BODY);
    assert_eq!(outcome(&svix(PUBLIC_KEY), &request, TIME), Err(ErrorKind::SignatureMismatch));
}
