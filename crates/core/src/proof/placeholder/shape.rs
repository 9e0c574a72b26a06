//! Texts with something around the secret, or with a part of it missing.

use std::collections::BTreeSet;

use super::reference::is_variable_name;
use super::text::{begins_with_any, inside_of, is_key, is_name, mentions_secret, words};
use super::word::is_placeholder;
use crate::proof::hex;

/// The length from which a key differs from the words around it.
const MIN_KEY_AMONG_OTHERS: usize = 24;

/// Labels that are too short for a name, or have digits.
const LABELS: &str = "base64: enc: hex: sha256: sha256= v0= v1= whsec- whsec: whsec=";

/// Returns whether a text was shortened or hidden for display: `whsec_MfKQ…`, `****aSw`, `---`.
pub(super) fn is_masked(text: &str) -> bool {
    const MASKS: [char; 6] = ['*', '•', '●', '∙', '·', '.'];
    let is_filling = text.chars().count() >= 3
        && !text.chars().any(char::is_alphanumeric)
        // Base64 may have no letters either.
        && !text.contains('/')
        && text.chars().collect::<BTreeSet<_>>().len() <= 3;
    let is_one_word = !text.contains(char::is_whitespace);
    let is_cut = text.starts_with(['…', '⋯'])
        || text.ends_with(['…', '⋯'])
        || (is_one_word && (text.contains(['…', '⋯']) || text.contains("...")));
    let is_hidden = MASKS.iter().any(|mask| {
        let (three, four) = (mask.to_string().repeat(3), mask.to_string().repeat(4));
        text.starts_with(&three) || text.ends_with(&three) || (*mask != '.' && text.contains(&four))
    });
    is_cut || is_hidden || is_filling
}

/// Returns whether a text repeats one character.
pub(super) fn is_one_character(text: &str) -> bool {
    // Hyphens divide a UUID.
    let mut characters = text.trim_end_matches('=').chars().filter(|character| *character != '-');
    let first = characters.next();
    let mut rest = characters.peekable();
    rest.peek().is_some() && rest.all(|character| Some(character) == first)
}

/// Returns whether a text is JSON with something around the secret.
pub(super) fn is_json(text: &str) -> bool {
    let is_within = |open, close| text.starts_with(open) && text.ends_with(close);
    let is_object = is_within('{', '}') && (text.contains(['"', '\'', ':']) || text.len() == 2);
    let is_array = is_within('[', ']') && (text.contains(['"', '\'', ',']) || text.len() == 2);
    is_object || is_array || (text.starts_with('"') && text.contains("\":"))
}

/// Returns whether a text is a URL or the path of a file.
pub(super) fn is_address(text: &str) -> bool {
    const ROOTS: &str = "app data etc home mnt opt private root run secrets srv tmp usr var vault";
    const ENDINGS: &str = ".env .json .pem .secret .toml .txt .yaml";
    let is_path = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/\\._-~@ ".contains(&byte));
    // Base64 has slashes, and neither these characters nor lower-case letters alone.
    let is_no_base64 = text.contains(['.', '-', '_']) || !text.contains(|c: char| c.is_ascii_uppercase());
    let is_deep = text.starts_with('/') && text.matches('/').count() > 1 && text.contains(['.', '-', '_']);
    let is_root = |name: &str| words(ROOTS).any(|root| root.eq_ignore_ascii_case(name));
    let first = text.strip_prefix('/').and_then(|rest| rest.split_once('/'));
    let is_absolute = (is_deep || first.is_some_and(|(name, _)| is_root(name))) && is_no_base64 && is_path(text);
    let is_on_drive = matches!(text.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    text.contains("://")
        || begins_with_any(text, "data: localhost")
        || is_absolute
        || (is_on_drive && is_path(&text[2..]))
        || (begins_with_any(text, "./ ../ ~/ ~\\ \\\\") && is_path(text))
        || words(ENDINGS).any(|ending| text.ends_with(ending))
}

/// Returns whether a text is a line with the secret behind a name: `NAME=value`, `name: value`, `Bearer value`.
pub(super) fn is_line(text: &str) -> bool {
    let text = text.trim_start_matches("--");
    let line = ["export ", "set ", "setx ", "$env:", "declare -x ", "- "]
        .iter()
        .find_map(|command| text.strip_prefix(command))
        .unwrap_or(text);
    let is_command = line.len() < text.len();
    // A short name may be the chance beginning of a secret.
    let has_name = |name: &str, value: &str| {
        let name = name.trim_end();
        let is_large = name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_long = name.len() >= 6 && !name.contains(|character: char| character.is_ascii_digit());
        let is_known_value = || is_key(value) || is_placeholder(value);
        is_name(name) && (is_command || mentions_secret(name) || is_long || (is_large && is_known_value()))
    };
    // Base64 ends in `=`, and has it nowhere else.
    let is_assignment = line.split_once('=').is_some_and(|(name, value)| {
        has_name(name, value.trim_matches([' ', '"', '\'']))
            && !value.starts_with('=')
            && (!value.is_empty() || is_variable_name(name))
    });
    let is_signature = text.starts_with("t=") && text.contains(",v");
    let is_labelled = begins_with_any(text, LABELS);
    let is_pair = line.split_once(':').is_some_and(|(name, value)| {
        let is_spaced = value.starts_with(' ') && is_name(name) && name.len() >= 4;
        is_spaced || (has_name(name, value) && (value.starts_with(' ') || mentions_secret(name) || is_key(value)))
    });
    let is_authorization = text
        .split_once(' ')
        .is_some_and(|(scheme, _)| ["bearer", "basic", "token"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
    is_assignment || is_signature || is_labelled || is_pair || is_authorization
}

/// Returns whether a key has other words around it: `Signing secret: …`, `… # comment`, a key with a blank inside.
pub(super) fn is_among_others(text: &str) -> bool {
    text.contains(' ') && text.split(' ').any(|part| part.len() >= MIN_KEY_AMONG_OTHERS && is_key(part))
}

/// Returns whether a key has a pair of marks around it or the escape of a line break after it: `(…)`, `"…",`, `…\n`.
pub(super) fn is_key_in_marks(text: &str) -> bool {
    const PAIRS: [(&str, &str); 9] = [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("\"", "\","),
        ("\"", "\";"),
        ("'", "',"),
        ("'", "';"),
        ("\\\"", "\\\""),
        ("\\'", "\\'"),
    ];
    const ESCAPES: [&str; 5] = ["\\n", "\\r", "\\t", "\\ufeff", "\\u200b"];
    let mut bare = text;
    for escape in ESCAPES.iter().chain(&ESCAPES) {
        bare = bare.strip_prefix(escape).unwrap_or(bare);
        bare = bare.strip_suffix(escape).unwrap_or(bare);
    }
    (bare.len() < text.len() && is_key(bare))
        || PAIRS.iter().any(|(open, close)| inside_of(text, open, close).is_some_and(is_key))
}

/// Returns whether a text was escaped for a URL or for HTML. One escape inside may be there by chance.
pub(super) fn is_escaped(text: &str) -> bool {
    let is_escape = |part: &str| {
        let byte = part.as_bytes().first_chunk::<2>().and_then(|digits| hex::decode::<1>(digits));
        // Letters and digits are never escaped.
        byte.is_some_and(|[byte]| byte < 0x80 && !byte.is_ascii_alphanumeric())
    };
    let has_no_other_signs = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%-._~".contains(&byte));
    let mut escapes = text.split('%').skip(1).peekable();
    let are_enough = text.starts_with('%')
        || begins_with_any(text, "whsec%5f")
        || text.matches('%').count() > 1
        || text.rfind('%').is_some_and(|last| last + 3 == text.len());
    let is_for_url = are_enough && has_no_other_signs && escapes.peek().is_some() && escapes.all(is_escape);
    is_for_url || ["&lt;", "&gt;", "&quot;", "&amp;", "&#39;"].iter().any(|entity| text.contains(entity))
}

/// Returns whether a text holds several secrets.
pub(super) fn is_several(text: &str) -> bool {
    let parts = text.split(|character: char| character.is_whitespace() || matches!(character, ',' | ';' | '|'));
    text.matches("whsec_").count() > 1 || parts.filter(|part| is_key(part)).count() > 1
}
