//! Other spellings of a secret, and other keys from it. They leave no trace, so that they are tried last.

use referral_webhooks::{Scheme, Variant};

use super::coded::{from_base64, from_hexadecimal};
use super::key::{Key, Origin};
use crate::doctor::undo::{Originals, Undo};

const PREFIX: &str = "give the secret exactly as the platform shows it, from its prefix on";

const SENDER_KEY: &str = "platform and receiver must read the secret in one way: set the receiver's key to these bytes \
                          (`Verifier::from_key`), or let the platform's support put its side right";

const SENDER_ENTRY: &str = "enter the secret at the sender again, exactly as the receiver has it";

/// Other texts in place of the secret.
pub(super) const SPELLINGS: &[Undo<Key, Origin>] = &[
    Undo { name: "secret-prefix", help: PREFIX, back: prefixes },
    Undo { name: "secret-url-safe", help: "replace `-` by `+` and `_` by `/` in the secret", back: alphabets },
    Undo { name: "secret-case", help: "copy the secret with its letter case", back: cases },
    Undo { name: "secret-blank", help: "a `+` in the secret must be escaped as `%2B` in a URL", back: blanks },
];

/// Many guesses, each of which is tried with the request as it came only.
pub(super) const GUESSES: &[Undo<Key, Origin>] = &[Undo {
    name: "secret-expansion",
    help: "put the secret in single quotes, because a shell reads `$`",
    back: expansions,
}];

/// Other keys from the same text.
pub(super) const READINGS: &[Undo<Key, Origin>] = &[
    Undo { name: "secret-raw", help: SENDER_KEY, back: raw },
    Undo { name: "secret-hex", help: SENDER_KEY, back: decoded_hexadecimal },
    Undo { name: "secret-base64", help: SENDER_KEY, back: decoded_base64 },
    Undo { name: "secret-white-space", help: SENDER_ENTRY, back: white_space_of_sender },
    Undo { name: "secret-quotes", help: SENDER_ENTRY, back: quotes_of_sender },
    Undo { name: "secret-encoding", help: SENDER_ENTRY, back: encoding_of_sender },
];

/// Returns the text of a secret, if it is a line.
fn line(key: &Key) -> Option<&str> {
    key.text().filter(|text| !text.contains('\n'))
}

fn prefixes(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key) else { return };
    if let Some(rest) = text.strip_prefix("v1,") {
        originals.text("the secret begins with `v1,`, which does not belong to it", rest);
    }
    match text.rsplit_once("whsec_") {
        Some((_, rest)) => originals.text("the key is the secret without `whsec_`", rest),
        None => originals.text("the key is the secret with `whsec_` before it", &format!("whsec_{text}")),
    }
    // A prefix of another scheme, perhaps with a typing error.
    if let Some((_, rest)) = text.split_once('_') {
        originals.text("the secret begins with a prefix that does not belong to it", rest);
    }
}

fn alphabets(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key) else { return };
    let (prefix, body) = text.rsplit_once("whsec_").map_or(("", text), |(_, rest)| ("whsec_", rest));
    let standard = body.replace('-', "+").replace('_', "/");
    if standard != body {
        let what = "the secret is written in the URL-safe base64 alphabet";
        originals.text(what, &standard);
        originals.text(what, &format!("{prefix}{standard}"));
    }
}

fn cases(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key) else { return };
    let others = [text.to_ascii_lowercase(), text.to_ascii_uppercase()];
    for other in others.iter().filter(|other| *other != text) {
        originals.text("the secret has another letter case", other);
    }
}

/// Adds the secret with a parameter of a shell that expanded to nothing, such as `$1`.
fn expansions(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key).filter(|text| text.len() <= 64 && text.is_ascii()) else { return };
    for position in 0..text.len() {
        for digit in '1'..='9' {
            let (before, after) = text.split_at(position);
            originals.text("a shell replaced `$` and a digit in the secret", &format!("{before}${digit}{after}"));
        }
    }
}

fn blanks(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key).filter(|text| text.contains(' ')) else { return };
    originals.text("`+` in the secret was read as a blank of a URL", &text.replace(' ', "+"));
}

/// Whether the scheme decodes a secret, so that its text is another key.
fn is_decoded(scheme: &Scheme) -> bool {
    matches!(scheme, Scheme::Svix(_)) || scheme.variants().contains(&Variant::HexKey)
}

fn raw(key: &Key, origin: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key).filter(|_| is_decoded(&origin.scheme)) else { return };
    originals.add("the key is the secret's text itself, not decoded", Key::bytes(text));
    if let Some((_, rest)) = text.rsplit_once("whsec_") {
        originals.add("the key is the text after `whsec_` itself, not decoded", Key::bytes(rest));
    }
}

fn is_token(scheme: &Scheme) -> bool {
    matches!(scheme, Scheme::UrlToken(_) | Scheme::HeaderToken(_) | Scheme::BodyToken(_) | Scheme::DetachedJws(_))
}

fn without_prefix(text: &str) -> &str {
    text.rsplit_once("whsec_").map_or(text, |(_, rest)| rest)
}

fn decoded_hexadecimal(key: &Key, origin: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key).filter(|_| !is_token(&origin.scheme)) else { return };
    if let Some(bytes) = from_hexadecimal(without_prefix(text)) {
        originals.add("the key is the secret decoded from hexadecimal", Key::bytes(bytes));
    }
}

fn decoded_base64(key: &Key, origin: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key).filter(|_| !is_token(&origin.scheme)) else { return };
    if let Some(bytes) = from_base64(without_prefix(text)) {
        originals.add("the key is the secret decoded from base64", Key::bytes(bytes));
    }
}

fn white_space_of_sender(key: &Key, origin: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key).filter(|_| !is_token(&origin.scheme)) else { return };
    let what = "the sender's key has a line end after the secret";
    for end in ["\n", "\r\n", "\r"] {
        originals.add(what, Key::bytes(format!("{text}{end}")));
    }
    for padded in [format!("{text} "), format!(" {text}"), format!("{text}\t")] {
        originals.add("the sender's key has white space around the secret", Key::bytes(padded));
    }
    if text.trim() != text {
        originals.add("the sender's key has white space around the secret", Key::bytes(text));
    }
    // A scheme that decodes the secret may get the line end after decoding.
    if let Some(bytes) = from_base64(without_prefix(text)).filter(|_| is_decoded(&origin.scheme)) {
        originals.add(what, Key::bytes([&bytes[..], b"\n"].concat()));
    }
}

fn quotes_of_sender(key: &Key, origin: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key).filter(|_| !is_token(&origin.scheme)) else { return };
    for quote in ['"', '\''] {
        originals.add("the sender's key has quotes around the secret", Key::bytes(format!("{quote}{text}{quote}")));
    }
}

fn encoding_of_sender(key: &Key, origin: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = line(key).filter(|_| !is_token(&origin.scheme)) else { return };
    originals.add("the sender's key begins with a byte order mark", Key::bytes(format!("\u{feff}{text}")));
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    originals.add("the sender's key is the secret in UTF-16", Key::bytes(units));
}
