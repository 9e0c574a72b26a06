//! Accidents of texts: character sets, white space, escapes, lines and comments.

use super::key::{Key, LEAST, Origin, SECRET};
use crate::doctor::undo::{Originals, Undo};

const ENCODING: &str = "save the file as UTF-8 without a byte order mark";

/// The maximum number of lines that are tried as secrets.
const MOST_LINES: usize = 48;

pub(super) const UNDOS: &[Undo<Key, Origin>] = &[
    Undo { name: "secret-encoding", help: ENCODING, back: encoding },
    Undo { name: "secret-white-space", help: SECRET, back: white_space },
    Undo {
        name: "secret-escape",
        help: "write the secret itself, without escapes of a shell or of JSON",
        back: escapes,
    },
    Undo { name: "secret-comment", help: SECRET, back: comments },
];

/// Accidents that many texts look like, so that they are tried after all others.
pub(super) const LAST: &[Undo<Key, Origin>] = &[
    Undo { name: "secret-line", help: "the file must have this one line only", back: lines },
    Undo { name: "secret-list", help: "give each secret of a rotation in a file of its own", back: list },
];

/// Reads one unit of UTF-16.
type Unit = fn([u8; 2]) -> u16;

fn encoding(key: &Key, origin: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        originals.text("the secret's file begins with a byte order mark", rest);
    }
    let is_unread = text.as_bytes() != &origin.raw[..] && text.contains(['\u{fffd}', '\0']) || text.contains('\0');
    let units: [(&str, Unit); 2] = [("LE", u16::from_le_bytes), ("BE", u16::from_be_bytes)];
    for (order, unit) in units.into_iter().filter(|_| is_unread) {
        let units = origin.raw.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let Ok(text) = char::decode_utf16(units).collect::<Result<String, _>>() else { continue };
        let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
        if text.is_ascii() {
            originals.text(format!("the secret's file is UTF-16 ({order})"), text);
        }
    }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\0')
}

fn white_space(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    let trimmed = text.trim_matches(is_blank);
    if trimmed.len() != text.len() {
        originals.text("the secret has white space around it", trimmed);
    }
    if trimmed.contains(is_blank) && !trimmed.contains(['{', ':', '=']) {
        let joined: String = trimmed.chars().filter(|character| !is_blank(*character)).collect();
        originals.text("the secret has white space in it", &joined);
    }
}

fn escapes(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    let mut rest = text;
    while let Some(cut) = ["\\n", "\\r", "\\t", "\\0", "\\"].iter().find_map(|end| rest.strip_suffix(end)) {
        rest = cut;
    }
    if rest.len() != text.len() {
        originals.text(format!("`{}` follows the secret as text", &text[rest.len()..]), rest);
    }
    let json = || serde_json::from_str::<String>(&format!("\"{}\"", text.replace('\n', "\\n"))).ok();
    if text.contains('\\') {
        let plain: String = text.chars().filter(|character| *character != '\\').collect();
        for unescaped in json().into_iter().chain([plain]) {
            originals.text("the secret has backslashes of a shell or of JSON in it", &unescaped);
        }
    }
    if text.contains("$$") {
        originals.text("`$` is doubled in the secret, as for Docker Compose", &text.replace("$$", "$"));
    }
}

fn comments(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    let is_comment = |line: &&str| ["#", "//", ";", "--"].iter().any(|mark| line.trim_start().starts_with(mark));
    if text.contains('\n') && text.lines().any(|line| is_comment(&line)) {
        let kept: Vec<&str> = text.lines().filter(|line| !is_comment(line) && !line.trim().is_empty()).collect();
        originals.text("the secret's file has lines with comments", &kept.join("\n"));
    }
    for mark in [" #", "\t#", " //", "\t//", " ;", " --", " ← ", " ("] {
        if let Some((before, _)) = text.split_once(mark).filter(|(before, _)| !before.contains('\n')) {
            originals.text("a comment follows the secret", before.trim_end());
        }
    }
}

fn lines(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect();
    for (position, line) in lines.iter().enumerate().take(MOST_LINES).filter(|_| lines.len() > 1) {
        originals.text(format!("the secret is line {} of {} in its file", position + 1, lines.len()), line);
    }
}

fn list(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    if text.contains(['{', '\n', '=', ':']) {
        return;
    }
    for separator in [',', ';', '|', ' '] {
        let parts: Vec<&str> = text.split(separator).map(str::trim).filter(|part| part.len() >= LEAST).collect();
        for part in parts.iter().take(8).filter(|_| parts.len() > 1) {
            originals.text("the secret is one of a list", part);
        }
    }
}
