//! The statements under `sql/`, as a person would paste them into the engine's shell.

use std::fs;
use std::path::Path;

/// A statement with the placeholders of an engine replaced.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) file: String,
    pub(crate) text: String,
}

/// Every statement of an engine: the shared ones, its own and the table of effects, which comes first.
pub(crate) fn statements(engine: &str) -> Vec<Statement> {
    let sql = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    let placeholders = fs::read_to_string(sql.join(engine).join("placeholders.txt")).unwrap();
    let placeholders =
        placeholders.lines().filter(|line| !line.starts_with("--")).filter_map(|line| line.split_once('='));
    let placeholders: Vec<_> = placeholders.map(|(name, text)| (format!("{{{}}}", name.trim()), text.trim())).collect();
    let mut statements = Vec::new();
    for folder in ["guard", "shared", engine] {
        for file in fs::read_dir(sql.join(folder)).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_none_or(|extension| extension != "sql") {
                continue;
            }
            let content = fs::read_to_string(&file).unwrap();
            let file = format!("{folder}/{}", file.file_stem().unwrap().to_str().unwrap());
            assert!(content.starts_with("-- "), "{file} opens with its purpose");
            for part in ["\n-- Parameters", "\n-- Concurrency: "] {
                assert!(content.contains(part), "{file} says{part}");
            }
            let lines = content.lines().filter(|line| !line.starts_with("--"));
            let text = lines.collect::<Vec<_>>().join("\n").replace("{more_rows}", "");
            let text = placeholders.iter().fold(text, |text, (name, value)| text.replace(name, value));
            let filters = [
                "",
                "AND endpoint = $4",
                "AND endpoint = $4 AND event = $5 AND subject = $6 AND received_at >= $7 AND delivery_id IN ($8, $9) AND secret = $10 \
                 AND state = 'parked' AND unreadable IS NOT NULL AND conflict_of IS NOT NULL",
                "AND endpoint = $4 AND tenant = $5 AND tenant <> ''",
            ];
            for filter in &filters[..if text.contains("{filter}") { filters.len() } else { 1 }] {
                let text = text.replace("{filter}", filter).replace("{order}", "DESC");
                assert!(!text.contains(['{', '}']), "{file} has only known placeholders: {text}");
                statements.push(Statement { file: file.clone(), text });
            }
        }
    }
    statements.sort_by_key(|statement| (statement.file != "guard/table", statement.file.clone()));
    statements
}

/// Fails if a file of an engine is not prepared by the crate.
pub(crate) fn are_all_prepared(engine: &str, statements: &[Statement]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for Statement { file, .. } in statements {
        let (folder, name) = file.split_once('/').unwrap();
        let list = match folder {
            "guard" => "guard.rs".to_owned(),
            "shared" => "statements.rs".to_owned(),
            _ => format!("{engine}/statements.rs"),
        };
        let list = fs::read_to_string(source.join(&list)).unwrap();
        assert!(
            list.split(|character: char| !character.is_alphanumeric() && character != '_').any(|word| word == name),
            "{file}"
        );
    }
}
