//! Secrets that are keys, and the errors for texts that are not.

use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::{self, Platform, Visit};
use referral_webhooks::{
    BodyHmac, ConfigError, Endpoint, Message, Scheme, Secret, SignError, Svix, TimestampedHmac, UrlToken, Variant,
    Verifier,
};

use crate::known::{BODY, ID, SECRET, SIGNATURE, TIME, TIME_TEXT, moment, outcome, svix, svix_post};

/// The secret key of the Svix server's asymmetric vector, with both halves.
const SECRET_KEY: &str =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";

#[test]
fn a_secret_that_is_no_svix_key_is_refused_by_its_accident() {
    let public_half_altered = SECRET_KEY.replace("VKIDij2", "VKIDij3");
    for (accident, secret, want) in [
        ("empty", "", ConfigError::EmptySecret),
        ("blanks", "  \n", ConfigError::EmptySecret),
        ("prefix alone", "whsec_", ConfigError::EmptySecret),
        ("prefix and padding", "whsec_=", ConfigError::NotBase64),
        ("prefix of a secret key alone", "whsk_", ConfigError::EmptySecret),
        ("prefix of a public key alone", "whpk_", ConfigError::EmptySecret),
        ("blank before", " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ConfigError::WhiteSpaceAround),
        ("blank after", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ", ConfigError::WhiteSpaceAround),
        ("line break after", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", ConfigError::WhiteSpaceAround),
        ("Windows line break after", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\r\n", ConfigError::WhiteSpaceAround),
        ("no-break space after", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\u{a0}", ConfigError::WhiteSpaceAround),
        ("line break inside", "whsec_MfKQ9r8GKYqrTwjU\nPD8ILPZIo2LaLaSw", ConfigError::LineBreakInside),
        ("quotes around", "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"", ConfigError::QuotesAround),
        ("single quotes around", "'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'", ConfigError::QuotesAround),
        ("as some dashboards show it", "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ConfigError::VersionPrefix),
        ("the same, asymmetric", "v1a,whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", ConfigError::VersionPrefix),
        (
            "public key as signing secret",
            "whsec_whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
            ConfigError::AsymmetricKey,
        ),
        ("secret key as signing secret", &format!("whsec_{SECRET_KEY}"), ConfigError::AsymmetricKey),
        ("URL-safe `-`", "whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD", ConfigError::UrlSafeAlphabet),
        ("URL-safe `_`", "whsec_C2FVsBQIhrscChlQIMV_b5sSYspob7oD", ConfigError::UrlSafeAlphabet),
        ("typing error in the prefix", "hwsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", ConfigError::UnknownPrefix),
        ("prefix of another kind", "whsk1_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", ConfigError::UnknownPrefix),
        ("one character", "w", ConfigError::NotBase64),
        ("no base64", "whsec_%", ConfigError::NotBase64),
        ("a word", "whsec_wronglength", ConfigError::NotBase64),
        ("a character cut off", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwM", ConfigError::NotBase64),
        ("padding in the middle", "whsec_MfKQ9r8GKYqrTw==PD8ILPZIo2LaLaSw", ConfigError::NotBase64),
        ("asymmetric, last 4 characters cut", &SECRET_KEY[..SECRET_KEY.len() - 4], ConfigError::BadAsymmetricKey),
        ("asymmetric, public half altered", &public_half_altered, ConfigError::KeyHalvesDiffer),
        ("public key of 31 bytes", "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOig==", ConfigError::BadAsymmetricKey),
        (
            "public key that is no point",
            "whpk_AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            ConfigError::BadAsymmetricKey,
        ),
        (
            "secret key after the prefix of a public one",
            &SECRET_KEY.replace("whsk_", "whpk_"),
            ConfigError::BadAsymmetricKey,
        ),
        ("asymmetric, no base64", "whpk_%", ConfigError::NotBase64),
    ] {
        let verifier = Verifier::new(Scheme::Svix(Svix), secret);
        assert_eq!(verifier.map(drop), Err(want), "{accident} as the only secret");
        let previous = svix(SECRET).or_previous(secret);
        assert_eq!(previous.map(drop), Err(want), "{accident} as the previous secret");
    }
}

#[test]
fn the_prefix_of_a_svix_secret_does_not_change_the_key() {
    for (form, secret) in [
        ("with prefix", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("without prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ] {
        let signed = svix(secret).sign(&Message::new(BODY, moment(TIME)).id(ID)).unwrap();
        assert_eq!(signed.headers()["svix-signature"], SIGNATURE, "{form}");
        assert_eq!(outcome(&svix(secret), &svix_post(ID, TIME_TEXT, SIGNATURE, BODY), TIME), Ok(()), "{form}");
    }
}

#[test]
fn keys_of_unusual_length_are_accepted() {
    // The signatures of the 18, 23 and 25 bytes are published vectors. No signature is published for the other lengths, so
    // the second implementation computes theirs.
    for (length, secret) in [
        (16, "whsec_MfKQ9r8GKYqrTwjUPD8ILA=="),
        (18, "whsec_plJ3nmyCDGBKInavdOK15jsl"),
        (64, "whsec_TUdfVE5UMnZlci1TeWxOYXQtX1ZlTW1kLTRtMFdhYmEwanIxdHJvenRCbmlTQ2hFdzBnbHhFbWdFaTJLdzQwSA=="),
        (75, &format!("whsec_{}", "q83v".repeat(25))),
    ] {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD;
        let key = base64.decode(&secret["whsec_".len()..]).unwrap();
        assert_eq!(key.len(), length, "{secret}");
        let tag = crate::known::tag(key, &[ID.as_bytes(), b".", TIME_TEXT.as_bytes(), b".", BODY.as_bytes()]);
        let request = svix_post(ID, TIME_TEXT, &format!("v1,{}", base64.encode(tag)), BODY);
        assert_eq!(outcome(&svix(secret), &request, TIME), Ok(()), "{length} bytes");
    }
}

#[test]
fn a_public_key_receives_but_cannot_sign() {
    let verifier = svix("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
    assert_eq!(verifier.sign(&Message::new(BODY, moment(TIME))).map(drop), Err(SignError::NoSigningKey));
}

#[test]
fn url_tokens_are_long_and_need_no_escaping() {
    for (accident, token, want) in [
        ("empty", "", Err(ConfigError::EmptySecret)),
        ("15 bytes", "abcdefghijklmno", Err(ConfigError::TokenTooShort)),
        ("16 bytes", "abcdefghijklmnop", Ok(())),
        ("every character that may stand in it", "aZ09-._~aZ09-._~", Ok(())),
        ("slash", "abcdefghijklmno/pqrst", Err(ConfigError::TokenCharacter)),
        ("question mark", "abcdefghijklmno?pqrst", Err(ConfigError::TokenCharacter)),
        ("ampersand", "abcdefghijklmno&pqrst", Err(ConfigError::TokenCharacter)),
        ("number sign", "abcdefghijklmno#pqrst", Err(ConfigError::TokenCharacter)),
        ("per cent", "abcdefghijklmno%41pqr", Err(ConfigError::TokenCharacter)),
        ("plus", "abcdefghijklmno+pqrst", Err(ConfigError::TokenCharacter)),
        ("blank inside", "abcdefghijklmno pqrst", Err(ConfigError::TokenCharacter)),
        ("not ASCII", "abcdefghijklmnöpqrst", Err(ConfigError::TokenCharacter)),
        ("line break after", "abcdefghijklmnopqrst\n", Err(ConfigError::WhiteSpaceAround)),
    ] {
        assert_eq!(Verifier::new(Scheme::UrlToken(UrlToken), token).map(drop), want, "{accident} as the secret");
        assert_eq!(svix(SECRET).and_url_token(token).map(drop), want, "{accident} besides a secret");
    }
}

#[test]
fn one_url_cannot_contain_two_tokens() {
    let token = "abcdefghijklmnop";
    let verifier = Verifier::new(Scheme::UrlToken(UrlToken), token).unwrap();
    assert_eq!(verifier.and_url_token("0123456789abcdef").map(drop), Err(ConfigError::TokenTwice));
    let refir = Endpoint::<Refir>::new(token).unwrap();
    let again = refir.and_url_token(token).unwrap_err();
    assert_eq!(again.accident(), ConfigError::TokenTwice, "even the same one");
}

#[test]
fn no_platform_takes_an_empty_secret_or_white_space_around_one() {
    struct Each(usize);
    impl Visit for Each {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            for (secret, want) in [
                ("", ConfigError::EmptySecret),
                (" ", ConfigError::EmptySecret),
                ("\r\n", ConfigError::EmptySecret),
                ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", ConfigError::WhiteSpaceAround),
                ("\tMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ConfigError::WhiteSpaceAround),
                ("\"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"", ConfigError::QuotesAround),
            ] {
                let refused = Endpoint::<P>::new(secret).unwrap_err();
                assert_eq!(refused.accident(), want, "{}: {secret:?}", P::default().facts().name);
                let secret_of_it = P::default().facts().scheme.secret_from(&[7; 32]);
                let endpoint = Endpoint::<P>::new(secret_of_it).unwrap();
                let refused = endpoint.or_previous(secret).unwrap_err();
                assert_eq!(refused.accident(), want, "{}: previous {secret:?}", P::default().facts().name);
            }
            self.0 += 1;
        }
    }
    let mut each = Each(0);
    platform::visit_all(&mut each);
    assert_eq!(each.0, platform::ALL.len());
    assert_eq!(Secret::new("").map(drop), Err(ConfigError::EmptySecret));
    assert_eq!(Secret::new("a\n").map(drop), Err(ConfigError::WhiteSpaceAround));
}

#[test]
fn only_a_variant_of_the_scheme_can_be_pinned() {
    let prefinery = Scheme::TimestampedHmac(TimestampedHmac::new("x-signature"));
    let plain = Scheme::BodyHmac(BodyHmac::new("x-signature"));
    for (scheme, variant, want) in [
        (Scheme::Svix(Svix), Variant::WebhookHeaders, Ok(())),
        (Scheme::Svix(Svix), Variant::HexKey, Err(ConfigError::VariantNotOffered)),
        (prefinery.clone(), Variant::Timestamped, Ok(())),
        (prefinery, Variant::RawBody, Err(ConfigError::VariantNotOffered)),
        (plain.clone(), Variant::RawBody, Ok(())),
        (plain, Variant::FormPayload, Err(ConfigError::VariantNotOffered)),
        (Scheme::UrlToken(UrlToken), Variant::UrlToken, Ok(())),
        (Scheme::UrlToken(UrlToken), Variant::SvixHeaders, Err(ConfigError::VariantNotOffered)),
    ] {
        let verifier = Verifier::new(scheme, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let label = format!("{:?} with {variant:?}", verifier.scheme());
        assert_eq!(verifier.pin(variant).map(drop), want, "{label}");
    }
}
