//! Rust source as tokens.

/// Returns the words, marks and texts of a source, without comments, lifetimes and characters.
///
/// A separator is `::`, every other mark is one character, and a text begins with a quotation mark.
pub(super) fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((contents, length)) = text(rest) {
            tokens.push(format!("\"{contents}"));
            length
        } else if first == '\'' {
            character_or_lifetime(rest)
        } else {
            let length = match first {
                _ if is_of_word(first) => word(rest),
                ':' if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            if !first.is_whitespace() {
                tokens.push(rest[..length].to_owned());
            }
            length
        };
        rest = &rest[length..];
    }
    tokens
}

/// Whether a token is a word, such as a name or a keyword.
pub(super) fn is_word(token: &str) -> bool {
    token.starts_with(is_of_word)
}

/// Returns the position after the group that opens at `open`.
pub(super) fn end_of_group(tokens: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (position, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return position + 1;
        }
    }
    tokens.len()
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn word(rest: &str) -> usize {
    rest.find(|character| !is_of_word(character)).unwrap_or(rest.len())
}

/// Returns the length of a comment, which may hold others.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match rest.get(at..at + 2) {
            Some("/*") => (depth, at) = (depth + 1, at + 2),
            Some("*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += rest[at..].chars().next().map_or(1, char::len_utf8),
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Returns the contents and the length of a string literal: plain, raw, of bytes or of C.
fn text(rest: &str) -> Option<(&str, usize)> {
    let opening = rest.bytes().take(16).position(|byte| byte == b'"')?;
    let prefix = &rest[..opening];
    let hashes = prefix.trim_start_matches(['b', 'c', 'r']);
    let letters = &prefix[..prefix.len() - hashes.len()];
    let is_raw = letters.ends_with('r');
    if !["", "b", "c", "r", "br", "cr"].contains(&letters) || !hashes.chars().all(|mark| is_raw && mark == '#') {
        return None;
    }
    let contents = &rest[opening + 1..];
    let length = if is_raw {
        contents.find(&format!("\"{hashes}"))?
    } else {
        let mut is_escaped = false;
        contents.find(|character| {
            let ends = character == '"' && !is_escaped;
            is_escaped = character == '\\' && !is_escaped;
            ends
        })?
    };
    Some((&contents[..length], opening + 1 + length + 1 + hashes.len()))
}

fn character_or_lifetime(rest: &str) -> usize {
    let mut characters = rest[1..].chars();
    match (characters.next(), characters.next()) {
        (Some('\\'), Some(escaped)) => {
            let escape = 2 + escaped.len_utf8();
            rest[escape..].find('\'').map_or(rest.len(), |length| escape + length + 1)
        }
        (Some(character), Some('\'')) => character.len_utf8() + 2,
        _ => 1 + word(&rest[1..]),
    }
}
