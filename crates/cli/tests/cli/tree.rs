//! The verbs of the program, as its help lists them.

use crate::{refhook, text};

/// Returns the path of every command: groups such as `profile`, and verbs. The program itself is the empty path.
pub(crate) fn commands() -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        next += 1;
        for name in below(&path) {
            found.push([&path[..], &[name]].concat());
        }
    }
    found
}

/// Returns the verbs that do something.
pub(crate) fn verbs() -> Vec<Vec<String>> {
    commands().into_iter().filter(|path| below(path).is_empty()).collect()
}

/// Returns the help of a command at this width.
pub(crate) fn help(path: &[String], flag: &str, columns: usize) -> String {
    let words: Vec<&str> = path.iter().map(String::as_str).chain([flag]).collect();
    let output = refhook(&words).env("COLUMNS", columns.to_string()).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// Returns the names of the commands below one.
fn below(path: &[String]) -> Vec<String> {
    let help = help(path, "--help", 100);
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let list = list.split("\n\n").next().unwrap_or_default();
    let names = list.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}
