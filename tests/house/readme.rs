//! The table of platforms agrees with the contracts, and the README with the examples.

use std::fs;

use referral_webhooks::platform;

const README: &str = include_str!("../../README.md");
const PLATFORMS: &str = include_str!("../../docs/platforms.md");

#[test]
fn the_table_lists_every_platform_with_its_answers() {
    let rows = |title: &str| {
        let begins = format!("| {title} |");
        let (table, _) = PLATFORMS.split_once("\n## ").expect("the page has a second table");
        table.lines().filter(|line| line.starts_with(&begins)).collect::<Vec<_>>()
    };
    for facts in platform::ALL {
        let rows = rows(facts.title);
        let [row] = rows.as_slice() else {
            panic!("docs/platforms.md: {} row(s) for `{}`, expected one", rows.len(), facts.title)
        };
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().trim_matches('*')).collect();
        let [_, _, _, success, transient, again, waits, _assumed, _] = cells.as_slice() else { panic!("{row}") };
        let deadline = facts.contract.deadline;
        assert_eq!(*success, facts.contract.success.as_str(), "{row}");
        assert_eq!(*transient, facts.contract.transient.as_str(), "{row}");
        let want = deadline.map_or("not published".to_owned(), |deadline| format!("{} s", deadline.as_secs()));
        assert_eq!(*waits, want, "{row}");
        // The table must not invent an unpublished number.
        let number = again.split_once(" times").map_or(0, |(number, _)| number.parse().unwrap());
        assert_eq!(number, facts.contract.retries.offsets.len(), "{row}");
    }
}

#[test]
fn the_docs_of_the_axum_crate_show_the_example_that_serves() {
    let example = include_str!("../../examples/serve/src/lib.rs");
    let docs = include_str!("../../crates/axum/src/lib.rs").lines().filter_map(|line| line.strip_prefix("//!"));
    let docs: Vec<&str> = docs.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let (_, code) = example.split_once("\n\nuse ").expect("the file begins with its docs");
    assert!(docs.join("\n").contains(code.trim_end()), "the docs of crates/axum differ from examples/serve");
}

#[test]
fn every_example_is_listed_and_begins_with_its_command() {
    for folder in fs::read_dir("../examples").unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap();
        let program =
            ["src/main.rs", "src/lib.rs"].map(|file| folder.join(file)).into_iter().find(|file| file.exists());
        let program = program.unwrap_or_else(|| panic!("{name} has no source"));
        let link = format!("[`{name}`](examples/{name}/src/{})", program.file_name().unwrap().to_str().unwrap());
        assert!(README.contains(&link), "the README has no {link}");
        let source = fs::read_to_string(program).unwrap();
        let first = source.lines().next().unwrap();
        let verbs = ["run", "test", "doc"];
        let in_workspace = verbs.iter().any(|verb| first.ends_with(&format!("cargo {verb} -p {name}")));
        let runs = in_workspace || first.ends_with(&format!("cargo test --manifest-path examples/{name}/Cargo.toml"));
        assert!(first.starts_with("//! ") && runs, "{name} begins with: {first}");
    }
}
