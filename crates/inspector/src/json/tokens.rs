//! The tokens of a JSON text.

use std::ops::Range;

/// One token, with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// The begin of an object or a list.
    Open(usize),
    /// The end of an object or a list.
    Close(usize),
    /// The name of a member, with its quotation marks.
    Name(Range<usize>),
    /// A string, with its quotation marks.
    Text(Range<usize>),
    Number(Range<usize>),
    /// `true`, `false` or `null`.
    Word(Range<usize>),
    Comma(usize),
    Colon(usize),
}

/// The next thing that the grammar allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrClose,
    Name,
    NameOrClose,
    Colon,
    CommaOrClose,
    End,
}

/// An iterator over the tokens. After a fault it ends, and [`fault`](Self::fault) is its place.
#[derive(Debug)]
pub(crate) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    next: Next,
    /// Whether each open container is an object.
    open: Vec<bool>,
    is_faulty: bool,
}

impl<'t> Tokens<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self { text, at: 0, next: Next::Value, open: Vec::new(), is_faulty: false }
    }

    /// Returns the place of the first byte that is not JSON, after the tokens have ended.
    pub(crate) fn fault(&self) -> Option<usize> {
        (self.is_faulty || self.next != Next::End).then_some(self.at)
    }

    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    fn close(&mut self, is_object: bool) -> Option<Token> {
        (self.open.pop()? == is_object).then(|| {
            self.after_value();
            Token::Close(self.at)
        })
    }

    fn after_value(&mut self) {
        self.next = if self.open.is_empty() { Next::End } else { Next::CommaOrClose };
    }

    /// Reads the token that begins with this byte. `None` is a fault.
    fn read(&mut self, first: u8) -> Option<Token> {
        let at = self.at;
        match (self.next, first) {
            (Next::ValueOrClose, b']') => self.close(false),
            (Next::NameOrClose, b'}') => self.close(true),
            (Next::CommaOrClose, b']' | b'}') => self.close(first == b'}'),
            (Next::CommaOrClose, b',') => {
                self.next = if self.open.last() == Some(&true) { Next::Name } else { Next::Value };
                Some(Token::Comma(at))
            }
            (Next::Colon, b':') => {
                self.next = Next::Value;
                Some(Token::Colon(at))
            }
            (Next::Name | Next::NameOrClose, b'"') => {
                self.next = Next::Colon;
                Some(Token::Name(at..self.end_of_string()?))
            }
            (Next::Value | Next::ValueOrClose, b'{' | b'[') => {
                let is_object = first == b'{';
                self.open.push(is_object);
                self.next = if is_object { Next::NameOrClose } else { Next::ValueOrClose };
                Some(Token::Open(at))
            }
            (Next::Value | Next::ValueOrClose, _) => {
                let token = match first {
                    b'"' => Token::Text(at..self.end_of_string()?),
                    b'-' | b'0'..=b'9' => Token::Number(at..self.end_of_number()?),
                    _ => {
                        let rest = &self.bytes()[at..];
                        let word = [&b"true"[..], b"false", b"null"].into_iter().find(|word| rest.starts_with(word))?;
                        Token::Word(at..at + word.len())
                    }
                };
                self.after_value();
                Some(token)
            }
            _ => None,
        }
    }

    /// Returns the place after the string that begins here.
    fn end_of_string(&self) -> Option<usize> {
        let bytes = self.bytes();
        let mut at = self.at + 1;
        loop {
            match *bytes.get(at)? {
                b'"' => return Some(at + 1),
                b'\\' => match *bytes.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                    b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => at += 6,
                    _ => return None,
                },
                0..=0x1f => return None,
                _ => at += 1,
            }
        }
    }

    /// Returns the place after the number that begins here.
    fn end_of_number(&self) -> Option<usize> {
        let bytes = self.bytes();
        let digits = |mut at: usize| {
            let from = at;
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            (at > from).then_some(at)
        };
        let begin = self.at + usize::from(bytes.get(self.at) == Some(&b'-'));
        let mut at = digits(begin)?;
        if bytes[begin] == b'0' && at > begin + 1 {
            return None;
        }
        if bytes.get(at) == Some(&b'.') {
            at = digits(at + 1)?;
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            at = digits(at + 1 + sign)?;
        }
        Some(at)
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.is_faulty {
            return None;
        }
        while matches!(self.bytes().get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        let first = *self.bytes().get(self.at)?;
        let token = self.read(first);
        match &token {
            Some(Token::Open(at) | Token::Close(at) | Token::Comma(at) | Token::Colon(at)) => self.at = at + 1,
            Some(Token::Name(place) | Token::Text(place) | Token::Number(place) | Token::Word(place)) => {
                self.at = place.end;
            }
            None => self.is_faulty = true,
        }
        token
    }
}

/// Returns whether a text is one JSON value.
pub(crate) fn is_valid(text: &str) -> bool {
    let mut tokens = Tokens::of(text);
    while tokens.next().is_some() {}
    tokens.fault().is_none()
}

/// Returns the text of a string with its quotation marks. `None` if it has half of a surrogate pair.
pub(crate) fn text_of(string: &str) -> Option<String> {
    serde_json::from_str(string).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_agree_with_serde_about_valid_json() {
        for text in [
            "{}",
            "[]",
            "1",
            "-0.5e+10",
            r#""a""#,
            "true",
            "null",
            r#"{"a":[1,{"b":null}],"c":"d"}"#,
            " [ 1 , 2 ] ",
            "\n{}\t",
            r#""\u00e9\n\/""#,
            "[[[]]]",
            "0",
            "-1",
            "1e5",
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "-",
            "+1",
            "1e",
            "nul",
            "truex",
            r#""\x""#,
            r#""\u12""#,
            "\"a\nb\"",
            "\"a",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "[}",
            "{]",
            "1 2",
            "[1]]",
            "'a'",
            "\u{feff}{}",
            "NaN",
            "{\"a\":}",
            "[,1]",
            "{,}",
            "{1:2}",
        ] {
            let want = serde_json::from_str::<Box<serde_json::value::RawValue>>(text).is_ok();
            assert_eq!(is_valid(text), want, "{text}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_a_string_without_a_text() {
        assert!(is_valid(r#"["\ud800"]"#));
        assert_eq!(text_of(r#""\ud800""#), None);
        assert_eq!(text_of(r#""\ud83d\ude00""#).as_deref(), Some("😀"));
    }

    #[test]
    fn a_million_brackets_need_no_stack() {
        let text = "[".repeat(1_000_000);
        assert_eq!(Tokens::of(&text).count(), 1_000_000);
        assert!(is_valid(&format!("{text}{}", "]".repeat(1_000_000))));
        assert!(!is_valid(&text));
    }
}
