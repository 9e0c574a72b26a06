//! JWK sets as secrets: accidents, rotation, names, storage.

use referral_webhooks::{ConfigError, ErrorKind, Message, SecretRole, Trust, Verifier};
use time::OffsetDateTime;

use super::known::{
    D, EC_D, N, X, Y, decode, ec, encode, es256, outcome, rs256, rsa, rsa_private, scheme, set, signed, verifier,
};

fn modulus(bytes: &[u8]) -> String {
    format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, encode(bytes))
}

#[test]
fn the_accident_of_a_key_set_is_named() {
    use ConfigError as E;
    let n = decode(N);
    let with_e = |e: &str| format!(r#"{{"kty":"RSA","n":"{N}","e":"{e}"}}"#);
    let of_bits = |bits: usize| {
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] >>= bytes.len() * 8 - bits;
        modulus(&bytes)
    };
    let many = |count: usize| set(&(0..count).map(|kid| rsa(&format!(r#","kid":"{kid}""#))).collect::<Vec<_>>());
    let long = format!(r#"{{"keys":[{}],"x":"{}"}}"#, rsa(""), "y".repeat(70_000));
    let other_half = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LM";
    let rows: Vec<(String, Option<E>)> = vec![
        (rsa(""), None),
        (ec(""), None),
        (set(&[rsa(""), ec("")]), None),
        (format!("\n\t {} \r\n", set(&[rsa("")])), None),
        (format!("{{\n  \"keys\" : [\n    {}\n  ]\n}}", rsa(r#", "alg" : "RS256", "x5c" : ["MIIC"]"#)), None),
        // Keys of other purposes are ignored, and at least one must remain.
        (set(&[rsa(r#","use":"enc""#), rsa(r#","kid":"1""#)]), None),
        (set(&[rsa(r#","alg":"RS512""#), ec("")]), None),
        (set(&[r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#.into(), ec("")]), None),
        (set(&[r#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#.into(), ec("")]), None),
        (rsa(r#","key_ops":["verify"]"#), None),
        (set(&[rsa(r#","use":"enc""#)]), Some(E::NoJwkForSignatures)),
        (rsa(r#","use":"enc""#), Some(E::NoJwkForSignatures)),
        (rsa(r#","alg":"PS256""#), Some(E::NoJwkForSignatures)),
        (rsa(r#","alg":"HS256""#), Some(E::NoJwkForSignatures)),
        (rsa(r#","alg":"none""#), Some(E::NoJwkForSignatures)),
        (rsa(r#","alg":"ES256""#), Some(E::NoJwkForSignatures)),
        (ec(r#","alg":"RS256""#), Some(E::NoJwkForSignatures)),
        (rsa(r#","key_ops":["encrypt"]"#), Some(E::NoJwkForSignatures)),
        (rsa(r#","key_ops":["sign"]"#), Some(E::NoJwkForSignatures)),
        (rsa(r#","key_ops":[]"#), Some(E::NoJwkForSignatures)),
        (set(&[]), Some(E::NoJwkForSignatures)),
        (r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#.into(), Some(E::NoJwkForSignatures)),
        // Keys that must not be there.
        (set(&[rsa(&rsa_private())]), Some(E::PrivateJwk)),
        (set(&[rsa(""), ec(&format!(r#","d":"{EC_D}""#))]), Some(E::PrivateJwk)),
        (set(&[rsa(&format!(r#","d":"{D}""#))]), Some(E::PrivateJwk)),
        (set(&[rsa(r#","p":"AQ""#)]), Some(E::PrivateJwk)),
        (set(&[rsa(r#","use":"enc","d":"AQ""#), rsa("")]), Some(E::PrivateJwk)),
        (set(&[rsa(r#","oth":[]"#)]), Some(E::PrivateJwk)),
        (r#"{"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}]}"#.into(), Some(E::SymmetricJwk)),
        (set(&[rsa(""), r#"{"kty":"oct","k":"AA"}"#.into()]), Some(E::SymmetricJwk)),
        (r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}"#.into(), Some(E::SymmetricJwk)),
        (rsa(r#","k":"AA""#), Some(E::SymmetricJwk)),
        // A sender's key.
        (rsa(&rsa_private()), None),
        (ec(&format!(r#","d":"{EC_D}""#)), None),
        (ec(&format!(r#","d":"{EC_D}","key_ops":["sign"]"#)), None),
        (rsa(&format!(r#","d":"{D}""#)), Some(E::BadJwk)),
        (ec(&format!(r#","d":"{other_half}""#)), Some(E::KeyHalvesDiffer)),
        (rsa(&rsa_private().replace("\"p\":\"4BzE", "\"p\":\"4BzF")), Some(E::KeyHalvesDiffer)),
        // Sizes, exponents, points.
        (of_bits(2047), Some(E::RsaKeySize)),
        (of_bits(2048), None),
        (of_bits(8192), None),
        (of_bits(8193), Some(E::RsaKeySize)),
        (of_bits(1024), Some(E::RsaKeySize)),
        (set(&[rsa(""), of_bits(1024)]), Some(E::RsaKeySize)),
        (modulus(&[&[0][..], &n].concat()), None),
        (modulus(&[0; 256]), Some(E::BadJwk)),
        (modulus(&[&n[..255], &[0xa0]].concat()), Some(E::BadJwk)),
        (with_e("AQAB"), None),
        (with_e("AAEAAQ"), None),
        (with_e("AQ"), Some(E::RsaExponent)),
        (with_e("Aw"), Some(E::RsaExponent)),
        (with_e("AQAA"), Some(E::RsaExponent)),
        (with_e("_____w"), None),
        (with_e("AQAAAAE"), Some(E::RsaExponent)),
        (with_e(N), Some(E::RsaExponent)),
        (with_e(""), Some(E::BadJwk)),
        (with_e("AA"), Some(E::BadJwk)),
        (with_e("AQAB="), Some(E::BadJwk)),
        (with_e("AQ=="), Some(E::BadJwk)),
        (with_e("AR"), Some(E::BadJwk)),
        (with_e("65537"), Some(E::BadJwk)),
        (format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, N.replace('-', "+")), Some(E::BadJwk)),
        (format!(r#"{{"kty":"RSA","n":"{N}"}}"#), Some(E::BadJwk)),
        (r#"{"kty":"RSA","e":"AQAB"}"#.into(), Some(E::BadJwk)),
        (format!(r#"{{"kty":"RSA","n":"{N}","e":65537}}"#), Some(E::BadJwk)),
        (format!(r#"{{"kty":"RSA","n":"{N}","e":"AQAB","e":"AQAB"}}"#), Some(E::BadJwk)),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}"}}"#), Some(E::BadJwk)),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{Y}","y":"{X}"}}"#), Some(E::BadJwk)),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{X}"}}"#), Some(E::BadJwk)),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"AA"}}"#), Some(E::BadJwk)),
        (ec(r#","kid":"""#), Some(E::BadJwk)),
        (ec(r#","kid":7"#), Some(E::BadJwk)),
        (ec(&format!(r#","kid":"{}""#, "k".repeat(257))), Some(E::BadJwk)),
        (set(&[rsa(r#","kid":"1""#), rsa(r#","kid":"1""#)]), Some(E::RepeatedKid)),
        (set(&[rsa(r#","kid":"1""#), ec(r#","kid":"1""#)]), None),
        (many(32), None),
        (many(33), Some(E::TooManyJwks)),
        (long, Some(E::TooManyJwks)),
        // No key set.
        ("{}".into(), Some(E::NotAJwkSet)),
        (r#"{"keys":{}}"#.into(), Some(E::BadJwk)),
        (r#"{"keys":["x"]}"#.into(), Some(E::BadJwk)),
        (format!(r#"{{"keys":[],{}"#, &rsa("")[1..]), Some(E::NotAJwkSet)),
        (format!("{},", rsa("")), Some(E::NotAJwkSet)),
        (format!("[{}]", rsa("")), Some(E::NotAJwkSet)),
        (rsa("")[..40].to_owned(), Some(E::NotAJwkSet)),
        (rsa("").replace('"', "'"), Some(E::NotAJwkSet)),
        (format!("\u{feff}{}", rsa("")), Some(E::InvisibleCharacter)),
        ("".into(), Some(E::EmptySecret)),
        (" \n".into(), Some(E::EmptySecret)),
        ("changeme".into(), Some(E::Placeholder)),
        ("${JWKS}".into(), Some(E::Reference)),
        ("{{ jwks }}".into(), Some(E::Reference)),
        ("https://app.example.com/.well-known/jwks.json".into(), Some(E::Address)),
        ("/etc/keys/jwks.json".into(), Some(E::Address)),
        ("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----".into(), Some(E::OtherCredential)),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(), Some(E::NotAJwkSet)),
    ];
    for (secret, want) in rows {
        let (verifier, first) = (Verifier::new(scheme(), &secret), Verifier::new(scheme(), ec("")).unwrap());
        assert_eq!(verifier.as_ref().err().copied(), want, "{secret}");
        assert_eq!(first.clone().or_previous(&secret).err(), want, "as a previous secret: {secret}");
        assert_eq!(first.reopens_with(&secret).err(), want, "as a reopening secret: {secret}");
        if !matches!(secret.chars().next(), Some('{' | '\n')) {
            continue;
        }
        assert_eq!(Verifier::from_key(scheme(), &secret).err(), want, "as bytes: {secret}");
    }
}

#[test]
fn a_private_key_is_a_weakness_and_a_public_set_is_none() {
    for (secret, word) in [
        (rsa(""), None),
        (set(&[rsa(""), ec("")]), None),
        (rsa(&rsa_private()), Some("holds a private key")),
        (ec(&format!(r#","d":"{EC_D}""#)), Some("holds a private key")),
        (scheme().secret_from(&[3; 32]), Some("published with this crate")),
    ] {
        let found = verifier(&secret).weaknesses().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert_eq!(!found.is_empty(), word.is_some(), "{found}");
        assert!(found.contains(word.unwrap_or_default()), "{found}");
    }
}

#[test]
fn the_published_keys_are_eight_different_ones() {
    let secrets: std::collections::BTreeSet<String> =
        (0..=255).map(|first| scheme().secret_from(&[first; 32])).collect();
    assert_eq!(secrets.len(), 8);
    for secret in secrets {
        let sender = verifier(&secret);
        let request = sender.sign(&Message::new("{}", OffsetDateTime::UNIX_EPOCH)).unwrap();
        assert_eq!(outcome(&sender, &request), Ok(()));
    }
}

#[test]
fn every_set_of_a_rotation_is_tried() {
    let first = set(&[rsa(r#","kid":"1""#)]);
    let second = set(&[ec(r#","kid":"2""#)]);
    // The same name for another key, as after a reset of the platform's counter.
    let renamed = set(&[format!(r#"{{"kty":"RSA","kid":"1","n":"{}","e":"AQAB"}}"#, N.replacen("ofgW", "ofgX", 1))]);
    let of_first = signed(r#"{"alg":"RS256","kid":"1"}"#, "{}", rs256);
    let of_second = signed(r#"{"alg":"ES256","kid":"2"}"#, "{}", es256);
    let index = |verifier: &Verifier, request| {
        let verified = verifier.verify(request, OffsetDateTime::UNIX_EPOCH);
        verified.map(|it| it.secret_index()).map_err(|error| error.kind())
    };
    for (sets, want_first, want_second) in [
        (vec![&first], Ok(0), Err(ErrorKind::UnknownKey)),
        (vec![&second], Err(ErrorKind::UnknownKey), Ok(0)),
        (vec![&second, &first], Ok(1), Ok(0)),
        (vec![&renamed], Err(ErrorKind::SignatureMismatch), Err(ErrorKind::UnknownKey)),
        (vec![&renamed, &second, &first], Ok(2), Ok(1)),
    ] {
        let rotating = sets[1..].iter().try_fold(verifier(sets[0]), Verifier::or_previous).unwrap();
        assert_eq!(index(&rotating, &of_first), want_first, "{sets:?}");
        assert_eq!(index(&rotating, &of_second), want_second, "{sets:?}");
        assert_eq!(
            rotating.verify(&of_first, OffsetDateTime::UNIX_EPOCH).map(|it| it.trust()).unwrap_or(Trust::Signed),
            Trust::Signed
        );
    }
    let reopening = verifier(&second).reopens_with(&first).unwrap();
    let error = reopening.verify(&of_first, OffsetDateTime::UNIX_EPOCH).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownKey);
    assert!(error.advice().to_string().contains("only reopens stored deliveries"), "{}", error.advice());
}

/// Each key has its own name, so that a delivery keeps the name of its key while others join and leave the set.
#[test]
fn every_key_of_a_set_has_its_own_name() {
    let names = |secret: &str| verifier(secret).fingerprints().collect::<Vec<_>>();
    let (of_rsa, of_ec) = (names(&rsa(""))[0], names(&ec(""))[0]);
    assert_ne!(of_rsa, of_ec);
    assert_eq!(names(&set(&[rsa(r#","kid":"1""#), ec(r#","use":"sig""#)])), [of_rsa, of_ec]);
    assert_eq!(names(&set(&[ec(""), rsa("")])), [of_ec, of_rsa]);
    assert_eq!(names(&rsa(&rsa_private()))[0], of_rsa, "both halves of a key pair");
    let zeros = format!(r#"{{"e":"AAEAAQ","n":"{}","kty":"RSA"}}"#, encode([&[0][..], &decode(N)].concat()));
    assert_eq!(names(&zeros)[0], of_rsa, "leading zeros");
    let rotating = verifier(&set(&[rsa(""), ec("")])).or_previous(ec("")).unwrap();
    let rotating = rotating.reopens_with(set(&[rsa(""), ec("")])).unwrap();
    let roles: Vec<_> = rotating.fingerprints().map(|(role, _)| role).collect();
    use SecretRole::{Current, Previous, Reopening};
    assert_eq!(roles, [Current, Current, Previous(1), Reopening(1), Reopening(1)]);
}

#[test]
fn key_sets_print_no_key() {
    for secret in [rsa(&rsa_private()), ec(&format!(r#","d":"{EC_D}""#)), set(&[rsa(""), ec("")])] {
        let verifier = verifier(&secret).or_previous(&secret).unwrap().reopens_with(&secret).unwrap();
        let printed = format!("{verifier:?} {verifier:#?} {:?}", verifier.weaknesses());
        for part in [N, D, X, Y, EC_D] {
            assert!(!printed.contains(&part[..20]), "{printed}");
            let numbers: Vec<String> = decode(part)[..12].iter().map(u8::to_string).collect();
            assert!(!printed.contains(&numbers.join(", ")), "{printed}");
        }
    }
    let request = signed(r#"{"alg":"RS256","kid":"a-name"}"#, "{}", rs256);
    let error = verifier(&ec(r#","kid":"1""#)).verify(&request, OffsetDateTime::UNIX_EPOCH).unwrap_err();
    assert!(!format!("{error:?} {error} {}", error.advice()).contains("a-name"), "a stranger chose the `kid`");
}
