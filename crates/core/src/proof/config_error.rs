//! Mistakes in a configuration, found at start-up.

use std::fmt;

/// The reason for which an endpoint could not be set up. `Display` names the accident and the next step, never the
/// secret.
///
/// ```
/// use referral_webhooks::{ConfigError, Secret};
///
/// let error = Secret::new(" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap_err();
/// assert_eq!(error, ConfigError::WhiteSpaceAround);
/// assert!(error.to_string().ends_with("(a trailing line break is the usual cause)"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The secret is empty, or only a prefix.
    EmptySecret,
    /// The secret has white space before or after it.
    WhiteSpaceAround,
    /// The secret has quotation marks or brackets around it, as in a file of settings or a program.
    QuotesAround,
    /// The secret has a line break inside: it holds several lines, or was wrapped while copying.
    LineBreakInside,
    /// The secret has a control character, an invisible one or the mark of an unreadable one.
    InvisibleCharacter,
    /// The secret is a reference that was not resolved: `${NAME}`, `{{ name }}`, `<secret>`, `vault:…`, `SHOP_SECRET`.
    Reference,
    /// The secret is a placeholder: `changeme`, `null`, `your-secret-here`, `123456`.
    Placeholder,
    /// The secret was hidden or shortened for display: `****`, `whsec_MfKQ…`.
    Masked,
    /// The secret is one character repeated.
    RepeatedCharacter,
    /// The secret is a whole line: `NAME=value`, `name: value`, a header.
    WholeLine,
    /// The secret is JSON: an object, an array, a member.
    Json,
    /// The secret is a URL or the path of a file.
    Address,
    /// The secret is another credential: a PEM block, a JWT, an SSH key, an API key, a Svix key of another kind.
    OtherCredential,
    /// The text holds several secrets.
    SeveralSecrets,
    /// The secret was encoded once more: base64 or hexadecimal of a `whsec_` secret, escapes for a URL or for HTML.
    Wrapped,
    /// The key has fewer than 16 bytes (Svix) or 8 bytes (every scheme whose key is the secret's text).
    KeyTooShort,
    /// The secret begins with `v1,`, as some dashboards show it.
    VersionPrefix,
    /// A `whpk_` or `whsk_` key follows `whsec_`, or the feature `ed25519` is off.
    AsymmetricKey,
    /// The secret begins with a prefix that this version does not know, such as `whsk1_` or a typing error.
    UnknownPrefix,
    /// The secret is written in the URL-safe base64 alphabet (`-`, `_`).
    UrlSafeAlphabet,
    /// The secret is not standard base64.
    NotBase64,
    /// An Ed25519 key has neither 32 nor (`whsk_` only) 64 bytes, or is not a point of the curve.
    BadAsymmetricKey,
    /// The private and the public half of a `whsk_` key or a JWK do not belong together.
    KeyHalvesDiffer,
    /// The secret is not a JWK set, and not a JWK.
    NotAJwkSet,
    /// The JWK set holds a private key.
    PrivateJwk,
    /// The JWK set holds a symmetric key (`oct`).
    SymmetricJwk,
    /// A JWK lacks a member, is not strict base64url, or is no valid key.
    BadJwk,
    /// An RSA key has fewer than 2048 bits, or more than 8192.
    RsaKeySize,
    /// The public exponent of an RSA key is even, less than 65537, or more than 32 bits long.
    RsaExponent,
    /// The JWK set has two keys of one algorithm with the same `kid`.
    RepeatedKid,
    /// The JWK set has no key for signatures of the scheme's algorithms.
    NoJwkForSignatures,
    /// The JWK set has more than 32 keys or 64 KiB.
    TooManyJwks,
    /// A token in a URL, a header or a body has fewer than 16 bytes. In credentials, the password has.
    TokenTooShort,
    /// A URL token has a character that would be escaped in a URL.
    TokenCharacter,
    /// A token in a header has a character that is not printable ASCII.
    HeaderTokenCharacter,
    /// A URL token is demanded in addition to a secret that is a URL token. One URL cannot carry both.
    TokenTwice,
    /// The endpoint's scheme does not offer the variant that should be pinned.
    VariantNotOffered,
    /// The name of a header has a character that no header name has, or is empty or too long.
    HeaderName,
    /// The header belongs to HTTP itself, such as `Host` or `Content-Type`, and cannot carry a proof.
    ReservedHeader,
    /// The prefix of a header's value is longer than 64 bytes, begins with a blank, or has a character that is not
    /// printable ASCII.
    HeaderPrefix,
    /// The two element names of a header are empty, equal, too long, or have a character that separates elements.
    ElementName,
    /// The name of a member or of a form field is empty, too long or has a control character.
    MemberName,
    /// The algorithm of a signature is this one, which is too weak for a proof.
    WeakAlgorithm(&'static str),
    /// The name of an algorithm is unknown.
    UnknownAlgorithm,
    /// The process uses more than 1,000 different names of headers, elements and members.
    TooManyNames,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WeakAlgorithm(name) => {
                return write!(
                    f,
                    "{name} is too weak to prove a sender; choose HMAC-SHA256 at the platform, or treat it as unsigned and \
                     give it a secret URL (`UrlToken`)"
                );
            }
            Self::UnknownAlgorithm => "the algorithm is unknown; this version verifies `hmac-sha256`",
            Self::EmptySecret => "the secret is empty; copy it from the platform's webhook settings",
            Self::WhiteSpaceAround => {
                "white space stands before or after the secret; remove it (a trailing line break is the usual cause)"
            }
            Self::QuotesAround => "the secret stands in quotation marks, brackets or escapes (`\\n`); give it without them",
            Self::LineBreakInside => {
                "a line break stands inside the secret; give one secret on one line, and further ones with `or_previous`"
            }
            Self::InvisibleCharacter => {
                "an invisible or unreadable character stands in the secret (a byte order mark, a zero-width blank, a \
                 control character); type it in again, or save its file as plain UTF-8"
            }
            Self::Reference => {
                "the secret is the name of one or a template that was not filled in (`${NAME}`, `{{name}}`, `<name>`, \
                 `vault:…`); resolve it before the program starts"
            }
            Self::Placeholder => {
                "the secret is a placeholder, such as `changeme`, `null` or `test`; copy the real one from the \
                 platform's webhook settings"
            }
            Self::Masked => {
                "the secret was hidden or shortened for display (`****`, `…`); reveal it in the platform's webhook \
                 settings and copy all of it"
            }
            Self::RepeatedCharacter => {
                "the secret is one character repeated; copy the real one from the platform's webhook settings"
            }
            Self::WholeLine => {
                "the secret is a whole line (`NAME=value`, `name: value`, a header); give only the secret's value"
            }
            Self::Json => "the secret is JSON; give only the value of the member that holds the secret",
            Self::Address => "the secret is a URL or the path of a file; give the secret that is to be found there",
            Self::OtherCredential => {
                "the secret is another kind of credential (a PEM block, a JWT, an SSH key, an API key, a `whpk_` or \
                 `whsk_` key); copy the signing secret from the platform's webhook settings"
            }
            Self::SeveralSecrets => "several secrets stand in one; give the current one, and others with `or_previous`",
            Self::Wrapped => {
                "the secret was encoded once more (base64 or hexadecimal of a `whsec_` secret, escapes such as `%0A` or \
                 `&quot;`); decode it once"
            }
            Self::KeyTooShort => {
                "the secret is too short to be a key; copy all of it from the platform's webhook settings, or choose \
                 one of at least 24 random bytes there"
            }
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
            Self::KeyHalvesDiffer => "the private and the public half of the key do not belong together",
            Self::NotAJwkSet => {
                "the secret is not a JWK set; give the content of the platform's `jwks.json` (`{\"keys\":[…]}`), or one of its \
                 keys, as text"
            }
            Self::PrivateJwk => {
                "the JWK set holds a private key (`d`); a receiver needs the public keys only, so take out the private members, \
                 and replace the key pair if the set was sent or stored anywhere"
            }
            Self::SymmetricJwk => {
                "the JWK set holds a symmetric key (`oct`), with which its readers can sign; give the platform's public keys"
            }
            Self::BadJwk => "a JWK of the set lacks a member, is not base64url, or is no valid key; was it cut while copying?",
            Self::RsaKeySize => "an RSA key of the JWK set has fewer than 2048 bits, or more than 8192",
            Self::RsaExponent => "the public exponent of an RSA key is even, less than 65537, or longer than 32 bits",
            Self::RepeatedKid => "the JWK set has two keys with the same `kid`; give the set as the platform publishes it",
            Self::NoJwkForSignatures => {
                "the JWK set has no key for signatures of this platform (`RS256` with `RSA`, `ES256` with `EC` and `P-256`)"
            }
            Self::TooManyJwks => "the JWK set has more than 32 keys or 64 KiB",
            Self::TokenTooShort => "the token has fewer than 16 bytes; use at least 128 random bits",
            Self::TokenCharacter => {
                "the URL token has a character that URLs escape; use letters, digits, `-`, `.`, `_` and `~`"
            }
            Self::HeaderTokenCharacter => {
                "the token has a character that headers cannot carry; use letters, digits and other printable ASCII"
            }
            Self::TokenTwice => "the secret is a URL token already; give further ones with `or_previous`",
            Self::VariantNotOffered => "the endpoint's scheme does not offer this variant",
            Self::HeaderName => {
                "the header name is invalid; use letters, digits and hyphens, without a colon, and at most 256 of them"
            }
            Self::ReservedHeader => {
                "the header belongs to HTTP itself and cannot carry a proof; give the header that the platform documents"
            }
            Self::HeaderPrefix => {
                "the prefix of the header's value is invalid; give at most 64 printable ASCII characters that begin \
                 without a blank, such as `sha256=` or `Bearer `"
            }
            Self::ElementName => {
                "the element names are invalid; give two different ones without comma, equals sign and blank, such as \
                 `t` and `v1`"
            }
            Self::MemberName => {
                "the name of the member or field is invalid; give 1 to 256 bytes without a control character"
            }
            Self::TooManyNames => {
                "more than 1,000 different names of headers, elements and members are in use; make each scheme once, \
                 and never from a request"
            }
        })
    }
}

impl std::error::Error for ConfigError {}
