//! What is wrong with a configuration, found at start-up.

use std::fmt;

/// Why an endpoint could not be set up; names the accident and the way out, never the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The secret has no text, or no key is left after its prefix.
    EmptySecret,
    /// White space stands before or after the secret.
    WhiteSpaceAround,
    /// The secret stands in quotation marks, as files of settings write it.
    QuotesAround,
    /// The secret begins with `v1,`, as some dashboards show it.
    VersionPrefix,
    /// A `whpk_` or `whsk_` key stands after `whsec_`, or the feature `ed25519` is off.
    AsymmetricKey,
    /// The secret begins with a prefix that this version does not know, such as `whsk1_` or a typing error.
    UnknownPrefix,
    /// The secret is written in the URL-safe base64 alphabet (`-`, `_`).
    UrlSafeAlphabet,
    /// The secret is not standard base64.
    NotBase64,
    /// An Ed25519 key has neither 32 nor (`whsk_` only) 64 bytes, or is no point of the curve.
    BadAsymmetricKey,
    /// The two halves of a 64-byte `whsk_` key do not belong together.
    KeyHalvesDiffer,
    /// A URL token has fewer than 16 bytes.
    TokenTooShort,
    /// A URL token has a character that would be escaped in a URL.
    TokenCharacter,
    /// A URL token beside a secret that is a URL token itself: one URL cannot carry both.
    TokenTwice,
    /// The endpoint's scheme does not offer the variant that should be pinned.
    VariantNotOffered,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptySecret => "the secret is empty; copy it from the platform's webhook settings",
            Self::WhiteSpaceAround => {
                "white space stands before or after the secret; remove it (a trailing line break is the usual cause)"
            }
            Self::QuotesAround => "the secret stands in quotation marks; give it without them",
            Self::VersionPrefix => "the secret begins with `v1,`; give it from `whsec_` on",
            Self::AsymmetricKey => {
                "this is an asymmetric key (`whpk_`, `whsk_`), not a `whsec_` secret; \
                 give it with its own prefix and the feature `ed25519`"
            }
            Self::UnknownPrefix => "the secret begins with an unknown prefix; expected `whsec_`",
            Self::UrlSafeAlphabet => {
                "the secret is written in the URL-safe base64 alphabet; replace `-` by `+` and `_` by `/`"
            }
            Self::NotBase64 => "the secret is not standard base64; was it cut while copying?",
            Self::BadAsymmetricKey => "the Ed25519 key has the wrong length or is no valid key",
            Self::KeyHalvesDiffer => "the two halves of the `whsk_` key do not belong together",
            Self::TokenTooShort => "the URL token has fewer than 16 bytes; use at least 128 random bits",
            Self::TokenCharacter => {
                "the URL token has a character that URLs escape; use letters, digits, `-`, `.`, `_` and `~`"
            }
            Self::TokenTwice => "the secret is a URL token already; give further ones with `or_previous`",
            Self::VariantNotOffered => "the endpoint's scheme does not offer this variant",
        })
    }
}

impl std::error::Error for ConfigError {}
