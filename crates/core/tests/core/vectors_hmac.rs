//! The schemes with an HMAC in one header: signatures computed elsewhere, verified and made again.
//!
//! The vectors for GitHub and RFC 4231 are published. Genius Referrals, Prefinery and Referral Rocket publish no signature
//! together with its secret. Theirs were computed with PHP, Java, Python and Node over invented bodies.

use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::{BodyHmac, Endpoint, ErrorKind, Message, Scheme, Variant, Verifier};

use crate::known::{moment, outcome, post};

const GENIUS_SECRET: &str = "grr-test-secret";
const GENIUS_JSON: &str = r#"{"event":"bonus_created","account_slug":"my-store","data":{"id":1042,"advocate_token":"cc6b0001","name":"Jos\u00e9 N\u00fa\u00f1ez","amount":10.5,"currency_code":"USD","url":"https:\/\/shop.example\/a?b=1&c=2","created":"2026-01-15T10:30:00+0000"}}"#;
const GENIUS_FORM: &str = "payload=%7B%22event%22%3A%22bonus_created%22%2C%22account_slug%22%3A%22my-store%22%2C%22data%22%3A%7B%22id%22%3A1042%2C%22advocate_token%22%3A%22cc6b0001%22%2C%22name%22%3A%22Jos%5Cu00e9+N%5Cu00fa%5Cu00f1ez%22%2C%22amount%22%3A10.5%2C%22currency_code%22%3A%22USD%22%2C%22url%22%3A%22https%3A%5C%2F%5C%2Fshop.example%5C%2Fa%3Fb%3D1%26c%3D2%22%2C%22created%22%3A%222026-01-15T10%3A30%3A00%2B0000%22%7D%7D";
const GENIUS_OF_JSON: &str = "sha256=9be7ab1a788822c195f30107827ef4daeef48c853297ba344480b3edcc40e7cf";
const GENIUS_OF_FORM: &str = "sha256=50e9e15fd263be2f4965b463145f7a4a3ae01436fed2d0a1113ef7de631f8e32";

const ROCKET_BODY: &str = r#"{"eventType":"referrer_added","data":{"participantId":1001,"firstName":"Ada","lastName":"Lovelace","email":"ada@example.com","code":"aB3dE5fG","campaignId":"Camp0rnTst","referredByCode":null,"referralReward":0,"referralRewardBalance":0,"referralRewardRedeemed":0,"refereeReward":0,"refereeRewardBalance":0,"refereeRewardRedeemed":0,"refereeActionCompleted":false,"refereeActionCompletedLabel":null,"rewardType":null,"rewardCurrency":"USD","createdOn":"2026-01-15T10:30:00.002+00:00","updatedOn":"2026-01-15T10:30:00.002+00:00","approval":true,"totalReferred":0,"totalCompletedReferred":0,"amountPaid":0,"paymentCount":0,"revenueGenerated":0,"rewardDue":0,"rewardPaid":0,"score":"Low","impressionCount":0},"createdAt":1768473000207,"updatedAt":1768473000207}"#;
const ROCKET_TIME: i64 = 1_768_473_000;
const ROCKET_HEX_SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn genius_referrals_signatures_made_elsewhere_verify_here() {
    let endpoint = Endpoint::<GeniusReferrals>::new(GENIUS_SECRET).unwrap();
    let bare = GENIUS_OF_JSON.trim_start_matches("sha256=");
    for (name, content_type, body, signature, want) in [
        ("JSON", "application/json", GENIUS_JSON, GENIUS_OF_JSON, Ok(Variant::RawBody)),
        ("JSON, bare digits", "application/json", GENIUS_JSON, bare, Ok(Variant::RawBody)),
        (
            "JSON, base64",
            "application/json",
            GENIUS_JSON,
            "m+erGniIIsGV8wEHgn702u70jIUyl7o0RICz7cxA588=",
            Ok(Variant::RawBody),
        ),
        ("form, raw", FORM, GENIUS_FORM, GENIUS_OF_FORM, Ok(Variant::RawBody)),
        ("form, decoded", FORM, GENIUS_FORM, GENIUS_OF_JSON, Ok(Variant::FormPayload)),
        (
            "JSON, signature of a body that was parsed and written again",
            "application/json",
            GENIUS_JSON,
            "90625f435e982788873d96755da50993c943f2fee526cd1637be2095f4b0da03",
            Err(ErrorKind::SignatureMismatch),
        ),
    ] {
        let headers = [("content-type", content_type), ("x-genius-referrals-signature-256", signature)];
        let got = endpoint.receive(&post(&headers, body), moment(0)).map(|delivery| delivery.variant());
        assert_eq!(got.map_err(|error| error.kind()), want, "{name}");
    }
}

#[test]
fn we_sign_genius_referrals_deliveries_as_others_do() {
    let endpoint = Endpoint::<GeniusReferrals>::new(GENIUS_SECRET).unwrap();
    let message = Message::new(GENIUS_JSON, moment(0));
    for (name, message, body, signature) in [
        ("JSON", message.clone(), GENIUS_JSON, GENIUS_OF_JSON),
        ("form, raw", message.clone().as_form(), GENIUS_FORM, GENIUS_OF_FORM),
        ("form, decoded", message.as_form().variant(Variant::FormPayload), GENIUS_FORM, GENIUS_OF_JSON),
    ] {
        let request = endpoint.sign(&message).unwrap();
        assert_eq!(request.headers()["x-genius-referrals-signature-256"], signature, "{name}");
        assert_eq!(request.body(), body, "{name}");
    }
}

#[test]
fn prefinery_signatures_made_elsewhere_verify_here_and_are_made_again() {
    const TIME: i64 = 1_612_540_400;
    let endpoint = Endpoint::<Prefinery>::new("prefinery-example-secret").unwrap();
    let json = br#"{"hello":"prefinery"}"#.as_slice();
    for (name, body, signature) in [
        ("JSON", json, "v1=669b568928728bb84eef7cfbb62ac6f8f8c7241c026aee9072a88945df37f596"),
        ("empty", b"", "v1=56e314230528d97d84a5caa5fb84ed201937f9f6aef47d485b26b4a7ff72206b"),
        ("not UTF-8", b"\xff\xfe\x00\x7b", "v1=6e1ae46c2cd39ea95da7a0e4075d92e68ca5bcc2b00a5722d315ae186a6ddb70"),
    ] {
        let header = format!("t={TIME},{signature}");
        let request = post(&[("x-prefinery-signature", &header)], body);
        let delivery = endpoint.receive(&request, moment(TIME)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(delivery.signed_at(), Some(moment(TIME)), "{name}");
        let signed = endpoint.sign(&Message::new(body, moment(TIME))).unwrap();
        assert_eq!(signed.headers()["x-prefinery-signature"], header, "{name}");
    }
}

#[test]
fn referral_rocket_signatures_made_elsewhere_verify_here_and_are_made_again() {
    for (name, secret, variant, signature) in [
        (
            "text key",
            "rr-test-secret",
            Variant::TextKey,
            "f1e19c82fff1eb4337357d8a88ad8fdd50e5c71e50e5195231e09c70373a198c",
        ),
        (
            "text key that looks like hexadecimal",
            ROCKET_HEX_SECRET,
            Variant::TextKey,
            "389afdf03be9c6c3d514a3ca76b61dce93cc8275cd4fb4e7e05a96e716acabe1",
        ),
        (
            "hexadecimal key",
            ROCKET_HEX_SECRET,
            Variant::HexKey,
            "06269ce64d3a4a82d38a0098c7ac431dd816fe113d40162f9fc0f554a45a3ef8",
        ),
    ] {
        let endpoint = Endpoint::<ReferralRocket>::new(secret).unwrap();
        let request = post(&[("x-rr-signature", signature)], ROCKET_BODY);
        let got = endpoint.receive(&request, moment(ROCKET_TIME)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(got.variant(), variant, "{name}");
        let message = Message::new(ROCKET_BODY, moment(ROCKET_TIME)).variant(variant);
        assert_eq!(endpoint.sign(&message).unwrap().headers()["x-rr-signature"], signature, "{name}");
    }
}

#[test]
fn a_signature_under_the_empty_key_is_refused() {
    // The vendor's JavaScript sample makes an empty or tiny key of these secrets.
    for secret in
        ["rr-test-secret", "abc123zz99", "deadbeef", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", ROCKET_HEX_SECRET]
    {
        let endpoint = Endpoint::<ReferralRocket>::new(secret).unwrap();
        let signature = "7aeb1f5af5cef6df60362032823edff08ecd86d850547a2342f91c503ba0ff4e";
        let got = endpoint.receive(&post(&[("x-rr-signature", signature)], ROCKET_BODY), moment(ROCKET_TIME));
        assert_eq!(got.map(drop).map_err(|error| error.kind()), Err(ErrorKind::SignatureMismatch), "{secret}");
    }
}

#[test]
fn githubs_published_check_value_holds() {
    let scheme = Scheme::BodyHmac(BodyHmac::new("x-hub-signature-256").prefixed());
    let verifier = Verifier::new(scheme, "It's a Secret to Everybody").unwrap();
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let request = verifier.sign(&Message::new("Hello, World!", moment(0))).unwrap();
    assert_eq!(request.headers()["x-hub-signature-256"], signature);
    assert_eq!(outcome(&verifier, &post(&[("x-hub-signature-256", signature)], "Hello, World!"), 0), Ok(()));
}

/// The test cases 1 to 7 of RFC 4231 for SHA-256: key in hexadecimal, data, HMAC. Case 5 publishes the first half.
fn rfc_4231() -> [(&'static str, String, Vec<u8>, &'static str); 7] {
    let long_key = "aa".repeat(131);
    [
        (
            "1",
            "0b".repeat(20),
            b"Hi There".to_vec(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            "2",
            // "Jefe"
            "4a656665".to_owned(),
            b"what do ya want for nothing?".to_vec(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        ("3", "aa".repeat(20), vec![0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            "4",
            "0102030405060708090a0b0c0d0e0f10111213141516171819".to_owned(),
            vec![0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        ("5", "0c".repeat(20), b"Test With Truncation".to_vec(), "a3b6167473100ee06e0c796c2955552b"),
        (
            "6",
            long_key.clone(),
            b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            "7",
            long_key,
            b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to \
              be hashed before being used by the HMAC algorithm."
                .to_vec(),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ]
}

#[test]
fn hmac_sha256_is_that_of_rfc_4231() {
    for (case, hex_key, data, hmac) in rfc_4231() {
        let scheme = Scheme::BodyHmac(BodyHmac::new("x-signature").or_hex_key());
        // The other keys are short or one byte repeated, and refused as secrets: they go in as bytes.
        let (verifier, variant) = match case {
            "1" | "4" | "5" => (Verifier::new(scheme, hex_key), Variant::HexKey),
            _ => {
                let digits =
                    (0..hex_key.len()).step_by(2).map(|at| u8::from_str_radix(&hex_key[at..at + 2], 16).unwrap());
                (Verifier::from_key(scheme, digits.collect::<Vec<_>>()), Variant::RawBody)
            }
        };
        let verifier = verifier.unwrap();
        let signed = verifier.sign(&Message::new(&data, moment(0)).variant(variant)).unwrap();
        let signature = signed.headers()["x-signature"].to_str().unwrap();
        let request = post(&[("x-signature", hmac)], &data);
        if hmac.len() == 64 {
            assert_eq!(signature, hmac, "case {case}");
            let verified = verifier.verify(&request, moment(0)).unwrap_or_else(|error| panic!("case {case}: {error}"));
            assert_eq!(verified.variant(), variant, "case {case}");
        } else {
            assert!(signature.starts_with(hmac), "case {case}: {signature}");
            let truncated = outcome(&verifier, &request, 0);
            assert_eq!(truncated, Err(ErrorKind::MalformedHeader("x-signature")), "case {case}");
        }
    }
}
