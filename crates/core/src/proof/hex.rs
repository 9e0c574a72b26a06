//! Strict hexadecimal, either case when reading, lower case when writing.

/// Decodes exactly `N` bytes. Anything else, even one blank, is `None`.
pub(crate) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    decode_into(text, &mut bytes)?;
    Some(bytes)
}

/// Decodes any number of whole bytes.
pub(crate) fn decode_all(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len() / 2];
    decode_into(text, &mut bytes)?;
    Some(bytes)
}

/// Fills `bytes` from a text of exactly twice their number.
fn decode_into(text: &[u8], bytes: &mut [u8]) -> Option<()> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != bytes.len() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(())
}

/// Returns the value of one hexadecimal digit.
pub(crate) const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

/// Encodes bytes as lower-case digits.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_exact_hexadecimal_is_read() {
        for (text, want) in [
            ("00ffAb", Some([0, 255, 171])),
            ("00FFab", Some([0, 255, 171])),
            ("00ffa", None),
            ("00ffabcd", None),
            ("00ffg0", None),
            (" 0ffab", None),
            ("+0ffab", None),
            ("", None),
        ] {
            assert_eq!(decode::<3>(text.as_bytes()), want, "{text:?}");
        }
        assert_eq!(encode(&[0, 255, 171]), "00ffab");
    }
}
