//! The identifiers in the documents at the root.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const DOCUMENTS: [(&str, &str); 4] = [
    ("README.md", include_str!("../../README.md")),
    ("ARCHITECTURE.md", include_str!("../../ARCHITECTURE.md")),
    ("CONTRIBUTING.md", include_str!("../../CONTRIBUTING.md")),
    ("SECURITY.md", include_str!("../../SECURITY.md")),
];

/// Returns the words of a text that have an underscore.
fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.contains('_') && word.starts_with(|first: char| first.is_ascii_lowercase()))
}

/// Adds the identifiers of every source below a folder.
fn add_sources(folder: &Path, known: &mut BTreeSet<String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            add_sources(&path, known);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "sql") {
            known.extend(identifiers(&fs::read_to_string(&path).unwrap()).map(str::to_owned));
        }
    }
}

#[test]
fn every_identifier_in_a_document_is_in_a_source() {
    let mut known = BTreeSet::new();
    for folder in ["../crates", "inbox/src"] {
        add_sources(Path::new(folder), &mut known);
    }
    for (document, text) in DOCUMENTS {
        // The blocks of code are between fences, the identifiers of the text between single marks.
        let prose = text.split("```").step_by(2).collect::<String>();
        let quoted = prose.split('`').skip(1).step_by(2).flat_map(identifiers);
        // An identifier that ends with an underscore is the beginning of others.
        let is_known = |word: &&str| {
            if word.ends_with('_') { known.iter().any(|name| name.starts_with(*word)) } else { known.contains(*word) }
        };
        let unknown: Vec<_> = quoted.filter(|word| !is_known(word)).collect();
        assert!(unknown.is_empty(), "{document} names {unknown:?}");
    }
}
