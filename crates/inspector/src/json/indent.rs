//! JSON with a line for each value.

use super::tokens::{Token, Tokens};

/// The maximum indentation, in levels. It bounds the size of deep JSON.
const DEEPEST: usize = 20;

/// Returns a JSON text with a line for each value, of about this many bytes at most, and whether it is whole. `None` if the
/// text is not JSON.
///
/// Values keep their characters: no number and no escape changes.
pub(crate) fn indented(text: &str, most: usize) -> Option<(String, bool)> {
    let mut lines = String::with_capacity(text.len().min(most) * 2);
    let (mut depth, mut is_empty) = (0_usize, false);
    let mut tokens = Tokens::of(text);
    for token in tokens.by_ref() {
        if lines.len() > most {
            return Some((lines, false));
        }
        if is_empty && !matches!(token, Token::Close(_)) {
            line(&mut lines, depth);
        }
        let was_empty = std::mem::replace(&mut is_empty, false);
        match token {
            Token::Open(at) => {
                lines.push_str(&text[at..=at]);
                depth += 1;
                is_empty = true;
            }
            Token::Close(at) => {
                depth -= 1;
                if !was_empty {
                    line(&mut lines, depth);
                }
                lines.push_str(&text[at..=at]);
            }
            Token::Comma(_) => {
                lines.push(',');
                line(&mut lines, depth);
            }
            Token::Colon(_) => lines.push_str(": "),
            Token::Name(place) | Token::Text(place) | Token::Number(place) | Token::Word(place) => {
                lines.push_str(&text[place]);
            }
        }
    }
    tokens.fault().is_none().then_some((lines, true))
}

fn line(lines: &mut String, depth: usize) {
    lines.push('\n');
    (0..depth.min(DEEPEST)).for_each(|_| lines.push_str("  "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_characters() {
        for (text, want) in [
            (
                r#"{"a":1.50,"b":[],"c":{},"d":["\u00e9"]}"#,
                "{\n  \"a\": 1.50,\n  \"b\": [],\n  \"c\": {},\n  \"d\": [\n    \"\\u00e9\"\n  ]\n}",
            ),
            ("[ ]", "[]"),
            ("12345678901234567890", "12345678901234567890"),
            ("[[]]", "[\n  []\n]"),
        ] {
            assert_eq!(indented(text, 1_000), Some((want.to_owned(), true)), "{text}");
        }
        assert_eq!(indented("{\"a\":", 1_000), None);
        assert_eq!(indented("no", 1_000), None);
    }

    #[test]
    fn deep_and_long_json_stays_within_its_bound() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let (lines, is_whole) = indented(&deep, 100_000).expect("it is JSON");
        assert!(!is_whole && lines.len() < 101_000, "{}", lines.len());
        let (lines, is_whole) = indented(&deep, 10_000_000).expect("it is JSON");
        assert!(is_whole && lines.len() < 1_000_000, "{}", lines.len());
    }
}
