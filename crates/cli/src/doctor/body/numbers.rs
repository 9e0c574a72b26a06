//! Numbers that a serialiser shortened, such as `1.0` to `1`.

use bytes::Bytes;

use super::circumstances::{Circumstances, RAW};
use crate::doctor::json::{self, Blanks, Token};
use crate::doctor::undo::{Originals, Undo};

pub(super) const UNDOS: &[Undo<Bytes, Circumstances>] = &[
    Undo { name: "body-numbers", help: RAW, back: longer },
    Undo { name: "body-numbers", help: RAW, back: exponents },
];

/// The maximum number of numbers whose spellings are combined.
const MOST_COMBINED: usize = 4;

/// Returns another spelling of a number with more digits.
fn padded(word: &str, digits: &str) -> Option<String> {
    let plain = word.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_number = plain && word.bytes().any(|byte| byte.is_ascii_digit());
    is_number.then(|| if word.contains('.') { format!("{word}0") } else { format!("{word}.{digits}") })
}

fn longer(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(tokens) = std::str::from_utf8(body).ok().and_then(json::tokens) else { return };
    let words: Vec<(usize, &str)> = tokens
        .iter()
        .enumerate()
        .filter_map(|(position, token)| match token {
            Token::Word(word) => padded(word, "0").map(|_| (position, *word)),
            _ => None,
        })
        .collect();
    // Long integers are identifiers, and no serialiser shortens them.
    let few: Vec<_> = words.iter().filter(|(_, word)| word.len() <= 9).collect();
    if few.is_empty() {
        return;
    }
    let subsets: Vec<usize> = if few.len() <= MOST_COMBINED {
        (1..1 << few.len()).collect()
    } else {
        // All of them, and each alone.
        (0..few.len().min(16)).map(|bit| 1 << bit).chain([usize::MAX]).collect()
    };
    for digits in ["0", "00"] {
        for subset in &subsets {
            let spelled: Vec<(usize, String)> = few
                .iter()
                .enumerate()
                .filter(|(bit, _)| subset >> (*bit).min(63) & 1 == 1)
                .filter_map(|(_, (position, word))| Some((*position, padded(word, digits)?)))
                .collect();
            originals.add("numbers were shortened, such as `1.0` to `1`", written(&tokens, &spelled));
        }
    }
}

fn written(tokens: &[Token<'_>], spelled: &[(usize, String)]) -> Bytes {
    let mut other = tokens.to_vec();
    for (position, word) in spelled {
        other[*position] = Token::Word(word);
    }
    json::write(&other, &Blanks::None).into()
}

/// Adds exponents in the other notation: `1e3` for `1000`, and `1E+3`.
fn exponents(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let Some(tokens) = std::str::from_utf8(body).ok().and_then(json::tokens) else { return };
    let notations: [fn(&str) -> Option<String>; 3] = [
        |word| {
            let digits = word.trim_end_matches('0');
            let zeros = word.len() - digits.len();
            let is_integer = word.bytes().all(|byte| byte.is_ascii_digit());
            (is_integer && zeros >= 2 && !digits.is_empty()).then(|| format!("{digits}e{zeros}"))
        },
        |word| {
            let digits = word.trim_end_matches('0');
            let zeros = word.len() - digits.len();
            let is_integer = word.bytes().all(|byte| byte.is_ascii_digit());
            (is_integer && zeros >= 2 && digits.len() == 1).then(|| format!("{digits}.0E{zeros}"))
        },
        |word| word.contains('e').then(|| word.to_uppercase()),
    ];
    for notation in notations {
        let words = tokens.iter().enumerate();
        let spelled: Vec<_> = words
            .filter_map(|(position, token)| match token {
                Token::Word(word) if word.starts_with(|first: char| first.is_ascii_digit()) => {
                    Some((position, notation(word)?))
                }
                _ => None,
            })
            .collect();
        if !spelled.is_empty() {
            originals
                .add("numbers were written in another notation, such as `1000` for `1e3`", written(&tokens, &spelled));
        }
    }
}
