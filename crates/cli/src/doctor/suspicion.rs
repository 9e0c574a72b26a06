//! Signs of accidents that cannot be undone, so that they are suspected and not proven.
//!
//! A new sign is one row.

use referral_webhooks::{ErrorKind, Scheme};
use referral_webhooks_fixtures::of_platform;

use super::accident::Accident;
use super::examined::Examined;
use super::json::{self, Node};
use crate::inquiry::Inquiry;
use crate::verdict::Verdict;

const RAW: &str = "verify the bytes as they came, before anything parses, trims or logs them: take the raw body";

const WHOLE: &str = "examine the request as it was received, not a copy of it from a log";

/// A sign of an accident.
struct Sign {
    name: &'static str,
    help: &'static str,
    /// Returns the sign in words.
    look: fn(&Inquiry) -> Option<String>,
}

/// The signs in a request whose proof can be read and is wrong.
static SIGNS: &[Sign] = &[
    Sign { name: "body-cut", help: WHOLE, look: cut },
    Sign { name: "body-empty", help: RAW, look: empty },
    Sign { name: "body-printed", help: RAW, look: printed },
    Sign { name: "body-characters", help: RAW, look: lost_characters },
    Sign { name: "body-order", help: RAW, look: order },
    Sign { name: "token-masked", help: WHOLE, look: masked },
    Sign { name: "secret-short", help: "put the secret in single quotes where a shell reads it", look: short },
];

/// Returns the suspected accidents of a refused request that no accident explains.
pub(super) fn suspicions(inquiry: &Inquiry, examined: &Examined) -> Vec<Accident> {
    let Examined::Verdict(Verdict::Refused(error)) = examined else { return Vec::new() };
    let is_comparable = matches!(
        error.kind(),
        ErrorKind::SignatureMismatch | ErrorKind::TokenMismatch | ErrorKind::BodyIncomplete | ErrorKind::MissingToken
    );
    let signs = SIGNS.iter().filter(|_| is_comparable);
    signs.filter_map(|sign| Some(Accident::new(sign.name, &(sign.look)(inquiry)?, sign.help))).collect()
}

/// Returns the body, if the signature covers it.
fn signed_body(inquiry: &Inquiry) -> Option<&[u8]> {
    let is_signed =
        !matches!(inquiry.sender.scheme, Scheme::UrlToken(_) | Scheme::HeaderToken(_) | Scheme::BodyToken(_));
    is_signed.then(|| &inquiry.incoming.request.body()[..])
}

fn signed_text(inquiry: &Inquiry) -> Option<&str> {
    signed_body(inquiry).and_then(|body| std::str::from_utf8(body).ok())
}

fn cut(inquiry: &Inquiry) -> Option<String> {
    let body = signed_body(inquiry)?;
    if inquiry.incoming.is_cut_off {
        return Some(format!("the body has {} bytes, fewer than `content-length` announces", body.len()));
    }
    let is_json = body.trim_ascii_start().first().is_some_and(|first| b"{[".contains(first));
    let error = serde_json::from_slice::<serde::de::IgnoredAny>(body).err().filter(|error| is_json && error.is_eof());
    error
        .map(|_| format!("the JSON ends in the middle, after {} bytes, so that the body may have been cut", body.len()))
}

fn empty(inquiry: &Inquiry) -> Option<String> {
    let is_empty = signed_body(inquiry)?.is_empty() && !inquiry.incoming.is_cut_off;
    is_empty.then(|| "the body is empty; a program before this one may have read it".to_owned())
}

/// Recognises texts that programs print in place of a body.
fn printed(inquiry: &Inquiry) -> Option<String> {
    let text = signed_text(inquiry)?.trim();
    let java = |text: &str| {
        let first = text.strip_prefix('{').and_then(|rest| rest.split_once('='));
        first.is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let printer = match text {
        _ if text.contains("[object Object]") => "JavaScript prints an object",
        _ if text.starts_with("<Buffer ") => "Node prints a buffer, without its end",
        _ if text.starts_with("map[") => "Go prints a map",
        _ if text.starts_with("Array\n(") || text == "Array" || text.starts_with("array(") => "PHP prints an array",
        _ if java(text) => "Java prints a map",
        _ if text.starts_with("System.") || text.starts_with("<_io.") || text.starts_with("<generator") => {
            "a program prints a stream"
        }
        _ => return None,
    };
    Some(format!("the body looks as {printer}, so that the signed bytes are lost"))
}

fn lost_characters(inquiry: &Inquiry) -> Option<String> {
    let count = signed_text(inquiry)?.matches('\u{fffd}').count();
    let what = "the body has replacement characters (U+FFFD), which a program writes for bytes that it cannot decode";
    (count > 0).then(|| what.to_owned())
}

/// The minimum number of members whose order is a sign.
const LEAST_MEMBERS: usize = 5;

fn order(inquiry: &Inquiry) -> Option<String> {
    let tokens = json::tokens(signed_text(inquiry)?)?;
    let tree = json::tree(&tokens)?;
    let mut members = 0;
    if !is_sorted(&tree, &mut members) || members < LEAST_MEMBERS {
        return None;
    }
    // A platform that sorts its members itself gives no sign.
    let mut samples = of_platform(&inquiry.sender.name).peekable();
    samples.peek()?;
    let sorts = samples.any(|sample| {
        let text = std::str::from_utf8(sample.request.body()).ok().map(str::to_owned).unwrap_or_default();
        let tokens = json::tokens(&text).unwrap_or_default();
        let mut members = 0;
        json::tree(&tokens).is_some_and(|tree| is_sorted(&tree, &mut members) && members >= LEAST_MEMBERS)
    });
    let what = "the members are in alphabetical order, and the platform's samples are not; a program may have parsed the \
                body and written it again, with other numbers, too";
    (!sorts).then(|| what.to_owned())
}

/// Whether the members of all objects are sorted. Counts them.
fn is_sorted(node: &Node<'_>, members: &mut usize) -> bool {
    match node {
        Node::Object(own) => {
            *members += own.len();
            own.is_sorted_by(|one, other| one.0 <= other.0) && own.iter().all(|(_, value)| is_sorted(value, members))
        }
        Node::Array(values) => values.iter().all(|value| is_sorted(value, members)),
        Node::Leaf(_) => true,
    }
}

fn masked(inquiry: &Inquiry) -> Option<String> {
    let request = &inquiry.incoming.request;
    let scheme = &inquiry.sender.scheme;
    let in_url = matches!(scheme, Scheme::UrlToken(_)) && request.uri().to_string().contains("***");
    let in_header =
        request.headers().iter().any(|(name, value)| scheme.hides(name) && value.as_bytes().ends_with(b"***"));
    let what = "the request was stored without its token, so that the token cannot be compared";
    (in_url || in_header).then(|| what.to_owned())
}

/// The length below which a secret may have been shortened, in characters.
const SHORT: usize = 16;

fn short(inquiry: &Inquiry) -> Option<String> {
    let length =
        inquiry.secrets.iter().filter_map(|secret| secret.text().ok()).map(|text| text.chars().count()).min()?;
    let what = format!("the secret has only {length} characters; a shell may have replaced `$` and the name after it");
    (length < SHORT).then_some(what)
}
