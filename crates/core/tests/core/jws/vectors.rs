//! Vectors that others published: RFC 7515, and a signature that the platform's own library accepts.

use referral_webhooks::{DetachedJws, ErrorKind, Message, Scheme, Variant, Verifier};
use time::OffsetDateTime;

use super::known::{EC_D, HEADER, ec, encode, outcome, rs256, rsa, rsa_private, scheme, verifier};
use crate::known::post;

/// The payload of RFC 7515, appendices A.1 to A.3.
const CLAIMS: &str = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

const A2: &str = "eyJhbGciOiJSUzI1NiJ9..cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

const A3: &str =
    "eyJhbGciOiJFUzI1NiJ9..DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// The vector of a platform: its JWK, its header, and its body of 430 bytes.
const PLATFORM_JWK: &str = r#"{"kty":"RSA","alg":"RS256","use":"sig","kid":"hooktest/2026+1=","e":"AQAB","n":"tEVmBuXoqDBny80R6ZukrEWixvzqr2Gv6sOazW8u0pAkuKavCBgbC3X6t3oPoSMpynukJzLHkL6UfIPp936_Ca1_dxE1pbEejE9b4E8gRdfQpr0nMudrJhvNL6r6gCOgmSch5KTb71xEjobWM3duFXM_p3bT0IlqEMxYHdaSNUVZpAfRL4qvFKMWhyo1Rn8KJG9ljtIZO0rQaHQWdIAU06jcMifuEjSSYgAzxMg21F07jL0osD_K5Cv8IsqKXm7hwWmSc0F0EZVbf1CArD_AMYa1tLBJ9C6YUOpPF54HtHMICNovaQ15TlXn5iOWFuabTOZBELH-_4ukKi3PlulStQ"}"#;
const PLATFORM_JWS: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Imhvb2t0ZXN0LzIwMjYrMT0ifQ..Qm7AYqgD1EQuNkxNwJdLjZMsbYy0NDPTlr9OQZTRDB9zjACHiAlIyrqhNgwG6TWDowN8Dpu9VBR9TVbCYSuMa7EaroSLnzw5f6ncccBuHREuNocHzD8xCl1pEriqoY8beuXna3NnpDr5iznpZz0mgv642vxt0w_Eh-7mo7uJXt5fA2xHtf2AfHk6UKWJCvdkdyeAkKBttR5WVkaB2bNqP6YsZO3d-HGnmX4UhnjIX1LQ8A6EEBlag7-9n-y8kF6KaoQM-_hp9Id7D6Ht84gzhrUlB-Ze-Zp1J_D0noFnpPVIHdMN9hPmuIopVaLoNMcr4jP9dvvVIXPA8FkPjzgwVw";
const PLATFORM_BODY: &str = r#"{"id":"57731b5ee4b0000000c0980a","type":"referral.converted","tenantAlias":"test_ex4mpl3","live":false,"created":1768473000453,"data":{"id":"57731b43e4b0000000c097ec","referred":{"id":"u_1002","accountId":"u_1002"},"referrer":{"id":"u_1001","accountId":"u_1001"},"referralCodeUsed":"ADA10","shareLinkUsed":"https://example.com/s/ada","moderationStatus":"PENDING","dateReferralStarted":1768472000000,"dateConverted":1768473000415}}"#;

/// Flips one bit of the last byte of a body.
fn altered(body: &str) -> String {
    let mut bytes = body.as_bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    String::from_utf8(bytes).unwrap()
}

#[test]
fn published_signatures_are_accepted_over_their_bytes_alone() {
    for (label, key, jws, body, variant) in [
        ("RFC 7515 A.2", &rsa(""), A2, CLAIMS, Variant::Rs256),
        ("RFC 7515 A.3", &ec(""), A3, CLAIMS, Variant::Es256),
        ("a platform's", &PLATFORM_JWK.to_owned(), PLATFORM_JWS, PLATFORM_BODY, Variant::Rs256),
    ] {
        for secret in [key.clone(), format!("{{\n \"keys\": [\n {key} ]\n}}\n")] {
            let verifier = verifier(&secret);
            let request = post(&[(HEADER, jws)], body);
            let verified = verifier.verify(&request, OffsetDateTime::UNIX_EPOCH).unwrap();
            assert_eq!((verified.variant(), verified.secret_index()), (variant, 0), "{label}");
            for changed in [altered(body), format!("{body} "), body[1..].to_owned(), String::new()] {
                let request = post(&[(HEADER, jws)], changed);
                assert_eq!(outcome(&verifier, &request), Err(ErrorKind::SignatureMismatch), "{label}");
            }
        }
    }
    assert_eq!(PLATFORM_BODY.len(), 430);
}

/// RFC 7797 would sign the body itself. The header's name says so, and the platform does not do it.
#[test]
fn a_signature_over_the_unencoded_body_is_refused() {
    let protected = encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    for (signed, want) in [
        (format!("{protected}.{}", encode(CLAIMS)), Ok(())),
        (format!("{protected}.{CLAIMS}"), Err(ErrorKind::SignatureMismatch)),
        (format!("{protected}."), Err(ErrorKind::SignatureMismatch)),
        (format!("{protected}..{}", encode(CLAIMS)), Err(ErrorKind::SignatureMismatch)),
        (CLAIMS.to_owned(), Err(ErrorKind::SignatureMismatch)),
        (encode(CLAIMS), Err(ErrorKind::SignatureMismatch)),
    ] {
        let jws = format!("{protected}..{}", encode(rs256(&signed)));
        assert_eq!(outcome(&verifier(&rsa("")), &post(&[(HEADER, jws)], CLAIMS)), want, "{signed}");
    }
}

/// PKCS #1 signatures are deterministic, so that ours can be compared with the published one.
#[test]
fn our_signature_is_the_published_one() {
    let sender = verifier(&rsa(&rsa_private()));
    let request = sender.sign(&Message::new(CLAIMS, OffsetDateTime::UNIX_EPOCH)).unwrap();
    let (protected, signature) = request.headers()[HEADER].to_str().unwrap().split_once("..").unwrap();
    assert_eq!(protected, encode(r#"{"alg":"RS256","typ":"JWT"}"#));
    assert_eq!(signature, encode(rs256(&format!("{protected}.{}", encode(CLAIMS)))));
    assert_eq!(A2.split_once("..").unwrap().1, encode(rs256(&format!("eyJhbGciOiJSUzI1NiJ9.{}", encode(CLAIMS)))));
}

#[test]
fn a_private_key_signs_what_its_public_key_verifies() {
    let bodies = ["", "{}", "\u{0}", PLATFORM_BODY, &"é".repeat(70_000)];
    for (private, public, variant) in [
        (
            rsa(&format!(r#","kid":"a/b+c=\"\\é"{}"#, rsa_private())),
            rsa(r#","kid":"a\/b+c=\"\\\u00e9""#),
            Variant::Rs256,
        ),
        (ec(&format!(r#","kid":"1","d":"{EC_D}""#)), ec(r#","kid":"1""#), Variant::Es256),
    ] {
        let (sender, receiver) = (verifier(&private), verifier(&public));
        assert!(receiver.sign(&Message::new("{}", OffsetDateTime::UNIX_EPOCH)).is_err(), "a public key signs nothing");
        assert_eq!(sender.fingerprints().collect::<Vec<_>>(), receiver.fingerprints().collect::<Vec<_>>());
        for body in bodies {
            let request = sender.sign(&Message::new(body, OffsetDateTime::UNIX_EPOCH)).unwrap();
            let verified = receiver.verify(&request, OffsetDateTime::UNIX_EPOCH).unwrap();
            assert_eq!(verified.variant(), variant);
        }
    }
}

#[test]
fn a_platform_with_one_algorithm_refuses_the_other() {
    let both = super::known::set(&[rsa(r#","kid":"1""#), ec(r#","kid":"2""#)]);
    for (header, sign, variant) in [
        (r#"{"alg":"RS256","kid":"1"}"#, rs256 as fn(&str) -> Vec<u8>, Variant::Rs256),
        (r#"{"alg":"ES256","kid":"2"}"#, super::known::es256, Variant::Es256),
    ] {
        let request = super::known::signed(header, "{}", sign);
        let only = |scheme: DetachedJws| Verifier::new(Scheme::DetachedJws(scheme), &both).unwrap();
        let refused = Err(ErrorKind::MalformedHeader(HEADER));
        let (of_rsa, of_ec) = if variant == Variant::Rs256 { (Ok(()), refused) } else { (refused, Ok(())) };
        for (verifier, want) in [
            (verifier(&both), Ok(())),
            (only(DetachedJws::new(HEADER).rs256()), of_rsa),
            (only(DetachedJws::new(HEADER).es256()), of_ec),
            (verifier(&both).pin(Variant::Rs256).unwrap(), of_rsa),
            (verifier(&both).pin(Variant::Es256).unwrap(), of_ec),
        ] {
            assert_eq!(outcome(&verifier, &request), want, "{header}");
        }
    }
    assert!(Verifier::new(scheme(), &both).unwrap().pin(Variant::HexKey).is_err());
}
