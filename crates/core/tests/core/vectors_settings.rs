//! The settings of the HMAC schemes: encodings, prefixes, element names, units, owned names. Signatures of others.
//!
//! The signatures of platforms are those of their fact sheets, computed with the vendors' published recipes or with a second
//! HMAC over invented bodies. The others were computed with OpenSSL 3.0 (`openssl dgst -sha256 -hmac`).

use referral_webhooks::{BodyHmac, ErrorKind, Message, Scheme, Svix, TimestampedHmac, Trust, Variant, Verifier};
use time::{Duration, OffsetDateTime};

use crate::known::{moment, outcome, post};

const SECRET: &str = "correct horse battery staple";
const BODY: &str = r#"{"id":"evt_1","amount":4900}"#;
const HEX: &str = "3d6d7f2bf7ed81a1052e4f2df6af63ee46bb714f0b5a98b30a79426c84010e1b";
const BASE64: &str = "PW1/K/ftgaEFLk8t9q9j7ka7cU8LWpizCnlCbIQBDhs=";

const DUB_BODY: &str = r#"{"id":"evt_AbCdEfGhIjKlMnOpQrStUvWxY","event":"commission.created","createdAt":"2026-01-15T10:30:00.207Z","data":{"id":"cm_1TESTCOMMISSION0000000001","type":"sale","amount":4900,"earnings":980,"currency":"usd","status":"pending","invoiceId":"in_test_981","description":null,"quantity":1,"userId":null,"createdAt":"2026-01-15T10:30:00.002Z","updatedAt":"2026-01-15T10:30:00.002Z","partner":{"id":"pn_1TESTPARTNER0000000000001","name":"Ada Lovelace","email":"ada@example.com","image":null,"payoutsEnabledAt":null,"country":"GB","totalClicks":12,"totalLeads":3,"totalConversions":1,"totalSales":1,"totalSaleAmount":4900,"totalCommissions":980},"customer":{"id":"cus_1TESTCUSTOMER000000000001","externalId":"user_1002","name":"Grace","email":"grace@example.com","avatar":null,"country":"US","sales":1,"saleAmount":4900,"createdAt":"2026-01-15T10:29:59.000Z"},"link":{"id":"link_test_0001","shortLink":"https://go.example.com/ada","domain":"go.example.com","key":"ada"}}}"#;
const DUB_SECRET: &str = "whsec_000102030405060708090a0b0c0d0e0f";
const GROWSURF_BODY: &str = r#"{"event":"PARTICIPANT_REACHED_A_GOAL","createdAt":1768473000207,"data":{"participant":{"id":"x9a7uu","email":"ada@example.com","firstName":"Ada","lastName":"Lovelace","referralCount":1,"shareUrl":"https://shop.example/?grsf=x9a7uu","createdAt":1768386600000,"referralSource":"DIRECT","fraudRiskLevel":"LOW","fraudReasonCode":"UNIQUE_IDENTITY","metadata":{},"unsubscribed":false},"reward":{"approved":true,"conversionsRequired":1,"createdAt":1768473000100,"approvedAt":1768473000150,"fulfilledAt":null,"isReferrer":true,"type":"SINGLE_SIDED","rewardId":"crew_test01","id":"prew_test01","referrerId":"x9a7uu","referredId":"ad3dfa","metadata":{}},"campaign":{"id":"ct8f71","name":"Example","type":"REFERRAL","currencyISO":"USD","rewards":[]}}}"#;
const LOYALTYLION_BODY: &str = r#"{"id":"bff1bddb-0000-4c2c-9619-18744657053c","topic":"program_events/customer.referral_complete","created_at":"2026-01-15T10:30:05.000Z","payload":{"properties":{"referring_customer":{"id":6932,"merchant_id":"u_1001","email":"ada@example.com","points_approved":200,"points_pending":0,"points_spent":0,"rewards_claimed":0,"properties":{"name":"Ada Lövelace"},"metadata":{},"blocked":false,"guest":false,"enrolled":true,"referral_id":null,"created_at":"2026-01-01T03:00:00.000Z","updated_at":"2026-01-15T10:30:00.000Z"},"referred_customer":{"id":45254,"merchant_id":"u_1002","email":"grace@example.com"},"activity":{"id":991},"order":{"id":771}}}}"#;
const REFERSION_BODY: &str = r#"{"id":90210,"created":"2026-01-15T10:30:00+00:00","status":"APPROVED","denied_reason_code":null,"is_recurring":false,"total_items":1,"total":"49.00","commission_total":"9.80","currency":"USD","is_test_conversion":false,"payment_status":"UNPAID","affiliate":{"id":"7","code":"ada","first_name":"Ada","last_name":"Lovelace","email":"ada@example.com"},"offer":{"id":1,"name":"Default","type":"PERCENT_OF_SALE","amount":"20.00"},"customer":{"name":"Grace","email":"grace@example.com","browser_ip":"192.0.2.11"},"coupon_code":null,"order_id":"order-981","source":"SHOPIFY"}"#;

const HEADER: BodyHmac = BodyHmac::new("x-shop-signature");

fn verifier(scheme: BodyHmac, secret: &str) -> Verifier {
    Verifier::new(Scheme::BodyHmac(scheme), secret).unwrap()
}

#[test]
fn foreign_signatures_of_platforms_verify_and_are_reproduced() {
    for (name, scheme, secret, header, signature, body) in [
        (
            "Dub",
            BodyHmac::new("dub-signature"),
            DUB_SECRET,
            "dub-signature",
            "e52c8c258fa8c5b35e736e46b2d5c7a44587472068d13d02a1be3e9824390c1b",
            DUB_BODY,
        ),
        (
            "LoyaltyLion",
            BodyHmac::try_new("X-LoyaltyLion-Hmac-SHA256").unwrap().base64(),
            "loyaltylion-test-secret",
            "x-loyaltylion-hmac-sha256",
            "Z9ZipdoY9BPoP7XQ9tuO9qtdv1rBap+fZBLGeIKaOOg=",
            LOYALTYLION_BODY,
        ),
        (
            "Refersion",
            BodyHmac::new("refersion-signature").base64(),
            "refersion-test-secret",
            "refersion-signature",
            "kLr9ejj49M0MYk5k3TtEFHTwYZdtNam9CAyOMijTeEs=",
            REFERSION_BODY,
        ),
    ] {
        let verifier = verifier(scheme, secret);
        assert_eq!(outcome(&verifier, &post(&[(header, signature)], body), 0), Ok(()), "{name}");
        let signed = verifier.sign(&Message::new(body, moment(0))).unwrap();
        assert_eq!(signed.headers()[header], signature, "{name}");
        for (label, request, want) in [
            ("cut body", post(&[(header, signature)], &body[..body.len() - 1]), ErrorKind::SignatureMismatch),
            ("doubled", post(&[(header, signature), (header, signature)], body), ErrorKind::RepeatedHeader(header)),
            ("no header", post::<&str>(&[], body), ErrorKind::MissingHeader(header)),
        ] {
            assert_eq!(outcome(&verifier, &request, 0), Err(want), "{name}, {label}");
        }
    }
}

#[test]
fn a_key_read_the_svix_way_is_refused() {
    let verifier = verifier(BodyHmac::new("dub-signature"), DUB_SECRET);
    let signature = "ace9ac008ae8455f6047176deba3a4f3db8fcb1b1e58ac3d24d2768c10390741";
    let got = outcome(&verifier, &post(&[("dub-signature", signature)], DUB_BODY), 0);
    assert_eq!(got, Err(ErrorKind::SignatureMismatch));
    // The Svix scheme can decode the same text, and makes another key of it.
    let svix = Verifier::new(Scheme::Svix(Svix), DUB_SECRET).unwrap();
    let names = [&svix, &verifier].map(|verifier| verifier.fingerprints().next().unwrap().1);
    assert_ne!(names[0], names[1]);
}

#[test]
fn each_encoding_is_the_same_in_both_directions() {
    let malformed = Err(ErrorKind::MalformedHeader("x-shop-signature"));
    for (name, scheme, hex, base64, signed) in [
        ("hexadecimal", HEADER, Ok(()), malformed, HEX),
        ("base64", HEADER.base64(), malformed, Ok(()), BASE64),
        ("either", HEADER.or_base64(), Ok(()), Ok(()), HEX),
        ("base64, then either", HEADER.base64().or_base64(), Ok(()), Ok(()), HEX),
        ("either, then base64", HEADER.or_base64().base64(), malformed, Ok(()), BASE64),
    ] {
        let verifier = verifier(scheme, SECRET);
        let request = verifier.sign(&Message::new(BODY, moment(0))).unwrap();
        assert_eq!(request.headers()["x-shop-signature"], signed, "{name}");
        let upper = HEX.to_uppercase();
        for (claimed, want) in [(HEX, hex), (&*upper, hex), (BASE64, base64)] {
            let got = outcome(&verifier, &post(&[("x-shop-signature", claimed)], BODY), 0);
            assert_eq!(got, want, "{name}: {claimed}");
        }
        for wrong in [
            &HEX[1..],
            &BASE64[..43],
            &BASE64.replace('/', "_").replace('+', "-"),
            &BASE64.to_lowercase(),
            &format!("{HEX}{HEX}"),
            "",
        ] {
            assert!(outcome(&verifier, &post(&[("x-shop-signature", wrong)], BODY), 0).is_err(), "{name}: {wrong}");
        }
    }
}

#[test]
fn a_prefix_is_written_and_is_optional_when_read() {
    let malformed = Err(ErrorKind::MalformedHeader("x-shop-signature"));
    for (name, scheme, signed, also, never) in [
        ("none", HEADER, HEX.to_owned(), format!("SHA256={HEX}"), format!("v1={HEX}")),
        ("sha256=", HEADER.prefixed(), format!("sha256={HEX}"), HEX.to_owned(), format!("sha256 {HEX}")),
        ("v1=", HEADER.with_prefix("v1="), format!("v1={HEX}"), format!("V1={HEX}"), format!("sha256={HEX}")),
        (
            "words",
            HEADER.with_prefix("HMAC SHA256 "),
            format!("HMAC SHA256 {HEX}"),
            HEX.to_owned(),
            format!("HMAC {HEX}"),
        ),
        ("base64", HEADER.with_prefix("v1,").base64(), format!("v1,{BASE64}"), BASE64.to_owned(), format!("v1,{HEX}")),
        // The prefix looks like the first digits of the signature.
        ("digits", HEADER.with_prefix("3d"), format!("3d{HEX}"), HEX.to_owned(), format!("3d3d{HEX}")),
        ("owned", HEADER.try_with_prefix("sig:").unwrap(), format!("sig:{HEX}"), HEX.to_owned(), format!("sig{HEX}")),
    ] {
        let verifier = verifier(scheme, SECRET);
        let request = verifier.sign(&Message::new(BODY, moment(0))).unwrap();
        assert_eq!(request.headers()["x-shop-signature"], signed, "{name}");
        for (claimed, want) in [(signed, Ok(())), (also, Ok(())), (never, malformed)] {
            let got = outcome(&verifier, &post(&[("x-shop-signature", &claimed)], BODY), 0);
            assert_eq!(got, want, "{name}: {claimed}");
        }
    }
}

#[test]
fn other_element_names_and_milliseconds_verify_a_foreign_signature() {
    const HEADER: &str = "ts=1768473001000,v=f2a98c1704c9bef57d048efff0cde1876e3331153321130dcc9148a173456c9f";
    let settings = TimestampedHmac::new("growsurf-signature").with_elements("ts", "v").in_milliseconds();
    let owned = TimestampedHmac::try_new("GrowSurf-Signature").unwrap().try_with_elements("ts", "v").unwrap();
    let now = moment(1_768_473_001);
    for scheme in [settings, owned.in_milliseconds()] {
        let verifier = Verifier::new(Scheme::TimestampedHmac(scheme), "growsurf-test-secret").unwrap();
        let request = post(&[("growsurf-signature", HEADER)], GROWSURF_BODY);
        let verified = verifier.verify(&request, now).unwrap();
        assert_eq!((verified.signed_at(), verified.trust()), (Some(now), Trust::Signed));
        assert_eq!(verified.variant(), Variant::Timestamped);
        let signed = verifier.sign(&Message::new(GROWSURF_BODY, now)).unwrap();
        assert_eq!(signed.headers()["growsurf-signature"], HEADER);
        let header = "growsurf-signature";
        for (label, request, want) in [
            ("cut body", post(&[(header, HEADER)], &GROWSURF_BODY[1..]), ErrorKind::SignatureMismatch),
            ("doubled", post(&[(header, HEADER), (header, HEADER)], GROWSURF_BODY), ErrorKind::RepeatedHeader(header)),
            (
                "t, v1",
                post(&[(header, HEADER.replace("ts=", "t=").replace("v=", "v1="))], GROWSURF_BODY),
                ErrorKind::MalformedHeader(header),
            ),
            (
                "two times",
                post(&[(header, format!("ts=1768473001000,{HEADER}"))], GROWSURF_BODY),
                ErrorKind::MalformedHeader(header),
            ),
            (
                "another time",
                post(&[(header, HEADER.replace("1000,", "1001,"))], GROWSURF_BODY),
                ErrorKind::SignatureMismatch,
            ),
        ] {
            assert_eq!(outcome(&verifier, &request, 1_768_473_001), Err(want), "{label}");
        }
    }
}

/// Returns the error of a genuine request with this time, at this clock.
fn refusal(scheme: TimestampedHmac, time: i64, now: OffsetDateTime) -> Option<referral_webhooks::Error> {
    let verifier = Verifier::new(Scheme::TimestampedHmac(scheme), SECRET).unwrap();
    let tag = crate::known::tag(SECRET, &[time.to_string().as_bytes(), b".", BODY.as_bytes()]);
    let header = format!("t={time},v1={}", crate::known::hex(&tag));
    verifier.verify(&post(&[("x-shop-signature", header)], BODY), now).err()
}

#[test]
fn milliseconds_are_compared_with_the_tolerance_to_the_millisecond() {
    const NOW: i64 = 1_768_473_001;
    let scheme = TimestampedHmac::new("x-shop-signature").in_milliseconds();
    let now = moment(NOW) + Duration::milliseconds(7);
    for (age, want) in [
        (0, None),
        (300_000, None),
        (300_001, Some((ErrorKind::TooOld, Some(301)))),
        (301_000, Some((ErrorKind::TooOld, Some(301)))),
        (-300_000, None),
        (-300_001, Some((ErrorKind::TooNew, Some(-301)))),
    ] {
        let got = refusal(scheme.clone(), NOW * 1000 + 7 - age, now).map(|error| (error.kind(), error.age()));
        assert_eq!(got, want, "{age} ms old");
    }
}

#[test]
fn a_time_in_the_wrong_unit_is_named_in_both_directions() {
    const NOW: i64 = 1_768_473_001;
    let seconds = TimestampedHmac::new("x-shop-signature");
    let milliseconds = seconds.clone().in_milliseconds();
    let as_seconds = "signed in the future (the time looks like milliseconds and is read as seconds)";
    let as_milliseconds = "signed too long ago (the time looks like seconds and is read as milliseconds)";
    for (label, scheme, time, want) in [
        ("milliseconds, read as seconds", &seconds, NOW * 1000, as_seconds),
        ("milliseconds of yesterday, read as seconds", &seconds, (NOW - 86_400) * 1000, as_seconds),
        ("seconds, read as milliseconds", &milliseconds, NOW, as_milliseconds),
        ("seconds of yesterday, read as milliseconds", &milliseconds, NOW - 86_400, as_milliseconds),
        ("seconds, late", &seconds, NOW - 400, "signed too long ago (by our clock 400 s old)"),
        ("milliseconds, late", &milliseconds, (NOW - 400) * 1000, "signed too long ago (by our clock 400 s old)"),
        ("seconds, a year ahead", &seconds, NOW + 31_536_000, "signed in the future (by our clock 31536000 s ahead)"),
        ("zero", &milliseconds, 0, "signed too long ago (by our clock 1768473001 s old)"),
    ] {
        let error = refusal(scheme.clone(), time, moment(NOW)).unwrap();
        assert_eq!(error.to_string(), want, "{label}");
        let is_unit = error.age().is_none();
        assert_eq!(error.advice().to_string().contains("this platform's is in"), is_unit, "{label}");
    }
    // A clock that was never set is near 1970, where both units look alike.
    let error = refusal(seconds.clone(), NOW, moment(86_400)).unwrap();
    assert_eq!((error.kind(), error.age()), (ErrorKind::TooNew, Some(86_400 - NOW)));
    // The largest number saturates in both units.
    for scheme in [seconds, milliseconds] {
        assert_eq!(refusal(scheme, i64::MAX, moment(NOW)).unwrap().kind(), ErrorKind::TooNew);
    }
}

#[test]
fn advice_names_weak_algorithms_and_other_encodings() {
    let hex = Verifier::new(Scheme::BodyHmac(HEADER), SECRET).unwrap();
    let base64 = Verifier::new(Scheme::BodyHmac(HEADER.base64()), SECRET).unwrap();
    let timestamped = Verifier::new(Scheme::TimestampedHmac(TimestampedHmac::new("x-shop-signature")), SECRET).unwrap();
    let (sha1, md5) = ("35ea1e3f0db74990b6ca5c43fa31b233973e0975", "57JYZuGb74Fzfgb62VfN2A==");
    for (verifier, value, want) in [
        (&hex, sha1.to_owned(), "the signature has the length of SHA-1"),
        (&hex, format!("sha1={sha1}"), "the signature has the length of SHA-1"),
        (&base64, md5.to_owned(), "the signature has the length of MD5"),
        (&timestamped, format!("t=0,v1={sha1}"), "the signature has the length of SHA-1"),
        (&hex, BASE64.to_owned(), "right header, and the signature is in base64"),
        (&timestamped, format!("t=0,v1={BASE64}"), "right header, and the signature is in base64"),
        (&base64, HEX.to_owned(), "right header, and the signature is in hexadecimal"),
        (&base64, format!("sha256={HEX}"), "right header, and the signature is in hexadecimal"),
        (&hex, "nonsense".to_owned(), "`x-shop-signature` is not in this platform's format"),
        (&hex, "0".repeat(64), "first, the raw body may have been altered"),
        (&timestamped, format!("t=0,v1={}", "0".repeat(64)), "first, the raw body may have been altered"),
    ] {
        let error = verifier.verify(&post(&[("x-shop-signature", &value)], BODY), moment(0)).map(drop).unwrap_err();
        let advice = error.advice().to_string();
        assert!(advice.starts_with(want), "{value}: {advice}");
        assert!(!format!("{error} {error:?} {advice}").contains(&value), "{value}");
    }
}

#[test]
fn a_prefixed_secret_of_hexadecimal_digits_is_no_doubt() {
    for (secret, is_doubtful) in [
        (DUB_SECRET, false),
        ("whsec_9f2c61d3a07b4e58c1d06f7b2a9e3c45", false),
        ("whsec_9F2C61D3A07B4E58C1D06F7B2A9E3C45", false),
        ("pbsec_9f2c61d3a07b4e58c1d06f7b2a9e3c45", false),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true),
        ("whsec_9f2c61d3a07b4e58", true),
    ] {
        for scheme in [Scheme::BodyHmac(HEADER), Scheme::TimestampedHmac(TimestampedHmac::new("x-shop-signature"))] {
            let verifier = Verifier::new(scheme, secret).unwrap_or_else(|error| panic!("{secret}: {error}"));
            assert_eq!(!verifier.weaknesses().is_empty(), is_doubtful, "{secret}");
        }
    }
    // Every secret of this form is accepted, whatever its digits decode to.
    for number in 0..2_000_u32 {
        let digits = crate::known::hex(&crate::known::tag("any", &[&number.to_be_bytes()])[..16]);
        let secret = format!("whsec_{digits}");
        assert!(
            Verifier::new(Scheme::BodyHmac(HEADER), &secret).is_ok_and(|it| it.weaknesses().is_empty()),
            "{secret}"
        );
    }
}
