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

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::{ConfigError, hex};

/// The prefixes of Svix's keys.
const KEY_PREFIXES: [&str; 3] = ["whsec_", "whpk_", "whsk_"];

/// The longest text that can be a placeholder, in bytes.
const MAX_PLACEHOLDER: usize = 256;

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
        _ if is_masked(bare) => ConfigError::Masked,
        _ if is_one_character(bare) && !is_asymmetric(text) => ConfigError::RepeatedCharacter,
        _ if is_json(text) => ConfigError::Json,
        _ if is_address(text) => ConfigError::Address,
        _ if is_line(text) => ConfigError::WholeLine,
        _ if is_several(text) => ConfigError::SeveralSecrets,
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
        pk_test_ rk_live_ xoxb-";
    let is_jwt = text.starts_with("eyJ") && text.matches('.').count() >= 2;
    text.contains("-----BEGIN") || text.contains("-----END") || is_jwt || begins_with_any(text, PREFIXES)
}

/// Whether a text refers to a secret instead of being one: a template that was not filled in, the name of a variable,
/// or an address in a secret store.
fn is_reference(text: &str) -> bool {
    const BRACKETS: [(&str, &str); 11] = [
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
        ("<%", "%>"),
    ];
    const NAME_MARKS: [(&str, &str); 8] =
        [("{", "}"), ("%", "%"), ("@@", "@@"), ("__", "__"), ("!", "!"), ("##", "##"), ("$", ""), ("$env:", "")];
    const STORES: &str = "!ref !secret !sub !vault $ansible_vault @microsoft.keyvault akv: akv:// arn: aws-sm: awssm: \
        azurekeyvault: berglas:// bws: cipher: {cipher} config. configmapkeyref conjur: doppler: enc( enc[ env( env. \
        env: env[ file: gcp-sm: getenv( import.meta.env infisical: keychain: keyring: keyvault: op: os.environ \
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
    let inside_of = |open: &str, close: &str| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let is_name_within = NAME_MARKS.iter().any(|(open, close)| inside_of(open, close).is_some_and(is_name));
    let is_store_path = text.starts_with("projects/") && text.contains("/secrets/");
    is_bracketed
        || is_name_within
        || is_store_path
        || inside_of("<", ">").is_some()
        || begins_with_any(text, STORES)
        || is_variable_name(text)
}

/// Whether a text is the name of a variable for a secret: `PREFINERY_SECRET`.
fn is_variable_name(text: &str) -> bool {
    let mut parts = text.split('_');
    text.contains('_')
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && parts.any(|part| matches!(part, "SECRET" | "SECRETS" | "KEY" | "TOKEN" | "PASSWORD" | "WEBHOOK"))
}

/// Whether a text is made of words that take the place of a secret.
fn is_placeholder(text: &str) -> bool {
    if text.len() > MAX_PLACEHOLDER {
        return false;
    }
    let text = Zeroizing::new(text.to_ascii_lowercase());
    let plain = Zeroizing::new(text.chars().map(as_letter).collect::<String>());
    is_words(&text) || is_words(&plain)
}

/// Returns the letter for which a digit or sign is written in `p4ssw0rd`.
const fn as_letter(character: char) -> char {
    match character {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Words that take the place of a secret, alone or one after another.
const WORDS: &str = "abc add admin api asdf auth bar baz blank censored change changed config copy default demo dev \
    dummy empty enter env error example fake false fill fixme foo from goes guest hello here hidden hmac hook in \
    insert it key letmein local masked me missing my nan nil no none not null object our pass passphrase passwd \
    password paste phrase placeholder private prod production put pwd qwerty redacted removed replace root sample \
    secret secrets set shared signature signing some staging string super tbd temp test testing text this todo token \
    true undefined unknown unset url value webhook webhooks your";

/// Words that ask for a secret.
const REQUESTS: &str = "change copy enter fill fixme insert my our paste put replace todo your";

/// Words beside those that ask for a secret.
const BESIDE_REQUESTS: &str = "a actual an and at by dashboard for genius of prefinery real redpin referral referrals \
    refir rocket settings svix the to whsec with own";

/// Whether all letters of a text make placeholder words, and all digits count up or number them.
fn is_words(text: &str) -> bool {
    const COUNTS: [&str; 2] = ["12345678901234567890", "01234567890123456789"];
    let is_counting = |digits: &str| COUNTS.iter().any(|count| count.starts_with(digits));
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return is_counting(text);
    }
    let runs = |is_part: fn(char) -> bool| {
        text.split(move |character: char| !is_part(character)).filter(|run| !run.is_empty())
    };
    let asks = runs(char::is_alphabetic).next().is_some_and(|first| begins_with_any(first, REQUESTS));
    let letters: usize = runs(char::is_alphabetic).map(str::len).sum();
    letters > 0
        && letters * 2 >= text.len()
        && runs(char::is_alphabetic).all(|run| is_crossed_out(run) || is_made_of_words(run, asks))
        && runs(char::is_numeric).all(|digits| digits.len() <= 4 || is_counting(digits))
}

/// Whether a run of letters is `xxx`.
fn is_crossed_out(run: &str) -> bool {
    run.len() >= 3 && run.bytes().all(|byte| byte == b'x')
}

/// Whether a run of letters is one or more placeholder words without a gap.
fn is_made_of_words(run: &str, asks: bool) -> bool {
    let beside = if asks { BESIDE_REQUESTS } else { "" };
    // Whether the first so many bytes are words.
    let mut ends = vec![false; run.len() + 1];
    ends[0] = true;
    for start in 0..run.len() {
        if !ends[start] {
            continue;
        }
        for word in words(WORDS).chain(words(beside)) {
            if run.as_bytes()[start..].starts_with(word.as_bytes()) {
                ends[start + word.len()] = true;
            }
        }
    }
    ends[run.len()]
}

/// Whether a text was shortened or hidden for display: `whsec_MfKQ…`, `****aSw`, `---`.
fn is_masked(text: &str) -> bool {
    const MASKS: [char; 6] = ['*', '•', '●', '∙', '·', '.'];
    let is_filling = text.chars().count() >= 3
        && !text.chars().any(char::is_alphanumeric)
        // Base64 may have no letters either.
        && !text.contains('/')
        && text.chars().collect::<BTreeSet<_>>().len() <= 3;
    let is_cut = text.starts_with(['…', '⋯']) || text.ends_with(['…', '⋯']);
    let is_hidden = MASKS.iter().any(|mask| {
        let (three, four) = (mask.to_string().repeat(3), mask.to_string().repeat(4));
        text.starts_with(&three) || text.ends_with(&three) || (*mask != '.' && text.contains(&four))
    });
    is_cut || is_hidden || is_filling
}

/// Whether a text repeats one character.
fn is_one_character(text: &str) -> bool {
    let mut characters = text.trim_end_matches('=').chars();
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
    const ROOTS: &str =
        "/app/ /data/ /etc/ /home/ /mnt/ /opt/ /private/ /root/ /run/ /secrets/ /srv/ /tmp/ /usr/ /var/ /vault/";
    const ENDINGS: &str = ".env .json .pem .secret .toml .txt .yaml";
    let is_path = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/\\._-~@ ".contains(&byte));
    // Base64 has slashes, and neither these characters nor lower-case letters alone.
    let is_no_base64 = text.contains(['.', '-', '_']) || !text.contains(|c: char| c.is_ascii_uppercase());
    let is_deep = text.starts_with('/') && text.matches('/').count() > 1 && text.contains(['.', '-', '_']);
    let is_absolute = (is_deep || begins_with_any(text, ROOTS)) && is_no_base64 && is_path(text);
    let is_on_drive = matches!(text.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    text.contains("://")
        || is_absolute
        || (is_on_drive && is_path(&text[2..]))
        || (begins_with_any(text, "./ ../ ~/ ~\\ \\\\") && is_path(text))
        || words(ENDINGS).any(|ending| text.ends_with(ending))
}

/// Whether a text is a line with the secret behind a name: `NAME=value`, `name: value`, `Bearer value`.
fn is_line(text: &str) -> bool {
    let line = ["export ", "set ", "setx ", "$env:", "declare -x ", "- "]
        .iter()
        .find_map(|command| text.strip_prefix(command))
        .unwrap_or(text);
    let is_command = line.len() < text.len();
    // A short name may be the chance beginning of a secret, unless a key follows it.
    let has_name = |name: &str, value: &str| {
        is_name(name.trim_end()) && (name.len() >= 4 || mentions_secret(name) || is_key(value) || is_command)
    };
    // Base64 ends in `=`, and has it nowhere else.
    let is_assignment = line.split_once('=').is_some_and(|(name, value)| {
        has_name(name, value.trim_matches([' ', '"', '\''])) && !value.is_empty() && !value.starts_with('=')
    });
    let is_signature = text.starts_with("t=") && text.contains(",v");
    let is_pair = line
        .split_once(':')
        .is_some_and(|(name, value)| has_name(name, value) && (value.starts_with(' ') || mentions_secret(name)));
    let is_authorization = text
        .split_once(' ')
        .is_some_and(|(scheme, _)| ["bearer", "basic"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
    is_assignment || is_signature || is_pair || is_authorization
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
