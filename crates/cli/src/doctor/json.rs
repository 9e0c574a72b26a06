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

/// Whether a text is JSON.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Returns the tokens of a text. `None` if it is invalid JSON.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    is_json(text).then_some(())?;
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

/// A value as a tree, whose members keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node<'t> {
    Object(Vec<(&'t str, Self)>),
    Array(Vec<Self>),
    Leaf(Token<'t>),
}

/// Returns the tree of all tokens of a text.
pub(super) fn tree<'t>(tokens: &[Token<'t>]) -> Option<Node<'t>> {
    let mut rest = tokens;
    node(&mut rest).filter(|_| rest.is_empty())
}

/// Parses a value. The parser that made the tokens bounds its depth.
fn node<'t>(rest: &mut &[Token<'t>]) -> Option<Node<'t>> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    match first {
        Token::Mark('{') => {
            let mut members = Vec::new();
            loop {
                match rest {
                    [Token::Mark('}'), after @ ..] => {
                        *rest = after;
                        return Some(Node::Object(members));
                    }
                    [Token::Mark(','), after @ ..] => *rest = after,
                    [Token::Text(name), Token::Mark(':'), after @ ..] => {
                        *rest = after;
                        members.push((*name, node(rest)?));
                    }
                    _ => return None,
                }
            }
        }
        Token::Mark('[') => {
            let mut values = Vec::new();
            loop {
                match rest {
                    [Token::Mark(']'), after @ ..] => {
                        *rest = after;
                        return Some(Node::Array(values));
                    }
                    [Token::Mark(','), after @ ..] => *rest = after,
                    _ => values.push(node(rest)?),
                }
            }
        }
        Token::Mark(_) => None,
        leaf => Some(Node::Leaf(*leaf)),
    }
}

/// Appends the tokens of a tree.
pub(super) fn flatten<'t>(node: &Node<'t>, tokens: &mut Vec<Token<'t>>) {
    match node {
        Node::Object(members) => {
            tokens.push(Token::Mark('{'));
            for (position, (name, value)) in members.iter().enumerate() {
                if position > 0 {
                    tokens.push(Token::Mark(','));
                }
                tokens.extend([Token::Text(name), Token::Mark(':')]);
                flatten(value, tokens);
            }
            tokens.push(Token::Mark('}'));
        }
        Node::Array(values) => {
            tokens.push(Token::Mark('['));
            for (position, value) in values.iter().enumerate() {
                if position > 0 {
                    tokens.push(Token::Mark(','));
                }
                flatten(value, tokens);
            }
            tokens.push(Token::Mark(']'));
        }
        Node::Leaf(token) => tokens.push(*token),
    }
}

/// The white space of a serialiser between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blanks {
    None,
    /// These texts after every colon and after every comma.
    Line {
        colon: &'static str,
        comma: &'static str,
    },
    /// One line for each member, with this indentation, this line end and this text for a colon.
    Lines {
        indent: &'static str,
        end: &'static str,
        colon: &'static str,
        empty: &'static str,
    },
}

/// Writes tokens with other white space.
pub(super) fn write(tokens: &[Token<'_>], blanks: &Blanks) -> String {
    let mut text = String::new();
    let mut depth = 0_usize;
    for (position, token) in tokens.iter().enumerate() {
        let before = position.checked_sub(1).map(|before| tokens[before]);
        let opened = matches!(before, Some(Token::Mark('{' | '[')));
        let closes = matches!(token, Token::Mark('}' | ']'));
        if closes {
            depth = depth.saturating_sub(1);
        }
        match *blanks {
            // Empty lists and objects have one line.
            Blanks::Lines { indent, end, .. } if opened != closes || before == Some(Token::Mark(',')) => {
                text.push_str(end);
                (0..depth).for_each(|_| text.push_str(indent));
            }
            Blanks::Lines { empty, .. } if opened && closes => text.push_str(empty),
            Blanks::Line { comma, .. } if before == Some(Token::Mark(',')) => text.push_str(comma),
            _ => {}
        }
        match (token, *blanks) {
            (Token::Mark(':'), Blanks::Lines { colon, .. } | Blanks::Line { colon, .. }) => text.push_str(colon),
            (Token::Mark(mark), _) => text.push(*mark),
            (Token::Word(word), _) => text.push_str(word),
            (Token::Text(string), _) => {
                text.push('"');
                text.push_str(string);
                text.push('"');
            }
        }
        if matches!(token, Token::Mark('{' | '[')) {
            depth += 1;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_with_other_white_space() {
        let text = r#" {"a" : [1.50, {}, []], "é\/": "\u00e9 <\"\\\"", "b":null} "#;
        let tokens = tokens(text).expect("the text is JSON");
        for (blanks, want) in [
            (Blanks::None, r#"{"a":[1.50,{},[]],"é\/":"\u00e9 <\"\\\"","b":null}"#),
            (Blanks::Line { colon: ": ", comma: " " }, r#"{"a": [1.50, {}, []], "é\/": "\u00e9 <\"\\\"", "b": null}"#),
            (
                Blanks::Lines { indent: "  ", end: "\n", colon: ": ", empty: "" },
                "{\n  \"a\": [\n    1.50,\n    {},\n    []\n  ],\n  \
                 \"é\\/\": \"\\u00e9 <\\\"\\\\\\\"\",\n  \"b\": null\n}",
            ),
        ] {
            assert_eq!(write(&tokens, &blanks), want, "{blanks:?}");
        }
        let tree = tree(&tokens).expect("the tokens are a value");
        let mut again = Vec::new();
        flatten(&tree, &mut again);
        assert_eq!(again, tokens);
    }

    #[test]
    fn invalid_json_has_no_tokens() {
        for text in ["", "{", "{}x", "payload=1", "\"\\ud800", "[1,]"] {
            assert_eq!(tokens(text), None, "{text}");
        }
        assert_eq!(tokens(&"[".repeat(100_000)), None);
    }
}
