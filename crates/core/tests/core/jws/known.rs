//! The keys of RFC 7515, and signatures over headers that our own signing never writes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Request;
use referral_webhooks::{DetachedJws, ErrorKind, Scheme, Verifier};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256};
use time::OffsetDateTime;

use crate::known::post;

pub(super) const HEADER: &str = "x-jws";

/// The modulus of RFC 7515, appendix A.2.
pub(super) const N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
pub(super) const D: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";
pub(super) const P: &str = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc";
pub(super) const Q: &str = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc";
pub(super) const DP: &str = "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0";
pub(super) const DQ: &str = "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU";
pub(super) const QI: &str = "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U";

/// The key of RFC 7515, appendix A.3.
pub(super) const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
pub(super) const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
pub(super) const EC_D: &str = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";

/// Returns the RSA key as a public JWK with more members.
pub(super) fn rsa(more: &str) -> String {
    format!(r#"{{"kty":"RSA","n":"{N}","e":"AQAB"{more}}}"#)
}

/// Returns the key on P-256 as a public JWK with more members.
pub(super) fn ec(more: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"{more}}}"#)
}

/// Returns the private members of the RSA key.
pub(super) fn rsa_private() -> String {
    format!(r#","d":"{D}","p":"{P}","q":"{Q}","dp":"{DP}","dq":"{DQ}","qi":"{QI}""#)
}

pub(super) fn set(keys: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

pub(super) fn scheme() -> Scheme {
    Scheme::DetachedJws(DetachedJws::new(HEADER))
}

#[track_caller]
pub(super) fn verifier(secret: &str) -> Verifier {
    Verifier::new(scheme(), secret).unwrap_or_else(|error| panic!("{secret}: {error}"))
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// Returns the RS256 signature of a text.
pub(super) fn rs256(text: &str) -> Vec<u8> {
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: decode(N), e: vec![1, 0, 1] },
        d: decode(D),
        p: decode(P),
        q: decode(Q),
        dP: decode(DP),
        dQ: decode(DQ),
        qInv: decode(QI),
    };
    let pair = KeyPair::from_components(&components).unwrap();
    let mut signature = vec![0; 256];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    signature
}

/// Returns the ES256 signature of a text: 64 bytes.
pub(super) fn es256(text: &str) -> Vec<u8> {
    let point = [&[4][..], &decode(X), &decode(Y)].concat();
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &decode(EC_D), &point, &random).unwrap();
    pair.sign(&random, text.as_bytes()).unwrap().as_ref().to_vec()
}

/// Returns a request whose header is signed by a function over the right text.
pub(super) fn signed(header: &str, body: &str, sign: impl Fn(&str) -> Vec<u8>) -> Request<Bytes> {
    let protected = encode(header);
    let signature = sign(&format!("{protected}.{}", encode(body)));
    post(&[(HEADER, format!("{protected}..{}", encode(signature)))], body)
}

/// Returns the outcome of verifying, and checks that the head alone gives the same errors.
#[track_caller]
pub(super) fn outcome(verifier: &Verifier, request: &Request<Bytes>) -> Result<(), ErrorKind> {
    let whole = verifier.verify(request, OffsetDateTime::UNIX_EPOCH).map(drop).map_err(|error| error.kind());
    let head = verifier.check_head(request.uri(), request.headers()).map_err(|error| error.kind());
    assert!(head.is_ok() || head == whole, "the head is {head:?}, the request {whole:?}");
    whole
}
