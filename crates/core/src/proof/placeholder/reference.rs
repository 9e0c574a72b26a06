//! References to a secret: templates, names of variables, addresses in secret stores.

use super::text::{begins_with_any, inside_of, is_key, is_name, words};

/// Returns whether a text refers to a secret instead of being one: a template that was not filled in, the name of a variable,
/// or an address in a secret store.
pub(super) fn is_reference(text: &str) -> bool {
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

/// Returns whether a text may be a few words, as in `<your secret>`.
fn is_description(text: &str) -> bool {
    text.chars().all(|character| character.is_alphanumeric() || " _-.,:'/".contains(character))
}

/// Returns whether a text is the call of a function: `env("SECRET")`, `Some("…")`, `b'…'`.
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

/// Returns whether a text is a command that would print or make a secret.
fn is_command(text: &str) -> bool {
    const PROGRAMS: &str = "aws az cat curl echo gcloud kubectl op openssl printenv pwgen vault";
    const ARGUMENTS: &str = "$ -h / accounts get keyvault kv rand read secret secrets secretsmanager ssm";
    let command = text.strip_prefix("$ ").unwrap_or(text);
    command.split_once(' ').is_some_and(|(program, arguments)| {
        words(PROGRAMS).any(|known| known == program)
            && (begins_with_any(arguments, ARGUMENTS) || is_variable_name(arguments))
    })
}

/// Returns whether a text is the name of a variable for a secret: `PREFINERY_SECRET`.
pub(super) fn is_variable_name(text: &str) -> bool {
    let mut parts = text.split('_');
    text.contains('_')
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && parts.any(|part| matches!(part, "SECRET" | "SECRETS" | "KEY" | "TOKEN" | "PASSWORD" | "WEBHOOK"))
}

/// Returns whether a text is such a name in small letters: `prefinery_secret`. Digits would make a prefix and a key of it.
pub(super) fn is_small_variable_name(text: &str) -> bool {
    ["_secret", "_key", "_token", "_password"].iter().any(|ending| text.ends_with(ending))
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
