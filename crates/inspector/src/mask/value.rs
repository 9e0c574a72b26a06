//! The look of a value for privacy: a person's data is recognised under every name.

use std::net::IpAddr;

use super::name::Sense;

/// The text in place of a masked value.
pub(super) const MASK: &str = "•••";

/// The minimum number of digits of a telephone number or an account.
const DIGITS: usize = 7;

/// The minimum length of a word without separators that may be a credential.
const CREDENTIAL: usize = 40;

/// The longest value that is shown. A longer one is masked.
const LONGEST: usize = 300;

/// The first characters of credentials that services hand out.
const CREDENTIALS: &[&str] =
    &["whsec_", "whsk_", "sk_", "pk_live_", "rk_", "ghp_", "github_pat_", "xox", "eyJ", "AKIA", "Bearer ", "Basic "];

/// Returns the masked form of a text, or `None` if it can be shown.
pub(super) fn masked(text: &str, sense: Sense) -> Option<String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return None;
    }
    if let Some(email) = email(trimmed) {
        return Some(email);
    }
    if matches!(sense, Sense::Personal | Sense::Secret) {
        return Some(MASK.to_owned());
    }
    if let Some(origin) = origin(trimmed) {
        // The host of a page may be a person's.
        return Some(if sense == Sense::Open { origin } else { MASK.to_owned() });
    }
    let is_personal = text.len() > LONGEST
        || trimmed.contains('@')
        || trimmed.contains('%')
        || trimmed.parse::<IpAddr>().is_ok()
        || is_socket(trimmed)
        || is_credential(trimmed)
        || is_telephone(trimmed)
        || is_birthday(trimmed)
        || is_query(trimmed)
        || sense == Sense::Unknown && is_prose(trimmed);
    is_personal.then(|| MASK.to_owned())
}

/// Returns the masked form of a number, or `None` if it can be shown.
pub(super) fn masked_number(number: &str, sense: Sense) -> Option<String> {
    let is_long = number.len() >= 9 && number.bytes().all(|byte| byte.is_ascii_digit()) && !is_unix_time(number);
    match sense {
        Sense::Personal | Sense::Secret => Some(MASK.to_owned()),
        Sense::Unknown if is_long => Some(MASK.to_owned()),
        Sense::Unknown | Sense::Open => None,
    }
}

/// Returns the value of a header of the proof, with the beginning of each long word only.
pub(super) fn shortened(value: &str) -> String {
    let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '+' | '/' | '_' | '-' | '.');
    let mut short = String::with_capacity(value.len().min(LONGEST));
    let (mut word, mut length) = (String::new(), 0);
    for one in value.chars().chain(std::iter::once('\0')) {
        if is_part(one) {
            length += 1;
            if length <= 16 {
                word.push(one);
            }
            continue;
        }
        let is_time = length <= 13 && word.bytes().all(|byte| byte.is_ascii_digit());
        match length {
            0..=8 => short.push_str(&word),
            _ if is_time => short.push_str(&word),
            _ => short.extend(word.chars().take(6).chain(std::iter::once('…'))),
        }
        (word, length) = (String::new(), 0);
        if one != '\0' {
            short.push(one);
        }
        if short.len() > LONGEST {
            short.push('…');
            return short;
        }
    }
    short
}

/// Returns an address of mail with the first letter of its mailbox.
fn email(text: &str) -> Option<String> {
    let (mailbox, domain) = text.split_once('@')?;
    let is_domain = !domain.is_empty() && domain.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let is_one = !mailbox.is_empty() && !mailbox.chars().any(|one| one.is_whitespace() || one.is_control());
    if !is_domain || !is_one || text.len() > LONGEST {
        return None;
    }
    let first = mailbox.chars().next().filter(char::is_ascii_alphanumeric);
    Some(format!("{}{MASK}@{domain}", first.map(String::from).unwrap_or_default()))
}

/// Returns a URL without its path and query, which may hold a token, a name or an address.
fn origin(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let is_host = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
    Some(match (is_scheme && is_host, host.len() == rest.len()) {
        (false, _) => MASK.to_owned(),
        (true, true) => format!("{scheme}://{host}"),
        (true, false) => format!("{scheme}://{host}/{MASK}"),
    })
}

/// Returns whether a text is an address of the internet with a port.
fn is_socket(text: &str) -> bool {
    text.parse::<std::net::SocketAddr>().is_ok()
}

fn is_credential(text: &str) -> bool {
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(&byte));
    let is_mixed = text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().any(|b| b.is_ascii_alphabetic());
    CREDENTIALS.iter().any(|start| text.starts_with(start)) || is_word && is_mixed && text.len() >= CREDENTIAL
}

/// Returns whether a text is a number with the separators of a telephone number.
fn is_telephone(text: &str) -> bool {
    let is_part = |one: char| one.is_numeric() || " -./()+".contains(one);
    let digits = text.chars().filter(|one| one.is_numeric()).count();
    let has_separator = text.starts_with('+') || text.contains([' ', '-', '/', '(']);
    digits >= DIGITS && has_separator && text.chars().all(is_part) && !is_date(text) && !text.starts_with('-')
}

fn is_date(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| text.get(range).is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    let has_marks = text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
    has_marks && digits(0..4) && digits(5..7) && digits(8..10)
}

/// Returns whether a text is a date without a time that may be the birth of an adult.
fn is_birthday(text: &str) -> bool {
    text.len() == 10 && is_date(text) && text < "2010"
}

fn is_unix_time(number: &str) -> bool {
    (number.len() == 10 || number.len() == 13) && number.starts_with('1')
}

/// Returns whether a text is a form or a query.
fn is_query(text: &str) -> bool {
    text.contains('=') && text.contains('&')
}

/// Returns whether a text may be a name or a sentence: several words, letters of other languages, or a capitalised word.
fn is_prose(text: &str) -> bool {
    let has_blank = text.chars().any(char::is_whitespace) && text.chars().any(char::is_alphabetic) && !is_date(text);
    let mut characters = text.chars();
    let is_capitalised = characters.next().is_some_and(char::is_uppercase)
        && characters.next().is_some_and(char::is_lowercase)
        && text.chars().all(char::is_alphabetic);
    has_blank || !text.is_ascii() || is_capitalised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_look_personal_are_masked_under_every_name() {
        for (text, want) in [
            ("jane@example.com", "j•••@example.com"),
            ("  jane@example.com ", "j•••@example.com"),
            ("émile@example.com", "•••@example.com"),
            ("Jane <jane@example.com>", MASK),
            ("write to jane@example.com please", MASK),
            ("jane%40example.com", MASK),
            ("@jane", MASK),
            ("192.0.2.10", MASK),
            ("192.0.2.10:443", MASK),
            ("2001:db8::1", MASK),
            ("[2001:db8::1]:443", MASK),
            ("+49 170 1234567", MASK),
            ("(0170) 123-4567", MASK),
            ("+491701234567", MASK),
            ("1815-12-10", MASK),
            ("https://u:p@shop.example/", MASK),
            ("javascript://%0aalert(1)", MASK),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", MASK),
            ("eyJhbGciOiJSUzI1NiJ9.e30.sig", MASK),
            ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", MASK),
            ("a=b&c=d", MASK),
        ] {
            for sense in [Sense::Open, Sense::Unknown] {
                assert_eq!(masked(text, sense).as_deref(), Some(want), "{text}");
            }
        }
        let url = "https://shop.example/s/ada?token=x";
        assert_eq!(masked(url, Sense::Open).as_deref(), Some("https://shop.example/•••"));
        assert_eq!(masked("https://shop.example", Sense::Open).as_deref(), Some("https://shop.example"));
        assert_eq!(masked(url, Sense::Unknown).as_deref(), Some(MASK));
        assert_eq!(masked(&"a".repeat(LONGEST + 1), Sense::Open).as_deref(), Some(MASK));
    }

    #[test]
    fn codes_are_shown_and_prose_is_masked_under_unknown_names() {
        for text in [
            "CREATED",
            "created",
            "r-50",
            "2026-01-15T10:30:00Z",
            "2026-01-15 10:30:00",
            "2026-01-15",
            "12.50",
            "-1200.00",
            "usd",
            "57731b5e-e4b0-0000-c098-0a0000000000",
            "1768473000",
            "",
        ] {
            assert_eq!(masked(text, Sense::Unknown), None, "{text}");
            assert_eq!(masked(text, Sense::Open), None, "{text}");
        }
        for text in ["Ada Lovelace", "ada lovelace", "Ada", "Núñez", "李", "hello, world"] {
            assert_eq!(masked(text, Sense::Unknown).as_deref(), Some(MASK), "{text}");
        }
        assert_eq!(masked("Referral Created", Sense::Open), None);
    }

    #[test]
    fn numbers_under_personal_names_are_masked() {
        for (number, sense, want) in [
            ("491701234567", Sense::Personal, true),
            ("12345", Sense::Personal, true),
            ("491701234567", Sense::Unknown, true),
            ("491701234567", Sense::Open, false),
            ("1768473000", Sense::Unknown, false),
            ("1768473000453", Sense::Unknown, false),
            ("4900", Sense::Unknown, false),
            ("12.50", Sense::Unknown, false),
        ] {
            assert_eq!(masked_number(number, sense).is_some(), want, "{number}");
        }
    }

    #[test]
    fn a_signature_keeps_its_beginning() {
        let base64 = "M35lqEd63CxPDPD2cBlkSavpSM5pmjhBAIIUzzfbaqY=";
        for (value, want) in [
            (format!("v1,{base64} v1a,{base64}"), "v1,M35lqE…= v1a,M35lqE…=".to_owned()),
            (format!("t=1768473000,v1={}", "4d".repeat(32)), "t=1768473000,v1=4d4d4d…".to_owned()),
            (format!("sha256={}", "4d".repeat(32)), "sha256=4d4d4d…".to_owned()),
            ("short".to_owned(), "short".to_owned()),
            ("the-secret-itself".to_owned(), "the-se…".to_owned()),
            (String::new(), String::new()),
        ] {
            assert_eq!(shortened(&value), want);
        }
        assert!(shortened(&"a,".repeat(1_000_000)).len() < 400);
    }
}
