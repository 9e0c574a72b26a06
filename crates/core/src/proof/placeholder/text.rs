//! Questions that several rules ask of a text.

use zeroize::Zeroizing;

/// The prefixes of Svix's keys.
pub(super) const KEY_PREFIXES: [&str; 3] = ["whsec_", "whpk_", "whsk_"];

/// Returns a text without the prefix of a Svix key.
pub(in crate::proof) fn without_key_prefix(text: &str) -> &str {
    KEY_PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text)
}

/// Returns whether a text begins as one of Svix's asymmetric keys does.
pub(in crate::proof) fn is_asymmetric(text: &str) -> bool {
    let text = text.strip_prefix("whsec_").unwrap_or(text);
    text.starts_with("whpk_") || text.starts_with("whsk_")
}

/// Returns whether a text can be a key in one of the usual formats.
pub(super) fn is_key(text: &str) -> bool {
    let has = |is_one: fn(&u8) -> bool| text.as_bytes().iter().any(is_one);
    let is_encoded = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte));
    KEY_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
        || (text.len() >= 16 && is_encoded && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic))
}

/// Returns whether a text is the name of a setting, a variable or a header: in one letter case, or about a secret.
pub(super) fn is_name(text: &str) -> bool {
    let has = |is_one: fn(&u8) -> bool| text.as_bytes().iter().any(is_one);
    let is_one_case = !has(u8::is_ascii_lowercase) || !has(u8::is_ascii_uppercase);
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        && (is_one_case || mentions_secret(text))
}

/// Returns whether a name is that of a secret or a signature.
pub(super) fn mentions_secret(name: &str) -> bool {
    let name = Zeroizing::new(name.to_ascii_lowercase());
    words("auth hmac key passw pwd secret sign token webhook").any(|word| name.contains(word))
}

/// Returns the text between two marks.
pub(super) fn inside_of<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

/// Returns whether a text begins with one of these words, in any letter case.
pub(super) fn begins_with_any(text: &str, beginnings: &'static str) -> bool {
    let begins_with = |beginning: &str| {
        text.as_bytes().get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning.as_bytes()))
    };
    words(beginnings).any(begins_with)
}

/// Returns the words of a list.
pub(super) fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split_ascii_whitespace()
}
