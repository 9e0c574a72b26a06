//! Forgeries of a JWS, and headers that are not one.

use bytes::Bytes;
use http::Request;
use referral_webhooks::ErrorKind;

use super::known::{HEADER, N, decode, ec, encode, es256, outcome, rs256, rsa, set, signed, verifier};
use crate::known::{post, tag};

const BODY: &str = r#"{"id":"1"}"#;
const MALFORMED: Result<(), ErrorKind> = Err(ErrorKind::MalformedHeader(HEADER));
const MISMATCH: Result<(), ErrorKind> = Err(ErrorKind::SignatureMismatch);
const UNKNOWN: Result<(), ErrorKind> = Err(ErrorKind::UnknownKey);

/// A set with a key of each algorithm.
fn both() -> String {
    set(&[rsa(r#","kid":"r","alg":"RS256","use":"sig""#), ec(r#","kid":"e","alg":"ES256","use":"sig""#)])
}

#[test]
fn headers_that_choose_another_algorithm_or_key_are_refused() {
    let verifier = verifier(&both());
    // The texts of the public key that a careless receiver gives to HMAC.
    let jwk = rsa(r#","kid":"r","alg":"RS256","use":"sig""#);
    let (modulus, whole) = (decode(N), both());
    let hmac = |key: Vec<u8>| move |text: &str| tag(&key, &[text.as_bytes()]).to_vec();
    type Sign = Box<dyn Fn(&str) -> Vec<u8>>;
    let rows: [(&str, Sign, Result<(), ErrorKind>); 30] = [
        (r#"{"alg":"RS256","kid":"r"}"#, Box::new(rs256), Ok(())),
        (r#"{"alg":"ES256","kid":"e"}"#, Box::new(es256), Ok(())),
        (r#"{"alg":"RS256"}"#, Box::new(rs256), Ok(())),
        (r#"{"alg":"ES256"}"#, Box::new(es256), Ok(())),
        (r#"{"alg":"none","kid":"r"}"#, Box::new(|_| Vec::new()), MALFORMED),
        (r#"{"alg":"none","kid":"r"}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"NONE"}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"","kid":"r"}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"HS256","kid":"r"}"#, Box::new(hmac(jwk.into_bytes())), MALFORMED),
        (r#"{"alg":"HS256","kid":"r"}"#, Box::new(hmac(modulus.clone())), MALFORMED),
        (r#"{"alg":"HS256","kid":"r"}"#, Box::new(hmac(whole.into_bytes())), MALFORMED),
        (r#"{"alg":"HS256","kid":"r"}"#, Box::new(hmac(N.into())), MALFORMED),
        // The same tags, called RS256.
        (r#"{"alg":"RS256","kid":"r"}"#, Box::new(hmac(modulus)), MALFORMED),
        (r#"{"alg":"RS512","kid":"r"}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"PS256","kid":"r"}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"ES384","kid":"e"}"#, Box::new(es256), MALFORMED),
        (r#"{"alg":"RS256","alg":"none","kid":"r"}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"RS256","kid":"r","kid":"r"}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"RS256","kid":"r","crit":["exp"],"exp":0}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"RS256","kid":"r","b64":false}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"RS256","kid":"r","b64":false,"crit":["b64"]}"#, Box::new(rs256), MALFORMED),
        (r#"{"alg":"RS256","kid":"r","b64":true}"#, Box::new(rs256), Ok(())),
        (r#"{"alg":"RS256","kid":"x"}"#, Box::new(rs256), UNKNOWN),
        (r#"{"alg":"RS256","kid":"R"}"#, Box::new(rs256), UNKNOWN),
        (r#"{"alg":"RS256","kid":""}"#, Box::new(rs256), UNKNOWN),
        (r#"{"alg":"RS256","kid":null}"#, Box::new(rs256), MALFORMED),
        // The key of this `kid` is pinned to another algorithm.
        (r#"{"alg":"RS256","kid":"e"}"#, Box::new(rs256), MISMATCH),
        (r#"{"alg":"ES256","kid":"r"}"#, Box::new(es256), MISMATCH),
        // A key that the sender brings along is not looked at.
        (
            r#"{"alg":"RS256","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"},"jku":"https://x","x5c":[]}"#,
            Box::new(rs256),
            Ok(()),
        ),
        (r#"{"alg":"RS256","kid":"r","typ":1,"cty":null,"zip":"DEF"}"#, Box::new(rs256), Ok(())),
    ];
    for (header, sign, want) in rows {
        assert_eq!(outcome(&verifier, &signed(header, BODY, sign)), want, "{header}");
    }
}

#[test]
fn a_header_without_a_kid_needs_exactly_one_key_of_its_algorithm() {
    let request = signed(r#"{"alg":"RS256"}"#, BODY, rs256);
    let other = |kid: &str| {
        let modulus = N.replacen("ofgW", "ofgX", 1);
        format!(r#"{{"kty":"RSA","n":"{modulus}","e":"AQAB"{kid}}}"#)
    };
    for (secret, want) in [
        (rsa(""), Ok(())),
        (set(&[rsa(r#","kid":"1""#), ec("")]), Ok(())),
        (set(&[rsa(r#","kid":"1""#), other(r#","kid":"2""#)]), MALFORMED),
        (set(&[rsa(""), other("")]), MALFORMED),
        (set(&[ec("")]), MISMATCH),
        (other(""), MISMATCH),
    ] {
        assert_eq!(outcome(&verifier(&secret), &request), want, "{secret}");
    }
}

/// Returns the DER form of an ECDSA signature, as OpenSSL writes it.
fn der(signature: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let mut bytes = number[zeros..].to_vec();
        if bytes[0] >= 0x80 {
            bytes.insert(0, 0);
        }
        [vec![2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    };
    let both = [integer(&signature[..32]), integer(&signature[32..])].concat();
    [vec![0x30, u8::try_from(both.len()).unwrap()], both].concat()
}

#[test]
fn signatures_of_another_form_are_refused() {
    let verifier = verifier(&both());
    let change = |sign: fn(&str) -> Vec<u8>, change: fn(Vec<u8>) -> Vec<u8>| move |text: &str| change(sign(text));
    type Sign = Box<dyn Fn(&str) -> Vec<u8>>;
    let order = decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
    let same = |half: Vec<u8>| move |_: &str| [half.clone(), half.clone()].concat();
    let rows: [(&str, Sign, Result<(), ErrorKind>); 17] = [
        ("ES256", Box::new(change(es256, |it| it)), Ok(())),
        ("ES256", Box::new(change(es256, |it| der(&it))), MALFORMED),
        ("ES256", Box::new(change(es256, |_| Vec::new())), MALFORMED),
        ("ES256", Box::new(change(es256, |it| it[..63].to_vec())), MALFORMED),
        ("ES256", Box::new(change(es256, |it| [it, vec![0]].concat())), MALFORMED),
        ("ES256", Box::new(change(es256, |it| [vec![0], it].concat())), MALFORMED),
        ("ES256", Box::new(change(es256, |_| vec![0; 64])), MISMATCH),
        ("ES256", Box::new(change(es256, |it| [vec![0; 32], it[32..].to_vec()].concat())), MISMATCH),
        ("ES256", Box::new(change(es256, |it| [it[..32].to_vec(), vec![0; 32]].concat())), MISMATCH),
        ("ES256", Box::new(change(es256, |_| vec![0xff; 64])), MISMATCH),
        ("ES256", Box::new(same(order)), MISMATCH),
        ("RS256", Box::new(change(rs256, |it| it)), Ok(())),
        ("RS256", Box::new(change(rs256, |_| Vec::new())), MALFORMED),
        ("RS256", Box::new(change(rs256, |it| it[1..].to_vec())), MALFORMED),
        ("RS256", Box::new(change(rs256, |it| [it, vec![0]].concat())), MISMATCH),
        ("RS256", Box::new(change(rs256, |_| vec![0; 256])), MISMATCH),
        ("RS256", Box::new(change(rs256, |_| [vec![0; 255], vec![1]].concat())), MISMATCH),
    ];
    for (position, (algorithm, sign, want)) in rows.into_iter().enumerate() {
        let request = signed(&format!(r#"{{"alg":"{algorithm}"}}"#), BODY, sign);
        assert_eq!(outcome(&verifier, &request), want, "row {position}: {algorithm}");
    }
}

#[test]
fn headers_that_are_no_detached_jws_are_refused() {
    let verifier = verifier(&both());
    let protected = encode(r#"{"alg":"RS256","kid":"r"}"#);
    let signature = encode(rs256(&format!("{protected}.{}", encode(BODY))));
    let jws = format!("{protected}..{signature}");
    let standard = signature.replace('-', "+").replace('_', "/");
    assert_ne!(standard, signature);
    // The last character of 256 bytes holds two unused bits.
    let untidy = format!("{}B", &signature[..signature.len() - 1]);
    for (header, want) in [
        (jws.clone(), Ok(())),
        (String::new(), MALFORMED),
        (".".into(), MALFORMED),
        ("..".into(), MALFORMED),
        (format!("{protected}.{signature}"), MALFORMED),
        (format!("{protected}...{signature}"), MALFORMED),
        (format!("{protected}..{signature}."), MALFORMED),
        (format!(".{protected}..{signature}"), MALFORMED),
        (format!("{protected}.."), MALFORMED),
        (format!("..{signature}"), MALFORMED),
        (format!("{protected}.{}.{signature}", encode(BODY)), MALFORMED),
        (format!("{protected}.A.{signature}"), MALFORMED),
        (format!("{protected}. .{signature}"), MALFORMED),
        (format!("{jws}="), MALFORMED),
        (format!("{jws}=="), MALFORMED),
        (format!("{protected}=..{signature}"), MALFORMED),
        (format!("{protected}..{standard}"), MALFORMED),
        (format!("{protected}..{untidy}"), MALFORMED),
        (format!(" {jws}"), MALFORMED),
        (format!("{jws} "), MALFORMED),
        (format!("{jws},{jws}"), MALFORMED),
        (format!("{protected}.. {signature}"), MALFORMED),
        (format!("\"{jws}\""), MALFORMED),
        (format!("Bearer {jws}"), MALFORMED),
        (format!("{jws}A"), MISMATCH),
        (format!("{jws}AAA"), MALFORMED),
        (format!("{jws}AAAA"), MISMATCH),
        (format!("{}..{signature}", encode("[]")), MALFORMED),
        (format!("{}..{signature}", encode(r#"{"alg":"RS256","kid":"r"} "#)), MISMATCH),
        (format!("{}..{signature}", "A".repeat(8 * 1024)), MALFORMED),
        (format!("{}..{signature}", encode(format!(r#"{{"alg":"RS256","x":"{}"}}"#, "y".repeat(5_500)))), MISMATCH),
        (format!("{}..{signature}", encode(format!(r#"{{"alg":"RS256","x":"{}"}}"#, "y".repeat(6_200)))), MALFORMED),
    ] {
        let request: Request<Bytes> = post(&[(HEADER, &header)], BODY);
        assert_eq!(outcome(&verifier, &request), want, "{header}");
    }
    for bytes in [&b"\xff..\xff"[..], &[jws.as_bytes(), b"\xc3\xa9"].concat()] {
        assert_eq!(outcome(&verifier, &post(&[(HEADER, bytes)], BODY)), MALFORMED);
    }
    assert_eq!(outcome(&verifier, &post::<&str>(&[], BODY)), Err(ErrorKind::MissingHeader(HEADER)));
    let twice = post(&[(HEADER, &jws), (HEADER, &jws)], BODY);
    assert_eq!(outcome(&verifier, &twice), Err(ErrorKind::RepeatedHeader(HEADER)));
}

#[test]
fn every_changed_character_of_a_header_is_refused() {
    let verifier = verifier(&both());
    for (header, sign) in [
        (r#"{"alg":"RS256","typ":"JWT","kid":"r"}"#, rs256 as fn(&str) -> Vec<u8>),
        (r#"{"alg":"ES256","typ":"JWT","kid":"e"}"#, es256),
    ] {
        let request = signed(header, BODY, sign);
        let jws = request.headers()[HEADER].as_bytes().to_vec();
        for position in 0..jws.len() {
            let mut changed = jws.clone();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            let got = outcome(&verifier, &post(&[(HEADER, changed)], BODY));
            assert!(got.is_err(), "{header}: character {position}");
        }
    }
}
