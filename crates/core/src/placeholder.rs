//! Texts that visibly are no secret: placeholders, references, whole lines, other credentials.
//!
//! **Guarantees**: a text that a person recognises as no secret is refused with the name of the accident.
//!
//! **Assumes**: a real secret is random, in hexadecimal, base64, base64url, letters and digits, or as a UUID, or it is a
//! phrase that a merchant chose. Every rule therefore needs a character that these formats lack, a prefix of several
//! characters, or a text whose words are all in a short list. A random secret of these formats meets none of them in
//! practice. Of random texts with every printable character, fewer than one in 500 looks like something else.
//!
//! **Without it**: `${PREFINERY_SECRET}` is a working HMAC key that every reader of the configuration knows.

mod word;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use self::word::is_placeholder;
use crate::{ConfigError, hex};

/// The prefixes of Svix's keys.
const KEY_PREFIXES: [&str; 3] = ["whsec_", "whpk_", "whsk_"];

/// A shorter text inside another may be there by chance, unless it is a word.
const MIN_WRAPPED_TEXT: usize = 8;

/// The length from which a key differs from the words around it.
const MIN_KEY_AMONG_OTHERS: usize = 24;

/// How often a text is unwrapped.
const MAX_WRAPPINGS: usize = 3;

/// The accident that a text visibly is.
pub(crate) fn accident(text: &str) -> Option<ConfigError> {
    accident_within(text, MAX_WRAPPINGS)
}

/// Returns the accident of a key given as bytes: whitespace and format are the caller's business there.
pub(crate) fn accident_of_bytes(key: &[u8]) -> Option<ConfigError> {
    let text = std::str::from_utf8(key).ok()?.trim();
    if is_reference(text) {
        return Some(ConfigError::Reference);
    }
    is_placeholder(without_key_prefix(text)).then_some(ConfigError::Placeholder)
}

/// Whether a text begins as one of Svix's asymmetric keys does.
pub(crate) fn is_asymmetric(text: &str) -> bool {
    let text = text.strip_prefix("whsec_").unwrap_or(text);
    text.starts_with("whpk_") || text.starts_with("whsk_")
}

/// Returns what follows the prefix of a Svix key.
pub(crate) fn without_key_prefix(text: &str) -> &str {
    KEY_PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text)
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
        // Random bytes are no text. Shorter ones may be by chance.
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

/// Whether a text is a credential of another kind: PEM, SSH key, JWT, a well-known API key.
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

/// Whether a text refers to a secret instead of being one: a template that was not filled in, the name of a variable,
/// or an address in a secret store.
fn is_reference(text: &str) -> bool {
    const BRACKETS: [(&str, &str); 15] = [
        ("${", "}"),
        ("$(", ")"),
        ("$[", "]"),
        ("#{", "}"),
        ("@{", "}"),
        ("%{", "}"),
        ("%(", ")"),
        ("{{", "}}"),
        ("{%", "%}"),
        ("[[", "]]"),
        ("((", "))"),
        ("{!!", "!!}"),
        ("<%", "%>"),
        ("<?", "?>"),
        ("<!--", "-->"),
    ];
    const NAME_MARKS: [(&str, &str); 8] =
        [("{", "}"), ("%", "%"), ("@@", "@@"), ("__", "__"), ("!", "!"), ("##", "##"), ("$", ""), ("$env:", "")];
    const STORES: &str = "!!binary !env !getatt !importvalue !ref !secret !sub !vault %env( $ansible_vault @microsoft.keyvault akv: akv:// arn: aws-sm: awssm: \
        azurekeyvault: berglas:// bws: cipher: {cipher} config. configmapkeyref conjur: doppler: enc( enc[ env( env. \
        env: env[ file: gcp-sm: getenv( import.meta.env infisical: keychain: keyring: keyvault: op:// os.environ \
        os.getenv pass: process.env ref+ secretkeyref secretref secrets. secretsmanager: sm:// sops: ssm: \
        system.getenv valuefrom vault:";
    let is_expression = |inside: &str| {
        inside.contains(|c: char| c.is_ascii_alphabetic())
            && inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-:/ |'\"=[](),$?{}".contains(&byte))
    };
    let is_bracketed = BRACKETS.iter().any(|(open, close)| {
        let Some((_, inside)) = text.split_once(open) else { return false };
        let is_at_an_end = text.starts_with(open) || text.ends_with(close);
        match inside.rsplit_once(close) {
            Some((inside, _)) => is_at_an_end && is_expression(inside),
            None => text.starts_with(open) && is_name(inside.trim()),
        }
    });
    let is_name_within = NAME_MARKS.iter().any(|(open, close)| inside_of(text, open, close).is_some_and(is_name));
    let is_store_path = text.starts_with("projects/") && text.contains("/secrets/");
    is_bracketed
        || is_name_within
        || is_store_path
        || inside_of(text, "<", ">").is_some_and(is_description)
        || begins_with_any(text, STORES)
        || is_call(text)
        || is_command(text)
        || is_variable_name(text)
}

/// Returns the text between two marks.
fn inside_of<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

/// Whether a text may be a few words, as in `<your secret>`.
fn is_description(text: &str) -> bool {
    text.chars().all(|character| character.is_alphanumeric() || " _-.,:'/".contains(character))
}

/// Whether a text is the call of a function: `env("SECRET")`, `Some("…")`, `b'…'`.
fn is_call(text: &str) -> bool {
    let is_quoted = |text: &str| {
        let is_within = |mark| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
        is_within('"') || is_within('\'')
    };
    let call = text.strip_suffix(')').and_then(|text| text.split_once('('));
    call.is_some_and(|(function, argument)| {
        function.len() >= 3
            && function.starts_with(|first: char| first.is_ascii_alphabetic() || first == '@')
            && function[1..].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:!".contains(&byte))
            && (is_quoted(argument) || is_name(argument))
    }) || text.strip_prefix('b').is_some_and(|literal| is_quoted(literal) && is_key(&literal[1..literal.len() - 1]))
}

/// Whether a text is a command that would print or make a secret.
fn is_command(text: &str) -> bool {
    const PROGRAMS: &str = "aws az cat curl echo gcloud kubectl op openssl printenv pwgen vault";
    const ARGUMENTS: &str = "$ -h / accounts get keyvault kv rand read secret secrets secretsmanager ssm";
    let command = text.strip_prefix("$ ").unwrap_or(text);
    command.split_once(' ').is_some_and(|(program, arguments)| {
        words(PROGRAMS).any(|known| known == program)
            && (begins_with_any(arguments, ARGUMENTS) || is_variable_name(arguments))
    })
}

/// Whether a text is the name of a variable for a secret: `PREFINERY_SECRET`.
fn is_variable_name(text: &str) -> bool {
    let mut parts = text.split('_');
    text.contains('_')
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && parts.any(|part| matches!(part, "SECRET" | "SECRETS" | "KEY" | "TOKEN" | "PASSWORD" | "WEBHOOK"))
}

/// Whether a text is such a name in small letters: `prefinery_secret`. Digits would make a prefix and a key of it.
fn is_small_variable_name(text: &str) -> bool {
    ["_secret", "_key", "_token", "_password"].iter().any(|ending| text.ends_with(ending))
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Whether a text was shortened or hidden for display: `whsec_MfKQ…`, `****aSw`, `---`.
fn is_masked(text: &str) -> bool {
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

/// Whether a text repeats one character.
fn is_one_character(text: &str) -> bool {
    // Hyphens divide a UUID.
    let mut characters = text.trim_end_matches('=').chars().filter(|character| *character != '-');
    let first = characters.next();
    let mut rest = characters.peekable();
    rest.peek().is_some() && rest.all(|character| Some(character) == first)
}

/// Whether a text is JSON with something around the secret.
fn is_json(text: &str) -> bool {
    let is_within = |open, close| text.starts_with(open) && text.ends_with(close);
    let is_object = is_within('{', '}') && (text.contains(['"', '\'', ':']) || text.len() == 2);
    let is_array = is_within('[', ']') && (text.contains(['"', '\'', ',']) || text.len() == 2);
    is_object || is_array || (text.starts_with('"') && text.contains("\":"))
}

/// Whether a text is a URL or the path of a file.
fn is_address(text: &str) -> bool {
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

/// Labels that are too short for a name, or have digits.
const LABELS: &str = "base64: enc: hex: sha256: sha256= v0= v1= whsec- whsec: whsec=";

/// Whether a text is a line with the secret behind a name: `NAME=value`, `name: value`, `Bearer value`.
fn is_line(text: &str) -> bool {
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

/// Whether a key has other words around it: `Signing secret: …`, `… # comment`, a key with a blank inside.
fn is_among_others(text: &str) -> bool {
    text.contains(' ') && text.split(' ').any(|part| part.len() >= MIN_KEY_AMONG_OTHERS && is_key(part))
}

/// Whether a key has a pair of marks around it or the escape of a line break after it: `(…)`, `"…",`, `…\n`.
fn is_key_in_marks(text: &str) -> bool {
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

/// Whether a text was escaped for a URL or for HTML. One escape inside may be there by chance.
fn is_escaped(text: &str) -> bool {
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

/// Whether a text holds several secrets.
fn is_several(text: &str) -> bool {
    let parts = text.split(|character: char| character.is_whitespace() || matches!(character, ',' | ';' | '|'));
    text.matches("whsec_").count() > 1 || parts.filter(|part| is_key(part)).count() > 1
}

/// Whether a text can be a key in one of the usual formats.
fn is_key(text: &str) -> bool {
    let has = |is_one: fn(&u8) -> bool| text.as_bytes().iter().any(is_one);
    let is_encoded = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte));
    KEY_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
        || (text.len() >= 16 && is_encoded && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic))
}

/// Whether a text is the name of a setting, a variable or a header: in one letter case, or about a secret.
fn is_name(text: &str) -> bool {
    let has = |is_one: fn(&u8) -> bool| text.as_bytes().iter().any(is_one);
    let is_one_case = !has(u8::is_ascii_lowercase) || !has(u8::is_ascii_uppercase);
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        && (is_one_case || mentions_secret(text))
}

/// Whether a name is that of a secret or a signature.
fn mentions_secret(name: &str) -> bool {
    let name = Zeroizing::new(name.to_ascii_lowercase());
    words("auth hmac key passw pwd secret sign token webhook").any(|word| name.contains(word))
}

/// Whether a text begins with one of these words, in any letter case.
fn begins_with_any(text: &str, beginnings: &'static str) -> bool {
    let begins_with = |beginning: &str| {
        text.as_bytes().get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning.as_bytes()))
    };
    words(beginnings).any(begins_with)
}

/// Returns the words of a list.
fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split_ascii_whitespace()
}
