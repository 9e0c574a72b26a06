//! Keys of `refhook.toml`: those that exist, and those that would hold a secret.

use super::value::Value;

/// The keys that would hold a secret.
const SECRETS: [&str; 14] = [
    "secret",
    "secrets",
    "secret_value",
    "signing_secret",
    "webhook_secret",
    "previous_secret",
    "token",
    "access_token",
    "password",
    "passphrase",
    "api_key",
    "private_key",
    "keyring",
    "key",
];

/// The beginnings of texts that are secrets.
const SECRET_TEXTS: [&str; 5] = ["whsec_", "whsk_", "sk_live_", "sk_test_", "-----BEGIN"];

/// Returns the reason for which a key or its value does not belong into the file, because it is a secret, with advice.
pub(super) fn secret(key: &str, value: &Value) -> Option<(String, &'static str)> {
    let advice = "put the secret into a file of its own and name it with `secret_file`, or name its environment variable with \
                  `secret_env`";
    if SECRETS.contains(&key) {
        return Some(("a secret does not belong into this file".to_owned(), advice));
    }
    let texts = value.texts();
    if texts.iter().any(|text| SECRET_TEXTS.iter().any(|begin| text.trim_start().starts_with(begin))) {
        return Some(("the value looks like a secret, which does not belong into this file".to_owned(), advice));
    }
    let advice = "give the URL in the environment variable of the argument, such as REFHOOK_DB, or the password in PGPASSFILE";
    texts
        .iter()
        .any(|text| has_password(text))
        .then(|| ("the URL has a password, which does not belong into this file".to_owned(), advice))
}

/// Whether a text is a URL with a password.
fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
    let in_query = rest.split(['?', '&']).skip(1).any(|pair| pair.starts_with("password="));
    in_query || user.is_some_and(|(_, password)| !password.is_empty())
}

/// Returns the known name that is nearest to a word, if one is near.
pub(super) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let scored = names.into_iter().map(|name| (strsim::jaro_winkler(word, name), name));
    scored.filter(|(score, _)| *score > 0.75).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_found() {
        for (text, want) in [
            ("postgres://owner:pw@host/shop", true),
            ("postgres://owner:p%40w@host", true),
            ("postgres://owner@host/shop?password=pw", true),
            ("postgres://host/shop?user=a&password=pw", true),
            ("https://a:b@shop.example/hooks?x=1", true),
            ("postgres://owner@host:5432/shop", false),
            ("postgres://owner:@host/shop", false),
            ("http://localhost:8080/hooks?at=a:b@c", false),
            ("sqlite:shop.db", false),
            ("shop.db", false),
        ] {
            assert_eq!(has_password(text), want, "{text}");
        }
    }

    #[test]
    fn the_nearest_name_is_a_near_one() {
        let names = ["secret_file", "secret_env", "tolerance", "platform"];
        for (word, want) in [("secert_file", Some("secret_file")), ("tolerence", Some("tolerance")), ("colour", None)] {
            assert_eq!(nearest(word, names), want, "{word}");
        }
    }
}
