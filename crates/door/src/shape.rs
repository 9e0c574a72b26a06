//! The shape of a received path: its words without its secrets.

use crate::pattern::Segment;
use crate::routes::WebhookRoutes;

/// The maximum number of segments in a shape.
const MAX_SEGMENTS: usize = 12;

/// The maximum length of a shown segment.
const MAX_SEGMENT: usize = 40;

/// A path with `{…}` for every segment that is not a word of the endpoints' paths.
#[derive(Debug, Clone)]
pub(crate) struct Shape(String);

impl Shape {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the shape of a path.
pub(crate) fn shape(routes: &WebhookRoutes, path: &str) -> Shape {
    let is_word = |segment: &str| {
        let mut words = plain(segment).into_iter().peekable();
        words.peek().is_some()
            && words
                .all(|word| routes.iter().flat_map(|route| route.pattern.literals()).any(|known| is_near(known, &word)))
    };
    let mut shape = String::new();
    for (number, segment) in path.split('/').enumerate() {
        if number > 0 {
            shape.push('/');
        }
        if number > MAX_SEGMENTS {
            shape.push('…');
            break;
        }
        let is_shown = segment.is_empty() || segment.len() <= MAX_SEGMENT && is_word(segment);
        shape.push_str(if is_shown { segment } else { "{…}" });
    }
    Shape(shape)
}

/// Returns the segments of a path in one writing: decoded, in lower case, without empty and dot segments.
pub(crate) fn plain(path: &str) -> Vec<String> {
    let decoded = decoded(path).to_ascii_lowercase();
    decoded.split('/').filter(|segment| !segment.is_empty() && *segment != ".").map(str::to_owned).collect()
}

/// Decodes percent-encoding once. An invalid escape stays as it is.
pub(crate) fn decoded(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(path.len()), path.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let hex = |place: usize| after.get(place).and_then(|&byte| char::from(byte).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                // Both digits are below 16.
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the number of edits between the literal segments and the given ones, or `None` if the numbers of segments
/// differ.
pub(crate) fn distance(wanted: &[&Segment], given: &[String]) -> Option<usize> {
    let has_rest = wanted.last().is_some_and(|segment| **segment == Segment::Rest);
    if wanted.len() != given.len() && !(has_rest && given.len() > wanted.len()) {
        return None;
    }
    let edits = wanted.iter().zip(given).map(|(segment, given)| match segment {
        Segment::Literal(literal) => edits(&literal.to_ascii_lowercase(), given),
        Segment::Any | Segment::Rest => 0,
    });
    Some(edits.sum())
}

/// Returns whether a word is a misspelt literal. Short literals are compared exactly.
fn is_near(literal: &str, word: &str) -> bool {
    let literal = literal.to_ascii_lowercase();
    literal == word || literal.len() > 3 && edits(&literal, word) <= 2
}

/// Returns the number of inserted, removed and replaced characters between two words. Words of very different lengths have
/// more edits than any bound.
fn edits(left: &str, right: &str) -> usize {
    if left == right {
        return 0;
    }
    if left.len().abs_diff(right.len()) > 2 || left.len().max(right.len()) > 64 {
        return usize::MAX / 64;
    }
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (number, letter) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], number + 1);
        for (place, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[right.len()]
}
