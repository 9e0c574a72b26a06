//! The one field of a form body that carries the JSON.

use std::fmt;

use super::{hex, json, member};

/// Returns the percent-encoded value of the only field called `name`. It is well-formed.
///
/// `None` if the form has the field twice (under any escape of its name), lacks it, or has a broken escape or an unescaped
/// character that must be escaped. The last rule keeps JSON from being read as a form. Without it, an attacker could place
/// `&payload=` inside a string of the JSON, and that would become the event.
pub(crate) fn only_field<'b>(body: &'b [u8], name: &str) -> Option<FormValue<'b>> {
    // JSON leaves here.
    if body.first().is_none_or(must_be_escaped) {
        return None;
    }
    let mut found = None;
    for pair in body.split(|byte| *byte == b'&') {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let field = FormValue(halves.next()?);
        let value = FormValue(halves.next().unwrap_or_default());
        if !field.is_well_formed() || !value.is_well_formed() {
            return None;
        }
        if field.bytes().eq(name.bytes()) && found.replace(value).is_some() {
            return None;
        }
    }
    found
}

/// A well-formed percent-encoded text, decoded while it is read.
#[derive(Clone, Copy)]
pub(crate) struct FormValue<'b>(&'b [u8]);

/// Prints the length only, because the text may hold personal data.
impl fmt::Debug for FormValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormValue({} bytes)", self.0.len())
    }
}

impl FormValue<'_> {
    fn is_well_formed(&self) -> bool {
        // Without an early exit, so that the loop is vectorised.
        if self.0.iter().fold(false, |found, byte| found | must_be_escaped(byte)) {
            return false;
        }
        let mut encoded = self.0.iter();
        let is_digit = |next: Option<&u8>| next.copied().and_then(hex::digit).is_some();
        while let Some(byte) = encoded.next() {
            if *byte == b'%' && !(is_digit(encoded.next()) && is_digit(encoded.next())) {
                return false;
            }
        }
        true
    }

    /// Returns the decoded bytes: `+` is a blank, `%XY` a byte.
    pub(crate) fn bytes(&self) -> impl Iterator<Item = u8> {
        let mut encoded = self.0.iter();
        std::iter::from_fn(move || match *encoded.next()? {
            b'+' => Some(b' '),
            b'%' => {
                let high = encoded.next().copied().and_then(hex::digit)?;
                let low = encoded.next().copied().and_then(hex::digit)?;
                Some(high << 4 | low)
            }
            byte => Some(byte),
        })
    }

    /// Returns whether the decoded bytes are JSON. Other fields are not payloads.
    pub(crate) fn is_json(&self) -> bool {
        json::is_json(self.bytes())
    }

    /// Passes on the decoded bytes in blocks, without a buffer of the whole.
    pub(crate) fn in_blocks(&self, mut take: impl FnMut(&[u8])) {
        let mut block = [0; 512];
        let mut used = 0;
        for byte in self.bytes() {
            block[used] = byte;
            used += 1;
            if used == block.len() {
                take(&block);
                used = 0;
            }
        }
        take(&block[..used]);
    }

    /// Returns the decoded bytes in one buffer.
    pub(crate) fn decode(&self) -> Vec<u8> {
        let mut decoded = Vec::with_capacity(self.0.len());
        self.in_blocks(|block| decoded.extend_from_slice(block));
        decoded
    }
}

/// Decodes a text that need not be well-formed. A broken escape remains as it is.
#[cfg(feature = "json")]
pub(crate) fn decode_leniently(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let escape = after.first_chunk::<2>().and_then(|digits| hex::decode::<1>(digits));
        match (first, escape) {
            (b'%', Some([byte])) => {
                decoded.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) => decoded.push(b' '),
            _ => decoded.push(*first),
        }
        rest = after;
    }
    decoded
}

/// Returns whether every encoder of URLs and forms escapes a character.
const fn must_be_escaped(byte: &u8) -> bool {
    !byte.is_ascii_graphic() || matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
}

/// Writes `name=value` as PHP does: letters, digits, `-`, `.`, `_` as they are, a blank as `+`.
pub(crate) fn encode(name: &str, value: &[u8]) -> Vec<u8> {
    let mut form = Vec::with_capacity(name.len() + 1 + value.len() * 2);
    escape(name.as_bytes(), &mut form);
    form.push(b'=');
    escape(value, &mut form);
    form
}

fn escape(text: &[u8], form: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => form.push(*byte),
            b' ' => form.push(b'+'),
            _ => {
                form.push(b'%');
                form.extend_from_slice(hex::encode(&[*byte]).to_ascii_uppercase().as_bytes());
            }
        }
    }
}

/// Returns a well-formed form whose only field of this name is masked, without other pairs that quote its value.
pub(crate) fn masked(body: &[u8], name: &str) -> Vec<u8> {
    let token = only_field(body, name).map(|token| zeroize::Zeroizing::new(token.decode())).unwrap_or_default();
    let pairs = body.split(|byte| *byte == b'&').map(|pair| {
        let field = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        if FormValue(field).bytes().eq(name.bytes()) {
            return [field, b"=", member::MASK.as_bytes()].concat();
        }
        let decoded = zeroize::Zeroizing::new(FormValue(pair).decode());
        if member::contains(&decoded, &token) { member::MASK.as_bytes().to_vec() } else { pair.to_vec() }
    });
    pairs.collect::<Vec<_>>().join(&b'&')
}

/// Returns a well-formed form with another value of one field, and without other pairs that quote the token.
#[cfg(feature = "json")]
pub(crate) fn redacted(body: &[u8], field: &str, value: &[u8], token: &[u8]) -> Vec<u8> {
    let mut redacted = Vec::with_capacity(body.len());
    for (number, pair) in body.split(|byte| *byte == b'&').enumerate() {
        if number > 0 {
            redacted.push(b'&');
        }
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        let decoded = zeroize::Zeroizing::new(FormValue(pair).decode());
        match pair {
            _ if FormValue(name).bytes().eq(field.bytes()) => redacted.extend_from_slice(&encode(field, value)),
            _ if member::contains(&decoded, token) => redacted.extend_from_slice(member::MASK.as_bytes()),
            _ => redacted.extend_from_slice(pair),
        }
    }
    redacted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "json")]
    fn a_redacted_form_keeps_only_pairs_without_the_token() {
        for (body, want) in [
            ("payload=%7B%7D", "payload=new"),
            ("a=1&p%61yload=x&b", "a=1&payload=new&b"),
            ("key=t0ken&payload=x&c=a%74%30kenb&d=t1ken", "***&payload=new&***&d=t1ken"),
        ] {
            let got = redacted(body.as_bytes(), "payload", b"new", b"t0ken");
            assert_eq!(String::from_utf8(got).expect("the test made it so"), want, "{body}");
        }
    }

    #[test]
    fn a_masked_form_keeps_only_pairs_without_the_token() {
        for (body, want) in [
            ("key=t0ken&payload=%7B%7D", "key=***&payload=%7B%7D"),
            ("a=1&k%65y=t%30ken&b", "a=1&k%65y=***&b"),
            ("a=t0ken&key=t0ken&b=%74%30kenb&c=t1ken", "***&key=***&***&c=t1ken"),
            ("t0ken=1&key=t0ken", "***&key=***"),
            ("a=1", "a=1"),
        ] {
            assert_eq!(String::from_utf8(masked(body.as_bytes(), "key")).expect("the test made it so"), want, "{body}");
        }
    }

    #[test]
    fn a_form_has_exactly_one_payload() {
        for (body, want) in [
            ("payload=a%20b+c", Some("a b c")),
            ("x=1&payload=%7b%7D&y", Some("{}")),
            ("p%61yload=%41", Some("A")),
            ("payload=", Some("")),
            ("payload", Some("")),
            ("payload=a=b", Some("a=b")),
            ("", None),
            ("x=1", None),
            ("payload=1&payload=1", None),
            ("payload=1&p%61yload=2", None),
            ("payload=%", None),
            ("payload=%4", None),
            ("payload=%zz", None),
            ("payload=1&x=%", None),
            ("payload=a b", None),
            ("payload=a\n", None),
            ("payload=\u{e9}", None),
            (r#"{"name":"x&payload=1&y"}"#, None),
            (r#"["x&payload=1&y"]"#, None),
        ] {
            let got = only_field(body.as_bytes(), "payload").map(|value| value.decode());
            assert_eq!(got.as_deref(), want.map(str::as_bytes), "{body}");
        }
    }

    #[test]
    fn long_values_come_whole_over_the_block_size() {
        let value: Vec<u8> = (0..=255).cycle().take(1300).collect();
        let form = encode("payload", &value);
        assert_eq!(only_field(&form, "payload").map(|found| found.decode()), Some(value));
    }
}
