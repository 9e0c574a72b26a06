//! Secrets after a name: variables of shells and dotenv files, members of YAML, columns of tables.

use super::key::{Key, Origin};
use crate::doctor::undo::{Originals, Undo};

const VALUE: &str = "give the value alone to the program that receives, or let it read the file in its format";

/// The maximum number of lines with names.
const MOST_LINES: usize = 64;

pub(super) const UNDOS: &[Undo<Key, Origin>] = &[
    Undo { name: "secret-assignment", help: VALUE, back: assignments },
    Undo { name: "secret-yaml", help: VALUE, back: yaml },
    Undo { name: "secret-table", help: VALUE, back: tables },
];

/// Returns the value if this is the name of a variable before it.
fn value_after(line: &str, separator: char) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(separator)?;
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let keywords = ["export", "set", "setx", "const", "let", "var", "env", "ENV", "ARG", "declare", "-x", "-e", "-"];
    words.retain(|word| !keywords.contains(word));
    let [name] = words[..] else { return None };
    let name = name.trim_start_matches("$env:").trim_matches(['"', '\'']);
    let is_name = |character: char| character.is_alphanumeric() || "_.-[]/".contains(character);
    let value = value.trim().trim_end_matches(';').trim_end();
    // Base64 ends in this character, so that a value of it is no value.
    let has_value = !value.trim_matches('=').is_empty();
    (!name.is_empty() && name.len() <= 80 && has_value && name.chars().all(is_name)).then_some((name, value))
}

fn assignments(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    for line in text.lines().take(MOST_LINES) {
        if let Some((_, value)) = value_after(line, '=') {
            originals.text("the secret follows the name of a variable", value.trim_start_matches('>').trim_start());
        }
    }
}

fn yaml(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    let mut lines = text.lines().take(MOST_LINES).peekable();
    while let Some(line) = lines.next() {
        let Some((_, value)) = value_after(line.trim_start_matches("- "), ':') else {
            // A block scalar begins in the next line.
            continue;
        };
        if value.starts_with(['|', '>']) && value.len() <= 3 {
            let indent = |line: &str| line.len() - line.trim_start().len();
            let own = indent(line);
            let mut block = Vec::new();
            while let Some(next) = lines.next_if(|next| next.trim().is_empty() || indent(next) > own) {
                block.push(next.trim());
            }
            originals.text("the secret is a block of YAML", block.join("\n").trim());
        } else if !value.starts_with("//") {
            let value = value.trim_start_matches("!!str ").trim_start_matches("!!binary ").trim_start_matches('|');
            originals.text("the secret follows the name of a member, as in YAML", value.trim());
        }
    }
}

fn tables(key: &Key, _: &Origin, originals: &mut Originals<Key>) {
    let Some(text) = key.text() else { return };
    for line in text.lines().take(MOST_LINES) {
        for cell in line.split(['|', '│', '\t']).map(str::trim).filter(|cell| cell.len() < line.trim().len()) {
            originals.text("the secret is a cell of a table", cell);
        }
    }
}
