//! The same JSON as other serialisers write it.

use bytes::Bytes;

use super::circumstances::{Circumstances, RAW};
use crate::doctor::json::{self, Blanks, Token};
use crate::doctor::undo::{Originals, Undo};

pub(super) const UNDOS: &[Undo<Bytes, Circumstances>] =
    &[Undo { name: "body-re-serialised", help: RAW, back: serialised }];

const fn lines(indent: &'static str) -> Blanks {
    Blanks::Lines { indent, end: "\n", colon: ": ", empty: "" }
}

/// The white space of well-known serialisers.
static BLANKS: &[(Blanks, &str)] = &[
    (Blanks::None, "compact"),
    (Blanks::Line { colon: ": ", comma: " " }, "with a blank after commas and colons"),
    (lines("  "), "indented by two blanks"),
    (lines("    "), "indented by four blanks"),
    (lines("\t"), "indented by tabs"),
    (Blanks::Line { colon: ": ", comma: "" }, "with a blank after colons"),
    (Blanks::Line { colon: ":", comma: " " }, "with a blank after commas"),
    (lines(" "), "indented by one blank"),
    (lines("   "), "indented by three blanks"),
    (lines("        "), "indented by eight blanks"),
    (Blanks::Lines { indent: "  ", end: "\r\n", colon: ": ", empty: "" }, "indented by two blanks, with CR LF"),
    (Blanks::Lines { indent: "  ", end: "\n", colon: " : ", empty: " " }, "indented by two blanks, with ` : `"),
    (Blanks::Lines { indent: "", end: "\n", colon: ":", empty: "" }, "with a line for each member"),
    (Blanks::Line { colon: " : ", comma: " " }, "with blanks around colons"),
];

/// The optional escapes of a serialiser.
struct Escapes {
    name: &'static str,
    /// Whether characters outside of ASCII are escaped.
    non_ascii: bool,
    slash: bool,
    /// Other characters that are escaped as `\u…`.
    others: &'static str,
    /// Whether the digits of an escape are in upper case.
    is_upper: bool,
}

/// The escapes of well-known serialisers.
static ESCAPES: &[Escapes] = &[
    Escapes { name: "mandatory escapes only", non_ascii: false, slash: false, others: "", is_upper: false },
    Escapes { name: "non-ASCII characters escaped", non_ascii: true, slash: false, others: "", is_upper: false },
    Escapes { name: "slashes escaped", non_ascii: false, slash: true, others: "", is_upper: false },
    Escapes {
        name: "non-ASCII characters and slashes escaped",
        non_ascii: true,
        slash: true,
        others: "",
        is_upper: false,
    },
    Escapes {
        name: "non-ASCII characters escaped in upper case",
        non_ascii: true,
        slash: false,
        others: "",
        is_upper: true,
    },
    Escapes {
        name: "non-ASCII characters in upper case and slashes escaped",
        non_ascii: true,
        slash: true,
        others: "",
        is_upper: true,
    },
    Escapes {
        name: "`<`, `>` and `&` escaped, as Go does",
        non_ascii: false,
        slash: false,
        others: "<>&\u{2028}\u{2029}",
        is_upper: false,
    },
    Escapes {
        name: "`<`, `>`, `&`, `=` and `'` escaped, as Gson does",
        non_ascii: false,
        slash: false,
        others: "<>&='\u{2028}\u{2029}",
        is_upper: false,
    },
    Escapes { name: "escaped as .NET does", non_ascii: true, slash: false, others: "\"<>&'+`\u{7f}", is_upper: true },
    Escapes {
        name: "`<`, `>`, `&` and `'` escaped in upper case, as PHP does",
        non_ascii: true,
        slash: true,
        others: "<>&'",
        is_upper: true,
    },
    Escapes {
        name: "`<`, `>`, `&`, `'` and `\"` escaped in upper case, as PHP does",
        non_ascii: true,
        slash: true,
        others: "<>&'\"",
        is_upper: true,
    },
    Escapes {
        name: "`<`, `>` and `&` and non-ASCII characters escaped",
        non_ascii: true,
        slash: false,
        others: "<>&",
        is_upper: false,
    },
    Escapes { name: "`'` escaped", non_ascii: false, slash: false, others: "'", is_upper: false },
];

fn serialised(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(tokens) = std::str::from_utf8(body).ok().and_then(json::tokens) else { return };
    let strings: Vec<&str> = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Text(string) => Some(*string),
            _ => None,
        })
        .collect();
    let decode = |string: &&str| serde_json::from_str::<String>(&format!("\"{string}\"")).ok();
    let Some(decoded) = strings.iter().map(decode).collect::<Option<Vec<String>>>() else { return };
    let kept: Vec<String> = strings.iter().map(|string| (*string).to_owned()).collect();
    let mut spellings: Vec<(String, Vec<String>)> = vec![(String::new(), kept)];
    for escapes in ESCAPES {
        let strings: Vec<String> = decoded.iter().map(|string| escaped(string, escapes)).collect();
        if !spellings.iter().any(|(_, others)| *others == strings) {
            spellings.push((format!(", {}", escapes.name), strings));
        }
    }
    for is_upper in [false, true] {
        let strings: Vec<String> = strings.iter().map(|string| with_case(string, is_upper)).collect();
        if !spellings.iter().any(|(_, others)| *others == strings) {
            let case = if is_upper { "upper" } else { "lower" };
            spellings.push((format!(", escapes in {case} case"), strings));
        }
    }
    for (spelling, strings) in &spellings {
        let mut strings = strings.iter();
        let respelled: Vec<Token<'_>> = tokens
            .iter()
            .map(|token| match token {
                Token::Text(string) => Token::Text(strings.next().map_or(string, String::as_str)),
                other => *other,
            })
            .collect();
        for (blanks, spaced) in BLANKS {
            let what = format!("the JSON was parsed and written again; signed it was {spaced}{spelling}");
            originals.add(what, json::write(&respelled, blanks).into());
        }
    }
}

/// Writes a string with the escapes of a serialiser.
fn escaped(decoded: &str, escapes: &Escapes) -> String {
    let mut text = String::with_capacity(decoded.len());
    for character in decoded.chars() {
        match character {
            _ if escapes.others.contains(character) => push_unit(u32::from(character), escapes.is_upper, &mut text),
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '/' if escapes.slash => text.push_str("\\/"),
            '\0'..' ' => push_unit(u32::from(character), escapes.is_upper, &mut text),
            _ if escapes.non_ascii && !character.is_ascii() => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    push_unit(u32::from(*unit), escapes.is_upper, &mut text);
                }
            }
            _ => text.push(character),
        }
    }
    text
}

fn push_unit(unit: u32, is_upper: bool, text: &mut String) {
    text.push_str(&if is_upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
}

/// Writes the digits of all escapes in one letter case.
fn with_case(string: &str, is_upper: bool) -> String {
    let mut text = String::with_capacity(string.len());
    let mut rest = string;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        text.push('\\');
        let digits = after.strip_prefix('u').and_then(|after| after.get(..4));
        rest = match digits {
            Some(digits) => {
                text.push('u');
                text.push_str(&if is_upper { digits.to_ascii_uppercase() } else { digits.to_ascii_lowercase() });
                &after[5..]
            }
            None => {
                let length = after.chars().next().map_or(0, char::len_utf8);
                text.push_str(&after[..length]);
                &after[length..]
            }
        };
    }
    text + rest
}
