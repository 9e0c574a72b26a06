//! The known word that is nearest to an unknown one.

/// The maximum length of a word that is compared, in characters.
const MOST: usize = 64;

/// Returns the known word with the fewest edits to `word`, if it is similar.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word: Vec<char> = word.chars().take(MOST).collect();
    let distances = known.iter().map(|known| (distance(&word, &known.chars().collect::<Vec<_>>()), *known));
    let (edits, nearest) = distances.min_by_key(|(edits, _)| *edits)?;
    // More edits than half of the letters make another word.
    (edits <= 1 || edits * 2 <= word.len().max(nearest.len())).then_some(nearest)
}

/// Returns the number of edits from one word to another: insertions, deletions, replacements and swaps of neighbours. A
/// letter in the other case, and `_` for `-`, costs no edit.
fn distance(left: &[char], right: &[char]) -> usize {
    let plain = |letter: char| if letter == '_' { '-' } else { letter.to_ascii_lowercase() };
    let is_same = |row: usize, column: usize| plain(left[row - 1]) == plain(right[column - 1]);
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for row in 0..=left.len() {
        for column in 0..=right.len() {
            if row == 0 || column == 0 {
                rows[row][column] = row + column;
                continue;
            }
            let replaced = rows[row - 1][column - 1] + usize::from(!is_same(row, column));
            let mut fewest = replaced.min(rows[row - 1][column] + 1).min(rows[row][column - 1] + 1);
            if row > 1 && column > 1 && is_same(row, column - 1) && is_same(row - 1, column) {
                fewest = fewest.min(rows[row - 2][column - 2] + 1);
            }
            rows[row][column] = fewest;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_has_its_nearest_word() {
        let known = ["name", "title", "scheme", "contract", "give-up", "redelivery"];
        for (word, want) in [
            ("nmae", Some("name")),
            ("NAME", Some("name")),
            ("give_up", Some("give-up")),
            ("shceme", Some("scheme")),
            ("contracts", Some("contract")),
            ("redelivry", Some("redelivery")),
            ("x", None),
            ("completely-different", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), want, "{word}");
        }
        assert_eq!(nearest(&"n".repeat(100_000), &known), None);
    }
}
