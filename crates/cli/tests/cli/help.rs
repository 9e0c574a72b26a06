//! `--help` of every verb: its examples, its width, and the names of environment variables.

use std::process::Output;

use crate::tree::{commands, help, verbs};
use crate::{refhook, text};

/// Returns the commands among the examples of a help, each in one line.
fn examples(help: &str) -> Vec<String> {
    let Some((_, examples)) = help.split_once("\nExamples:\n") else { return Vec::new() };
    let examples = examples.split("\n\n").next().unwrap_or_default().replace(" \\\n", " ");
    examples.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_command_has_examples_that_it_can_read() {
    let commands = commands();
    assert!(commands.len() > 8 && verbs().len() > 8, "{commands:?}");
    for path in commands {
        let examples = examples(&help(&path, "--help", 100));
        assert!(!examples.is_empty(), "`refhook {}` has no examples", path.join(" "));
        let names = format!("refhook {}", path.join(" "));
        assert!(examples.iter().any(|line| line.contains(names.trim_end())), "{names}: {examples:?}");
        for example in examples {
            is_readable(&example);
        }
    }
}

/// The help at the end of the line is printed only if the words before it are known flags with valid values.
#[track_caller]
pub(crate) fn is_readable(command: &str) {
    let end = command.find(['|', '<', '>', ';']).unwrap_or(command.len());
    let words = words(&command[..end]);
    let start = words.iter().position(|word| word == "refhook").unwrap_or_else(|| panic!("{command}"));
    if words[start + 1..].starts_with(&["config".to_owned(), "show".to_owned()]) {
        return;
    }
    let mut words: Vec<&str> = words[start + 1..].iter().map(String::as_str).collect();
    words.push("--help");
    let Output { status, stderr, .. } = refhook(&words).output().unwrap();
    assert!(status.success(), "{command}: {}", text(&stderr));
}

/// Splits a command as a shell does, quotes included.
fn words(command: &str) -> Vec<String> {
    let script = format!("for word in {command}; do printf '%s\\0' \"$word\"; done");
    let Output { stdout, .. } = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    text(&stdout).split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn no_line_of_any_help_is_wider_than_the_terminal() {
    for path in commands() {
        for (flag, columns) in [("--help", 60), ("-h", 60), ("--help", 80), ("--help", 100)] {
            for line in help(&path, flag, columns).lines() {
                let width = line.chars().count();
                assert!(width <= columns, "`refhook {} {flag}` at {columns}, {width}: {line}", path.join(" "));
            }
        }
        let widest = help(&path, "--help", 300).lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "`refhook {} --help`: a line of {widest:?}", path.join(" "));
    }
}

#[test]
fn examples_are_the_same_commands_at_every_width() {
    for path in commands() {
        assert_eq!(examples(&help(&path, "--help", 60)), examples(&help(&path, "--help", 300)), "{path:?}");
    }
}

/// The flags that confirm an act or lift a protection, so that no configuration has them.
const BY_HAND: [&str; 7] = ["yes", "all", "reveal", "raw", "http", "without-keys", "changed-profile"];

/// The flags that choose the entries of an inbox, or what happens to them. A configured one would silently choose others.
const CHOICES: [&str; 15] = [
    "mentions",
    "endpoint",
    "tenant",
    "platform",
    "state",
    "event",
    "delivery-id",
    "since",
    "until",
    "repeated",
    "conflicts",
    "parked",
    "unreadable",
    "to",
    "resign",
];

#[test]
fn every_flag_names_its_environment_variable() {
    for path in verbs() {
        let help = help(&path, "--help", 100);
        let (options, _) = help.split_once("\nExamples:\n").unwrap();
        // A flag begins its paragraphs, which end at the next one.
        let flags = options.split("\n      --").skip(1);
        let mut number = 0;
        for paragraph in flags {
            let name = paragraph.split(|end: char| !end.is_ascii_alphanumeric() && end != '-').next().unwrap();
            // `dev` has a secret for each platform, and other verbs have those of one endpoint.
            let is_of_dev = path[0] == "dev" && name == "secret-file";
            if BY_HAND.contains(&name) || is_of_dev || path[0] == "inbox" && CHOICES.contains(&name) {
                assert!(!paragraph.contains("[env:"), "`refhook {} --{name}` is given by hand alone", path.join(" "));
                continue;
            }
            let wanted = format!("[env: REFHOOK_{}]", name.replace('-', "_").to_uppercase());
            let text = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&wanted), "`refhook {} --{name}` lacks {wanted}: {text}", path.join(" "));
            number += 1;
        }
        assert!(number >= 4, "{path:?} has {number} flags");
    }
}
