//! Escapes of HTML and XML.

/// Decodes the entities that frameworks write, by name or by number. `None` if there are none.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_changed = false;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let end = after.bytes().take(10).position(|byte| byte == b';');
        let character = end.and_then(|end| character(&after[..end]).map(|character| (character, end)));
        match character {
            Some((character, end)) => {
                decoded.push(character);
                rest = &after[end + 1..];
                is_changed = true;
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    is_changed.then_some(decoded)
}

fn character(entity: &str) -> Option<char> {
    let number = match entity.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => digits.parse().ok()?,
        },
        None => {
            return Some(match entity {
                "quot" => '"',
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "apos" => '\'',
                "nbsp" => '\u{a0}',
                "eacute" => 'é',
                "uuml" => 'ü',
                "ouml" => 'ö',
                "auml" => 'ä',
                "szlig" => 'ß',
                _ => return None,
            });
        }
    };
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn entities_are_decoded_by_name_and_number() {
        for (text, want) in [
            ("&quot;a&quot;:&#39;b&#x27;", Some("\"a\":'b'")),
            ("&amp;amp; &lt;&gt;", Some("&amp; <>")),
            ("a & b; &nothing; &", None),
            ("&#xd800;&#99999999;", None),
        ] {
            assert_eq!(decode(text).as_deref(), want, "{text}");
        }
    }
}
