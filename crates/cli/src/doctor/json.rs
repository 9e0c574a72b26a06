//! JSON as tokens, which keep every number and escape exactly as they are written.

use serde::de::IgnoredAny;

/// A token of JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// `{`, `}`, `[`, `]`, `,` or `:`.
    Mark(char),
    /// A string with its escapes, without its quotes.
    Text(&'t str),
    /// A number, `true`, `false` or `null`.
    Word(&'t str),
}

/// Returns the tokens of a text. `None` if it is invalid JSON.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '{' | '}' | '[' | ']' | ',' | ':' => {
                tokens.push(Token::Mark(first));
                1
            }
            '"' => {
                let length = string_length(&rest[1..]);
                tokens.push(Token::Text(&rest[1..=length]));
                length + 2
            }
            _ => {
                let end = rest.find(|character: char| ",]} \t\r\n".contains(character)).unwrap_or(rest.len());
                tokens.push(Token::Word(&rest[..end]));
                end
            }
        };
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

/// Returns the length of a string up to its closing quote.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    end.unwrap_or(text.len())
}

/// The white space of a serialiser between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blanks {
    None,
    /// One blank after every comma and colon.
    Single,
    /// One line for each member, with this indentation.
    Lines(&'static str),
}

/// The optional escapes of a serialiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// The escapes of the original.
    Kept,
    /// Optionally non-ASCII characters as `\u…`, and slashes as `\/`.
    Chosen { non_ascii: bool, slash: bool },
    /// `<`, `>` and `&` as `\u…`.
    Html,
}

/// Writes tokens in a style.
pub(super) fn write(tokens: &[Token<'_>], blanks: Blanks, escapes: Escapes) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for (position, token) in tokens.iter().enumerate() {
        let before = position.checked_sub(1).map(|before| tokens[before]);
        let opened = matches!(before, Some(Token::Mark('{' | '[')));
        let closes = matches!(token, Token::Mark('}' | ']'));
        if closes {
            depth -= 1;
        }
        match blanks {
            // Empty lists and objects have no white space.
            Blanks::Lines(indent) if opened != closes || before == Some(Token::Mark(',')) => {
                text.push('\n');
                text.push_str(&indent.repeat(depth));
            }
            Blanks::Lines(_) if before == Some(Token::Mark(':')) => text.push(' '),
            Blanks::Single if matches!(before, Some(Token::Mark(',' | ':'))) => text.push(' '),
            _ => {}
        }
        match token {
            Token::Mark(mark) => text.push(*mark),
            Token::Word(word) => text.push_str(word),
            Token::Text(string) => {
                text.push('"');
                write_string(string, escapes, &mut text);
                text.push('"');
            }
        }
        if matches!(token, Token::Mark('{' | '[')) {
            depth += 1;
        }
    }
    text
}

fn write_string(string: &str, escapes: Escapes, text: &mut String) {
    let decoded: Option<String> = serde_json::from_str(&format!("\"{string}\"")).ok();
    let Some(decoded) = decoded.filter(|_| escapes != Escapes::Kept) else {
        text.push_str(string);
        return;
    };
    let (non_ascii, slash) = match escapes {
        Escapes::Chosen { non_ascii, slash } => (non_ascii, slash),
        _ => (false, false),
    };
    for character in decoded.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '/' if slash => text.push_str("\\/"),
            '<' | '>' | '&' if escapes == Escapes::Html => text.push_str(&format!("\\u{:04x}", u32::from(character))),
            '\0'..' ' => text.push_str(&format!("\\u{:04x}", u32::from(character))),
            character if non_ascii && !character.is_ascii() => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
            character => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_as_other_serialisers_would() {
        let text = r#" {"a" : [1.50, {}, []], "é\/": "\u00e9 <\"\\\"", "b":null} "#;
        let tokens = tokens(text).expect("the text is JSON");
        let chosen = |non_ascii, slash| Escapes::Chosen { non_ascii, slash };
        for (blanks, escapes, want) in [
            (Blanks::None, Escapes::Kept, r#"{"a":[1.50,{},[]],"é\/":"\u00e9 <\"\\\"","b":null}"#),
            (Blanks::Single, chosen(false, false), r#"{"a": [1.50, {}, []], "é/": "é <\"\\\"", "b": null}"#),
            (Blanks::None, chosen(true, true), r#"{"a":[1.50,{},[]],"\u00e9\/":"\u00e9 <\"\\\"","b":null}"#),
            (Blanks::None, Escapes::Html, r#"{"a":[1.50,{},[]],"é/":"é \u003c\"\\\"","b":null}"#),
            (
                Blanks::Lines("  "),
                Escapes::Kept,
                "{\n  \"a\": [\n    1.50,\n    {},\n    []\n  ],\n  \
                 \"é\\/\": \"\\u00e9 <\\\"\\\\\\\"\",\n  \"b\": null\n}",
            ),
        ] {
            assert_eq!(write(&tokens, blanks, escapes), want, "{blanks:?} {escapes:?}");
        }
    }

    #[test]
    fn invalid_json_has_no_tokens() {
        for text in ["", "{", "{}x", "payload=1", "\"\\ud800", "[1,]"] {
            assert_eq!(tokens(text), None, "{text}");
        }
    }
}
