//! Parsing of a list of signatures.

/// The entries of one line, separated by blanks, or by commas if a proxy folded lines.
pub(super) struct Entries<'h>(pub(super) &'h [u8]);

impl<'h> Iterator for Entries<'h> {
    type Item = (&'h [u8], &'h [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.0 = self.0.trim_ascii_start();
        if self.0.is_empty() {
            return None;
        }
        let first = self.cut();
        if !is_version(first) {
            // Malformed: the entry counts, and its empty version matches no signature.
            self.0 = self.0.strip_prefix(b",").unwrap_or(self.0);
            return Some((b"", first));
        }
        let Some(rest) = self.0.strip_prefix(b",") else { return Some((first, b"")) };
        self.0 = rest;
        let second = self.cut();
        self.0 = self.0.strip_prefix(b",").unwrap_or(self.0);
        Some((first, second))
    }
}

impl<'h> Entries<'h> {
    /// Takes everything before the next comma or blank.
    fn cut(&mut self) -> &'h [u8] {
        let end = memchr::memchr3(b',', b' ', b'\t', self.0);
        let (taken, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// Returns whether a text is `v`, a digit, and at most two more characters.
fn is_version(text: &[u8]) -> bool {
    text.len() <= 4 && matches!(text, [b'v', digit, ..] if digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_with_blanks_and_with_commas() {
        let rows: [(&str, &[(&str, &str)]); 10] = [
            ("v1,abc", &[("v1", "abc")]),
            ("v1,abc v1a,def", &[("v1", "abc"), ("v1a", "def")]),
            ("v1,abc,v1,def", &[("v1", "abc"), ("v1", "def")]),
            ("v1,abc, v1,def", &[("v1", "abc"), ("v1", "def")]),
            (" \tv1,abc  ", &[("v1", "abc")]),
            ("v1 abc", &[("v1", ""), ("", "abc")]),
            ("v1, abc", &[("v1", ""), ("", "abc")]),
            ("abc,v1,def", &[("", "abc"), ("v1", "def")]),
            (",v1,,", &[("", ""), ("v1", "")]),
            (" ", &[]),
        ];
        for (line, want) in rows {
            let want: Vec<_> = want.iter().map(|(version, text)| (version.as_bytes(), text.as_bytes())).collect();
            assert_eq!(Entries(line.as_bytes()).collect::<Vec<_>>(), want, "{line:?}");
        }
    }
}
