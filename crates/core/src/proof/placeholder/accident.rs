//! The order in which a text is compared with the known accidents.

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::reference::{is_reference, is_small_variable_name};
use super::shape::{
    is_address, is_among_others, is_escaped, is_json, is_key_in_marks, is_line, is_masked, is_one_character, is_several,
};
use super::text::{KEY_PREFIXES, begins_with_any, inside_of, is_asymmetric, is_name, without_key_prefix};
use super::word::is_placeholder;
use crate::ConfigError;
use crate::proof::hex;

/// The minimum length of a text inside another, in bytes. A shorter one may be there by chance, unless it is a word.
const MIN_WRAPPED_TEXT: usize = 8;

/// The number of times that a text is unwrapped.
const MAX_WRAPPINGS: usize = 3;

/// Returns the accident that a text shows.
pub(in crate::proof) fn accident(text: &str) -> Option<ConfigError> {
    accident_within(text, MAX_WRAPPINGS)
}

/// Returns the accident of a key given as bytes: whitespace and format are the caller's business there.
pub(in crate::proof) fn accident_of_bytes(key: &[u8]) -> Option<ConfigError> {
    let text = std::str::from_utf8(key).ok()?.trim();
    if is_reference(text) {
        return Some(ConfigError::Reference);
    }
    is_placeholder(without_key_prefix(text)).then_some(ConfigError::Placeholder)
}

fn accident_within(text: &str, wrappings: usize) -> Option<ConfigError> {
    let bare = without_key_prefix(text);
    Some(match bare {
        _ if is_credential(text) => ConfigError::OtherCredential,
        _ if is_reference(text) || is_reference(bare) => ConfigError::Reference,
        _ if is_placeholder(bare) => ConfigError::Placeholder,
        // A word in brackets is a placeholder first: `[null]`.
        _ if inside_of(bare, "[", "]").is_some_and(is_name) => ConfigError::Reference,
        _ if is_small_variable_name(bare) => ConfigError::Reference,
        _ if is_masked(bare) => ConfigError::Masked,
        _ if is_one_character(bare) && !is_asymmetric(text) => ConfigError::RepeatedCharacter,
        _ if is_json(text) => ConfigError::Json,
        _ if is_address(text) => ConfigError::Address,
        _ if is_line(text) => ConfigError::WholeLine,
        _ if is_several(text) => ConfigError::SeveralSecrets,
        _ if is_among_others(text) => ConfigError::WholeLine,
        _ if is_key_in_marks(text) => ConfigError::QuotesAround,
        _ if is_escaped(text) => ConfigError::Wrapped,
        _ => return wrappings.checked_sub(1).and_then(|left| wrapped(bare, left)),
    })
}

/// Returns the accident of a text that was encoded once more, as Kubernetes stores secrets.
fn wrapped(text: &str, wrappings: usize) -> Option<ConfigError> {
    let decoders = [from_base64(&STANDARD, text), from_base64(&URL_SAFE, text), hex::decode_all(text.as_bytes())];
    decoders.into_iter().flatten().map(Zeroizing::new).find_map(|bytes| {
        let inner = std::str::from_utf8(&bytes).ok()?.trim();
        // Random bytes are rarely text, unless they are few.
        if inner.len() < 4 || !inner.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return None;
        }
        if inner.len() < MIN_WRAPPED_TEXT {
            return is_placeholder(inner).then_some(ConfigError::Placeholder);
        }
        if KEY_PREFIXES.iter().any(|prefix| inner.starts_with(prefix)) {
            return Some(ConfigError::Wrapped);
        }
        accident_within(inner, wrappings).filter(|accident| {
            matches!(
                accident,
                ConfigError::Json
                    | ConfigError::OtherCredential
                    | ConfigError::Placeholder
                    | ConfigError::Reference
                    | ConfigError::WholeLine
                    | ConfigError::Wrapped
            )
        })
    })
}

fn from_base64(alphabet: &Alphabet, text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

/// Returns whether a text is a credential of another kind: PEM, SSH key, JWT, a well-known API key.
fn is_credential(text: &str) -> bool {
    const PREFIXES: &str = "ssh-rsa ssh-ed25519 ecdsa-sha2- ghp_ gho_ ghs_ github_pat_ sk_live_ sk_test_ pk_live_ \
        pk_test_ rk_live_ rk_test_ sk-ant- sk-proj- ssh-dss xapp- xoxa- xoxb- xoxp- xoxr- age-secret-key- aiza glpat- \
        npm_ putty-user-key- sg.";
    let is_jwt = text.starts_with("eyJ") && text.matches('.').count() >= 2;
    let is_access_key = text.len() == 20
        && text.starts_with("AKIA")
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    text.contains("-----BEGIN")
        || text.contains("-----END")
        || is_jwt
        || is_access_key
        || begins_with_any(text, PREFIXES)
}
