//! Texts that visibly are not secrets are refused, and secrets are accepted.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::{Platform, Visit, visit_all};
use referral_webhooks::{
    BodyHmac, ConfigError, Endpoint, Scheme, Secret, SecretRole, Svix, TimestampedHmac, UrlToken, Variant, Verifier,
};

use crate::accident_texts::{GOOD, accidents};
use crate::known::{SECRET, hex};

struct Refused(Vec<(String, ConfigError)>);

impl Visit for Refused {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        let scheme = &platform.facts().scheme;
        let (keys, takes_json) = (scheme.secret_from(&[7; 32]), matches!(scheme, Scheme::DetachedJws(_)));
        let good = Endpoint::<P>::new(if takes_json { &keys } else { GOOD }).unwrap();
        for (text, want) in &self.0 {
            let is_no_key_set = takes_json && *want == ConfigError::Json;
            let want = if is_no_key_set { &ConfigError::NotAJwkSet } else { want };
            let asked = [
                (Endpoint::<P>::new(text), SecretRole::Current),
                (good.clone().or_previous(text), SecretRole::Previous(1)),
            ];
            for (endpoint, role) in asked {
                let error =
                    endpoint.map(drop).expect_err(&format!("{}: {text:?} as {role}", P::default().facts().name));
                assert_eq!(error.accident(), *want, "{}: {text:?} as {role}", P::default().facts().name);
                assert_eq!(
                    (error.platform(), error.role()),
                    (P::default().facts().title, Some(role)),
                    "{}: {text:?}",
                    P::default().facts().name
                );
                let shown = format!("{error} {error:?}");
                assert!(
                    shown.contains(&format!("the {role} of the {} endpoint", P::default().facts().title)),
                    "{shown}"
                );
                assert!(
                    !shown.contains("MfKQ9r8G") && !shown.contains(&STANDARD.encode("MfKQ9r")),
                    "{text:?}: {shown}"
                );
            }
            let token = good.clone().and_url_token(text).map(drop);
            assert!(token.is_err(), "{}: {text:?} as a URL token", P::default().facts().name);
        }
    }
}

#[test]
fn every_platform_refuses_texts_that_are_visibly_no_secret() {
    visit_all(&mut Refused(accidents()));
    for (text, want) in accidents() {
        assert_eq!(Secret::new(&text).map(drop), Err(want), "{text:?}");
        assert!(Verifier::from_key(Scheme::UrlToken(UrlToken), &text).is_err(), "{text:?}");
    }
}

#[test]
fn bytes_of_a_placeholder_are_refused_as_a_key() {
    let schemes = [
        Scheme::Svix(Svix),
        Scheme::BodyHmac(BodyHmac::new("x-signature")),
        Scheme::TimestampedHmac(TimestampedHmac::new("x-signature")),
    ];
    for scheme in schemes {
        let from_key = |key: &[u8]| Verifier::from_key(scheme.clone(), key).map(drop);
        assert_eq!(from_key(b"${SHOP_SECRET}\n"), Err(ConfigError::Reference), "{scheme:?}");
        assert_eq!(from_key(b"changeme"), Err(ConfigError::Placeholder), "{scheme:?}");
        assert_eq!(from_key(b"whsec_test"), Err(ConfigError::Placeholder), "{scheme:?}");
        assert_eq!(from_key(b"\"with quotes\"\n"), Ok(()), "{scheme:?}");
        assert_eq!(from_key(&[0xff; 16]), Ok(()), "{scheme:?}");
    }
}

#[test]
fn an_asymmetric_key_of_svix_is_no_secret_elsewhere() {
    struct Each;
    impl Visit for Each {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            for key in [
                "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
                "whsk_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
            ] {
                let got = Endpoint::<P>::new(key).map(drop).map_err(|error| error.accident());
                match P::default().facts().scheme {
                    Scheme::Svix(_) => assert_eq!(got, Ok(())),
                    Scheme::UrlToken(_) => assert_eq!(got, Err(ConfigError::TokenCharacter)),
                    _ => assert_eq!(got, Err(ConfigError::OtherCredential), "{}: {key}", P::default().facts().name),
                }
            }
        }
    }
    visit_all(&mut Each);
}

#[test]
fn short_secrets_are_refused_and_less_short_ones_are_weak() {
    fn rows<P: Platform + Default>(rows: &[(&str, Result<Option<&str>, ConfigError>)]) {
        for (secret, want) in rows {
            let endpoint = Endpoint::<P>::new(secret);
            let weakness = |endpoint: &Endpoint<P>| endpoint.weaknesses().first().map(ToString::to_string);
            let got = endpoint.as_ref().map(weakness).map_err(|error| error.accident());
            match (&got, want) {
                (Ok(Some(weakness)), Ok(Some(words))) => assert!(weakness.contains(words), "{secret}: {weakness}"),
                _ => assert_eq!(
                    got,
                    want.map(|weakness| weakness.map(str::to_owned)),
                    "{}: {secret}",
                    P::default().facts().name
                ),
            }
        }
    }
    let text: &[_] = &[
        ("q", Err(ConfigError::KeyTooShort)),
        ("qv7", Err(ConfigError::KeyTooShort)),
        ("qv7Lk2x", Err(ConfigError::KeyTooShort)),
        ("qv7Lk2xP", Ok(Some("the current secret has fewer than 16 characters"))),
        ("qv7Lk2xPqv7Lk2x", Ok(Some("fewer than 16 characters"))),
        ("qv7Lk2xPqv7Lk2xZ", Ok(None)),
        ("correct horse battery staple", Ok(None)),
        (SECRET, Ok(Some("begins with `whsec_`"))),
    ];
    rows::<Prefinery>(text);
    rows::<GeniusReferrals>(text);
    rows::<ReferralRocket>(text);
    rows::<Refir>(&[("qv7Lk2xPqv7Lk2x", Err(ConfigError::TokenTooShort)), ("qv7Lk2xPqv7Lk2xZ", Ok(None))]);
    let key = |bytes: u8| format!("whsec_{}", STANDARD.encode((0..bytes).map(|byte| byte * 7 + 1).collect::<Vec<_>>()));
    rows::<Redpin>(&[
        ("whsec_AQ==", Err(ConfigError::KeyTooShort)),
        (&key(15), Err(ConfigError::KeyTooShort)),
        (&key(16), Ok(Some("the current secret has fewer than 24 bytes"))),
        ("whsec_plJ3nmyCDGBKInavdOK15jsl", Ok(Some("fewer than 24 bytes"))),
        (&key(23), Ok(Some("fewer than 24 bytes"))),
        (&key(24), Ok(None)),
        (SECRET, Ok(None)),
        ("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", Ok(None)),
    ]);
    let rotated = Endpoint::<Redpin>::new(SECRET).unwrap().or_previous(key(18)).unwrap();
    assert_eq!(rotated.weaknesses().len(), 1);
    assert_eq!(rotated.weaknesses()[0].role(), SecretRole::Previous(1));
    assert_eq!(rotated.clone().unreported_weaknesses().len(), 1);
    assert!(rotated.unreported_weaknesses().is_empty(), "a clone has reported them");
    let again = rotated.or_previous(key(20)).unwrap();
    assert_eq!(again.unreported_weaknesses().len(), 2, "after a change");
}

#[test]
fn an_error_without_a_secret_names_the_platform() {
    let error = Endpoint::<Redpin>::new(SECRET).unwrap().pin(Variant::HexKey).unwrap_err();
    assert_eq!((error.accident(), error.role()), (ConfigError::VariantNotOffered, None));
    assert!(error.to_string().starts_with("the Redpin endpoint cannot be set up: "), "{error}");
}

/// Random numbers, which are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self, number: usize) -> Vec<u8> {
        (0..number).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        let letter = |number: u64| char::from(letters[usize::try_from(number % letters.len() as u64).unwrap()]);
        (0..length).map(|_| letter(self.next())).collect()
    }
}

#[test]
fn no_random_secret_of_a_real_format_is_refused() {
    const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    type Format = fn(&mut Random) -> String;
    let formats: &[(&str, Format)] = &[
        ("hex of 32", |random| hex(&random.bytes(16))),
        ("hex of 40", |random| hex(&random.bytes(20))),
        ("hex of 64", |random| hex(&random.bytes(32))),
        ("upper-case hex", |random| hex(&random.bytes(20)).to_uppercase()),
        ("base64 of 16", |random| STANDARD.encode(random.bytes(16))),
        ("base64 of 24", |random| STANDARD.encode(random.bytes(24))),
        ("base64 of 32", |random| STANDARD.encode(random.bytes(32))),
        ("base64 without padding", |random| STANDARD_NO_PAD.encode(random.bytes(20))),
        ("base64url", |random| URL_SAFE.encode(random.bytes(32))),
        ("base64url without padding", |random| URL_SAFE_NO_PAD.encode(random.bytes(16))),
        ("UUID", |random| {
            let text = hex(&random.bytes(16));
            [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
        }),
        ("20 letters and digits", |random| random.text(ALPHANUMERIC, 20)),
        ("20 lower-case letters and digits", |random| random.text(LOWER, 20)),
        ("32 of base32", |random| random.text(UPPER, 32)),
        ("40 letters and digits", |random| random.text(ALPHANUMERIC, 40)),
        ("24 letters", |random| random.text(&ALPHANUMERIC[..52], 24)),
        ("whsec_", |random| format!("whsec_{}", STANDARD.encode(random.bytes(24)))),
        ("whsec_ without padding", |random| format!("whsec_{}", STANDARD_NO_PAD.encode(random.bytes(32)))),
        ("whsec_ and hex", |random| format!("whsec_{}", hex(&random.bytes(16)))),
        ("another prefix", |random| format!("pbsec_{}", hex(&random.bytes(16)))),
    ];
    let cases = std::env::var("SECRET_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(500);
    let mut random = Random(42);
    for (format, make) in formats {
        for _ in 0..cases {
            let secret = make(&mut random);
            let verifier = Verifier::new(Scheme::BodyHmac(BodyHmac::new("x-signature")), &secret);
            assert_eq!(verifier.map(drop), Ok(()), "{format}: {secret}");
        }
    }
}

#[test]
fn few_passwords_with_signs_are_refused() {
    const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const SIGNS: &str = "!#$%&()*+,-./:;<=>?@[]^_{|}~";
    let mut random = Random(11);
    let mut refused = Vec::new();
    for number in 0..20_000 {
        let mut password = random.text(ALPHANUMERIC, 12 + number % 21);
        for _ in 0..=number % 2 {
            let place = usize::try_from(random.next()).unwrap() % password.len();
            password.replace_range(place..=place, &random.text(SIGNS, 1));
        }
        if let Err(error) = Secret::new(&password) {
            refused.push((password, error));
        }
    }
    assert!(refused.len() <= 4, "{refused:?}");
}

#[test]
fn chosen_phrases_and_short_secrets_are_accepted() {
    for secret in [
        "a secret of plain text",
        "another secret",
        "a secret",
        "It's a Secret to Everybody",
        "correct horse battery staple",
        "grr-test-secret",
        "rr-test-secret",
        "prefinery-example-secret",
        "prefinery-next-secret",
        "deadbeef",
        "abc123zz99",
        "Rewards4Spring!",
        "Dienstag, 14 Uhr: Kaffee & Kuchen",
        "p4ssw0rd of the shop",
        "kleine Füchse",
        "日本語の秘密の言葉",
        "pass phrase with (brackets) and <angles>",
        "#hashtag$dollar%percent",
        "1/2 + 1/2 = 1, hm",
        "x5",
        "j=g1a9K46O8TKifpSR5tRVEPMzcGZzg7",
        "p2k2=L4YX?RsqKlX",
        "]aThu64fH0lP6H7ItczC",
        "yO5nrXzEW51rdBTuQFaokfOVX5Zubpi,",
        "24697835",
        "op:RLxh>eM5MCr2VbOwFMfNk",
        "<a#O7@AE@abZ=qY&;R7RDTi>",
        "secret_4f9a0c1d2e3f4a5b6c7d8e9f",
        "Kaffee(14Uhr)",
    ] {
        let got = Secret::new(secret).map(drop);
        assert_eq!(got, Ok(()), "{secret}");
    }
}

#[test]
fn random_printable_texts_are_refused_once_in_500_at_most() {
    let printable: String = (b'!'..=b'~').map(char::from).collect();
    let mut random = Random(7);
    let refused = (0..10_000).filter(|_| {
        let length = 8 + usize::try_from(random.next() % 40).unwrap();
        Secret::new(random.text(&printable, length)).is_err()
    });
    let refused = refused.count();
    assert!(refused <= 20, "{refused} of 10,000");
}
