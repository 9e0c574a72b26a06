//! Svix and Standard Webhooks: signatures computed elsewhere, verified and made again.
//!
//! The vectors are those of the official libraries and documents. Those named "ours" were computed with PHP, Python and
//! Node, for cases without a published vector.

use bytes::Bytes;
use referral_webhooks::{ConfigError, ErrorKind, Message, Scheme, SignError, Svix, Variant, Verifier};

use crate::known::{
    BODY, ID, OTHER_SECRET, OTHER_SIGNATURE, SECRET, SIGNATURE, TIME, TIME_TEXT, moment, outcome, svix, svix_post,
};

struct Vector {
    name: &'static str,
    secret: &'static str,
    id: &'static str,
    time: i64,
    body: Vec<u8>,
    signature: &'static str,
}

/// A vector with the id and time that nearly all of them share.
fn usual(name: &'static str, secret: &'static str, body: impl AsRef<[u8]>, signature: &'static str) -> Vector {
    Vector { name, secret, id: ID, time: TIME, body: body.as_ref().to_vec(), signature }
}

fn symmetric() -> Vec<Vector> {
    vec![
        usual("usual message", SECRET, BODY, SIGNATURE),
        Vector {
            name: "another secret and body",
            secret: OTHER_SECRET,
            id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            time: 1_649_367_553,
            body: br#"{"email":"test@example.com","username":"test_user"}"#.to_vec(),
            signature: "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        },
        Vector {
            name: "a key of 18 bytes",
            secret: "whsec_plJ3nmyCDGBKInavdOK15jsl",
            id: "msg_loFOjxBNrRLzqYUf",
            time: 1_731_705_121,
            body: br#"{"event_type":"ping","data":{"success":true}}"#.to_vec(),
            signature: "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        },
        Vector {
            name: "a secret without prefix",
            secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            id: ID,
            time: 1_696_200_454,
            body: br#"{"type": "example.created", "timestamp":"2023-09-28T19:20:22+00:00", "data":{"str":"string","bool":true,"int":42}}"#
                .to_vec(),
            signature: "v1,GgjvufBlIj71MBIVQotYGb+xEC3LNXCsIZp0HsDC8qs=",
        },
        usual("1 MiB", SECRET, "a".repeat(1_048_576), "v1,txpEUxqWZJ5nteTnymUVa+7C4NHpBeXJ6CsBAW0c3/A="),
        usual("256 KiB", SECRET, "a".repeat(262_144), "v1,Mw4Pe2WgApuT7NSqnSq0PQPV9gbLdggCl9B865x5Xh0="),
        usual("a byte less", SECRET, "a".repeat(262_143), "v1,NTItnqyWMoFhk2Bbe5V/BMdcFRWgcSQaTgqLHX7FC7c="),
        usual(
            "unpadded secret of 23 bytes",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            BODY,
            "v1,LVOXivKoo4FWasi/IaHvzhE/u+7/cu2AME+zS/nXqzk=",
        ),
        usual(
            "unpadded secret of 25 bytes",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr",
            BODY,
            "v1,yK2tMbA6BHPrMEJ1lLv7UlJJbgFoqGenJkiajZ29evg=",
        ),
        usual("ours: empty body", SECRET, "", "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A="),
        usual(
            "ours: body that is not UTF-8",
            SECRET,
            b"\xff\xfe\x00\x7b",
            "v1,0hMAztfMmSZS4J8fptRZ0pYJpUPyh+LFy67cQnFB4zY=",
        ),
        usual("ours: H1's message under H2's secret", OTHER_SECRET, BODY, OTHER_SIGNATURE),
    ]
}

/// The secret key in every format in use, the public key, the signature of the usual message.
type Asymmetric = (&'static str, &'static [&'static str], &'static str, &'static str);

const ASYMMETRIC: [Asymmetric; 3] = [
    (
        "Svix server",
        &[
            "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
            "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=",
        ],
        "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    ),
    (
        "Standard Webhooks for JavaScript",
        &[
            "whsk_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGKiOPddAnxlf1S2y08ul1yymcJvx2UEhvzdIgBtA9vXA==",
            "whsk_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
        ],
        "whpk_iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=",
        "v1a,Ykcu7AtGZGmZxFEH1Gaa2Nd7feY/CTuruoL4fqgnKwfbHU4DhemoVHZdvGfIvKvn4BIgwktLGGPGIr/i9nK7AA==",
    ),
    (
        "Standard Webhooks for Go",
        &[
            "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTllmU3h6Dt1JKqLSahf2FBSTeius6i4rdBVBKUlrbjxz+A==",
            "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
        ],
        "whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=",
        "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
    ),
];

/// Signatures that the suites of the official libraries refuse for H1's message.
const DECOYS: [&str; 15] = [
    "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
    "v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
    "v1,dawfeoifkpqwoekfpqoekf",
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=",
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLawdd",
    "v1,R3PTzyfHASBKHH98a7yexTwaJ4yNIcGhFQc1yuN+BPU=",
    "v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ=",
    "v1,Mm7xgUVICxZfQ3bgf0h0Dof65L/IFx+PnZvnDWPCX6Q=",
    "v1,9DfC1c3eeOrXB6w/5dIDydLNQaEyww5KalE5jLBZucE=",
    "v1,invalid_signature",
    "invalid_signature",
    "BAD_SIG_NATURE",
    "v1,",
    "v1,g0hM9",
    "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
];

#[test]
fn signatures_made_elsewhere_verify_here() {
    for Vector { name, secret, id, time, body, signature } in symmetric() {
        let request = svix_post(id, &time.to_string(), signature, &body);
        let verifier = svix(secret);
        let verified = verifier.verify(&request, moment(time)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(verified.secret_index(), 0, "{name}");
        assert_eq!(verified.variant(), Variant::SvixHeaders, "{name}");
        assert_eq!(verified.message_id(), Some(id), "{name}");
        assert_eq!(verified.signed_at(), Some(moment(time)), "{name}");
        assert_eq!(*verified.payload(), body, "{name}");
    }
}

#[test]
fn we_sign_as_others_do() {
    for Vector { name, secret, id, time, body, signature } in symmetric() {
        let request = svix(secret).sign(&Message::new(&body, moment(time)).id(id)).unwrap();
        assert_eq!(request.headers()["svix-id"], id, "{name}");
        assert_eq!(request.headers()["svix-timestamp"], time.to_string(), "{name}");
        assert_eq!(request.headers()["svix-signature"], signature, "{name}");
        assert_eq!(*request.body(), Bytes::from(body), "{name}");
    }
}

#[test]
fn a_rotation_signs_with_both_secrets_and_verifies_under_each() {
    let both = svix(SECRET).or_previous(OTHER_SECRET).unwrap();
    let request = both.sign(&Message::new(BODY, moment(TIME)).id(ID)).unwrap();
    assert_eq!(request.headers()["svix-signature"], format!("{SIGNATURE} {OTHER_SIGNATURE}"));
    for (receiver, signatures, want) in [
        ("current", format!("{SIGNATURE} {OTHER_SIGNATURE}"), Ok(0)),
        ("previous", format!("{SIGNATURE} {OTHER_SIGNATURE}"), Ok(0)),
        ("both", format!("{SIGNATURE} {OTHER_SIGNATURE}"), Ok(0)),
        ("both", OTHER_SIGNATURE.to_owned(), Ok(1)),
        ("current", OTHER_SIGNATURE.to_owned(), Err(ErrorKind::SignatureMismatch)),
        ("previous", SIGNATURE.to_owned(), Err(ErrorKind::SignatureMismatch)),
    ] {
        let verifier = match receiver {
            "current" => svix(SECRET),
            "previous" => svix(OTHER_SECRET),
            _ => svix(SECRET).or_previous(OTHER_SECRET).unwrap(),
        };
        let request = svix_post(ID, TIME_TEXT, &signatures, BODY);
        let got = verifier.verify(&request, moment(TIME)).map(|verified| verified.secret_index());
        assert_eq!(got.map_err(|error| error.kind()), want, "{receiver} secret, {signatures}");
    }
}

#[test]
fn foreign_asymmetric_signatures_verify_under_every_key_format() {
    for (name, secret_keys, public_key, signature) in ASYMMETRIC {
        let request = svix_post(ID, TIME_TEXT, signature, BODY);
        for key in secret_keys.iter().chain([&public_key]) {
            assert_eq!(outcome(&svix(key), &request, TIME), Ok(()), "{name} with {key}");
        }
    }
}

#[test]
fn asymmetric_signing_is_deterministic_and_agrees_with_others() {
    for (name, secret_keys, public_key, signature) in ASYMMETRIC {
        let message = Message::new(BODY, moment(TIME)).id(ID);
        for key in secret_keys {
            let request = svix(key).sign(&message).unwrap();
            assert_eq!(request.headers()["svix-signature"], signature, "{name} with {key}");
        }
        assert_eq!(svix(public_key).sign(&message).map(drop), Err(SignError::NoSigningKey), "{name}");
    }
}

#[test]
fn an_asymmetric_signature_fails_under_another_key() {
    for (name, _, public_key, _) in ASYMMETRIC {
        for (other, _, _, signature) in ASYMMETRIC.iter().filter(|(other, ..)| *other != name) {
            let got = outcome(&svix(public_key), &svix_post(ID, TIME_TEXT, signature, BODY), TIME);
            assert_eq!(got, Err(ErrorKind::SignatureMismatch), "{other} under the key of {name}");
        }
    }
}

#[test]
fn decoys_are_refused() {
    let verifier = svix(SECRET);
    for decoy in DECOYS {
        let got = outcome(&verifier, &svix_post(ID, TIME_TEXT, decoy, BODY), TIME);
        assert_eq!(got, Err(ErrorKind::SignatureMismatch), "{decoy}");
    }
}

#[test]
fn a_public_key_of_small_order_is_refused() {
    // The eight points of small order. Anyone can forge signatures under them.
    for point in [
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA=",
        "7P///////////////////////////////////////38=",
        "JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/AU=",
        "JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/IU=",
        "xxdqcD1N2E+6PAt2DRBnDyogU/osOczGTsf9d5KsA3o=",
        "xxdqcD1N2E+6PAt2DRBnDyogU/osOczGTsf9d5KsA/o=",
    ] {
        let got = Verifier::new(Scheme::Svix(Svix), format!("whpk_{point}"));
        assert_eq!(got.map(drop), Err(ConfigError::BadAsymmetricKey), "{point}");
    }
}
