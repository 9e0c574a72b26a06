//! A check whether bytes are JSON, without a buffer.

/// The deepest nesting that is accepted. It is that of `serde_json`.
const MAX_DEPTH: u8 = 127;

/// Returns whether the bytes are one JSON text (RFC 8259) in UTF-8.
pub(crate) fn is_json(bytes: impl Iterator<Item = u8>) -> bool {
    let mut text = Text { bytes, next: None };
    text.advance();
    text.value(MAX_DEPTH).is_some() && text.visible().is_none()
}

/// The remaining text. Every method consumes one part of it, and returns `None` if that part is invalid.
struct Text<I> {
    bytes: I,
    next: Option<u8>,
}

impl<I: Iterator<Item = u8>> Text<I> {
    fn advance(&mut self) {
        self.next = self.bytes.next();
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.next?;
        self.advance();
        Some(byte)
    }

    /// Skips white space, and returns the next byte without consuming it.
    fn visible(&mut self) -> Option<u8> {
        while matches!(self.next, Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance();
        }
        self.next
    }

    fn value(&mut self, depth: u8) -> Option<()> {
        match self.visible()? {
            b'{' => self.list(b'}', depth, |text, depth| {
                text.visible().filter(|byte| *byte == b'"')?;
                text.string()?;
                text.visible().filter(|byte| *byte == b':')?;
                text.advance();
                text.value(depth)
            }),
            b'[' => self.list(b']', depth, Self::value),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => None,
        }
    }

    /// Consumes the members of an object or a list, with the commas between them.
    fn list(&mut self, end: u8, depth: u8, member: impl Fn(&mut Self, u8) -> Option<()>) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        self.advance();
        if self.visible()? == end {
            self.advance();
            return Some(());
        }
        loop {
            member(self, depth)?;
            self.visible()?;
            match self.take()? {
                b',' => {}
                byte => return (byte == end).then_some(()),
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.advance();
        loop {
            match self.take()? {
                b'"' => return Some(()),
                b'\\' => match self.take()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => (0..4).try_for_each(|_| self.take()?.is_ascii_hexdigit().then_some(()))?,
                    _ => return None,
                },
                0..=0x1f => return None,
                0x20..=0x7f => {}
                first => self.character(first)?,
            }
        }
    }

    /// Consumes the rest of a character of several bytes.
    fn character(&mut self, first: u8) -> Option<()> {
        let length = match first {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return None,
        };
        let mut bytes = [first, 0, 0, 0];
        for byte in &mut bytes[1..length] {
            *byte = self.take()?;
        }
        std::str::from_utf8(&bytes[..length]).ok().map(drop)
    }

    fn number(&mut self) -> Option<()> {
        if self.next == Some(b'-') {
            self.advance();
        }
        match self.take()? {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.next == Some(b'.') {
            self.advance();
            self.some_digits()?;
        }
        if matches!(self.next, Some(b'e' | b'E')) {
            self.advance();
            if matches!(self.next, Some(b'+' | b'-')) {
                self.advance();
            }
            self.some_digits()?;
        }
        Some(())
    }

    fn some_digits(&mut self) -> Option<()> {
        self.next.filter(u8::is_ascii_digit)?;
        self.digits();
        Some(())
    }

    fn digits(&mut self) {
        while self.next.is_some_and(|byte| byte.is_ascii_digit()) {
            self.advance();
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        word.iter().try_for_each(|byte| (self.take()? == *byte).then_some(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_distinguished_from_other_text() {
        let (deep, deeper) = ("[".repeat(127) + &"]".repeat(127), "[".repeat(128) + &"]".repeat(128));
        for (text, want) in [
            ("{}", true),
            (" \t\r\n[ ] \n", true),
            (r#"{"a":1,"b":[true,false,null,{"c":"d"}]}"#, true),
            (r#""\"\\\/\b\f\n\r\t\u00e9\ud800""#, true),
            ("\"é€\u{1f600}\"", true),
            ("-0", true),
            ("-12.50e+07", true),
            ("0E-1", true),
            (&deep, true),
            (&deeper, false),
            ("", false),
            (" ", false),
            ("{} {}", false),
            ("{},", false),
            ("[1,]", false),
            ("[,1]", false),
            ("[1 2]", false),
            ("{1:2}", false),
            (r#"{"a"}"#, false),
            (r#"{"a":}"#, false),
            (r#"{"a":1"#, false),
            (r#"{"a":1]"#, false),
            ("01", false),
            ("1.", false),
            (".5", false),
            ("+1", false),
            ("1e", false),
            ("-", false),
            ("tru", false),
            ("nul1", false),
            ("hello", false),
            (r#""a"#, false),
            (r#""\x""#, false),
            (r#""\u12g4""#, false),
            ("\"\n\"", false),
            ("\u{feff}{}", false),
            ("payload=%7B%7D", false),
            ("1=2&payload=%7B%7D", false),
            ("[1]=2&payload=%7B%7D", false),
            ("true&payload=%7B%7D", false),
        ] {
            assert_eq!(is_json(text.bytes()), want, "{text}");
            #[cfg(feature = "json")]
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(text).is_ok() || text.contains("ud800"),
                want,
                "{text}"
            );
        }
        for invalid in [&b"\"\xff\""[..], b"\"\xc3\"", b"\"\xed\xa0\x80\"", b"\"\xf5\x80\x80\x80\"", b"\xc3\xa9"] {
            assert!(!is_json(invalid.iter().copied()), "{invalid:?}");
        }
    }
}
