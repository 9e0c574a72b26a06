//! Marks around or in a secret: quotes, brackets, typography, credentials.

use super::key::{Key, Origin, SECRET};
use crate::doctor::undo::{Originals, Undo};

pub(super) const UNDOS: &[Undo<Key, Origin>] = &[
    Undo { name: "secret-quotes", help: SECRET, back: quotes },
    Undo { name: "secret-brackets", help: SECRET, back: brackets },
    Undo {
        name: "secret-typography",
        help: "copy the secret from the platform, not from a document",
        back: typography,
    },
    Undo { name: "secret-credentials", help: SECRET, back: credentials },
    Undo { name: "secret-punctuation", help: SECRET, back: punctuation },
];

/// The quotation marks of word processors, and marks that look like them.
const TYPOGRAPHIC: [char; 16] = ['“', '”', '„', '‟', '‘', '’', '‚', '‛', '«', '»', '‹', '›', '´', '″', '＂', '「'];

fn quotes(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    for mark in ["\"\"\"", "'''", "```", "\"", "'", "`", "\\\""] {
        // Literals of Python, C# and JavaScript have letters before the mark.
        for prefix in ["", "b", "B", "u", "r", "f", "@", "$"] {
            let inside = text.strip_prefix(prefix).and_then(|text| text.strip_prefix(mark)?.strip_suffix(mark));
            if let Some(inside) = inside {
                let what = if prefix.is_empty() {
                    "the secret has quotes around it".to_owned()
                } else {
                    format!("the secret is a literal of a programming language, `{prefix}{mark}…{mark}`")
                };
                originals.text(what, inside);
            }
        }
        let one = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark));
        if let Some(one) = one.filter(|one| !one.contains(mark)) {
            originals.text("the secret has a quote at one of its ends", one);
        }
    }
    let inside = text.trim_matches(TYPOGRAPHIC);
    if inside.len() != text.len() {
        originals.text("the secret has typographic quotes around it", inside);
    }
}

fn brackets(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    for (open, close) in [('<', '>'), ('[', ']'), ('(', ')'), ('{', '}')] {
        let Some(before_close) = text.strip_suffix(close) else { continue };
        let Some(start) = before_close.find(open) else { continue };
        // Such as `SecretString(…)`.
        let is_name = text[..start].chars().all(|character| character.is_alphanumeric() || "._$".contains(character));
        if is_name && !before_close[start + 1..].contains(':') {
            originals
                .text(format!("the secret has `{open}` and `{close}` around it"), before_close[start + 1..].trim());
        }
    }
    // An element of XML.
    if let Some(rest) = text.trim().strip_prefix('<')
        && let Some((_, rest)) = rest.split_once('>')
        && let Some((inside, _)) = rest.rsplit_once("</")
    {
        originals.text("the secret is in an element of XML", inside.trim());
    }
}

fn typography(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    if text.is_ascii() {
        return;
    }
    let plain: String = text
        .chars()
        .filter_map(|character| match character {
            '‐' | '‑' | '‒' | '–' | '—' | '−' => Some('-'),
            '＿' => Some('_'),
            '＝' => Some('='),
            '⁄' | '∕' => Some('/'),
            '\u{a0}' | '\u{202f}' | '\u{2007}' => Some(' '),
            '…' => None,
            // The full-width forms of ASCII.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0),
            _ if TYPOGRAPHIC.contains(&character) => None,
            _ => Some(character),
        })
        .collect();
    if plain.is_ascii() {
        originals.text("a word processor replaced characters of the secret", &plain);
    }
    // Two hyphens become one dash.
    originals.text("a word processor joined two hyphens of the secret", &text.replace(['–', '—'], "--"));
}

fn credentials(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    if let Some((before, rest)) = text.split_once(' ')
        && ["bearer", "token", "basic", "secret", "authorization:", "apikey", "hmac"]
            .contains(&before.to_ascii_lowercase().as_str())
    {
        originals.text("the secret follows the name of a kind of credentials, as in a header", rest.trim());
    }
    for prefix in ["sha256=", "hmac-sha256=", "sha-256=", "v1="] {
        if let Some(rest) = text.strip_prefix(prefix) {
            originals.text(format!("the secret begins with `{prefix}`, which belongs to signatures"), rest);
        }
    }
    // The user information of a URL, and `user:password`.
    if let Some((_, after)) = text.split_once("://")
        && let Some((user, _)) = after.split_once('@')
    {
        originals.text("the secret is in a URL", user.rsplit(':').next().unwrap_or(user));
    }
}

fn punctuation(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    let rest = text.trim_end_matches([',', ';', '.', ':', '\u{3002}']);
    if rest.len() != text.len() {
        originals.text("punctuation follows the secret", rest);
    }
    for bullet in ["- ", "* ", "• ", "> ", "$ "] {
        if let Some(rest) = text.strip_prefix(bullet) {
            originals.text("the secret follows the mark of a list or of a prompt", rest.trim_start());
        }
    }
}
