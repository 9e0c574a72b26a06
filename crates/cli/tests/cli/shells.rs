//! Completions and manual pages.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use crate::tree::{commands, verbs};
use crate::{refhook, run, text};

/// Returns the completions that bash offers for the last word.
fn completed(words: &[&str]) -> BTreeSet<String> {
    let (last, before) = (words.len() - 1, words[words.len() - 2]);
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "source <('{}' completions bash)\nCOMP_WORDS=({})\nCOMP_CWORD={last}\n\
         _refhook refhook '{}' '{before}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        env!("CARGO_BIN_EXE_refhook"),
        quoted.join(" "),
        words[last],
    );
    let Output { status, stdout, stderr } = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
    assert!(status.success() && stderr.is_empty(), "{words:?}: {}", text(&stderr));
    text(&stdout).lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_verbs_flags_and_values() {
    let verbs: BTreeSet<String> = commands().into_iter().filter(|path| path.len() == 1).flatten().collect();
    assert!(completed(&["refhook", ""]).is_superset(&verbs), "{:?}", completed(&["refhook", ""]));
    for (words, wanted, unwanted) in [
        (&["refhook", "ver"][..], "verify", "send"),
        (&["refhook", "send", "--pl"], "--platform", "--profile"),
        (&["refhook", "verify", "--platform", "re"], "redpin", "dub"),
        (&["refhook", "send", "re"], "redpin", "dub"),
        (&["refhook", "sign", "--bad", "t"], "timestamp", "body"),
        (&["refhook", "verify", "--output", ""], "json", "redpin"),
        (&["refhook", "profile", ""], "check", "verify"),
        (&["refhook", "profile", "check", "--sec"], "--secret-file", "--output"),
        (&["refhook", "send", "--no-c"], "--no-config", "--config"),
    ] {
        let found = completed(words);
        assert!(found.contains(wanted) && !found.contains(unwanted), "{words:?}: {found:?}");
    }
}

#[test]
fn the_completions_of_every_shell_have_every_verb() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let Output { status, stdout, stderr } = run(refhook(&["completions", shell]), b"");
        assert!(status.success(), "{shell}: {}", text(&stderr));
        let script = text(&stdout);
        for verb in verbs() {
            let name = verb.last().unwrap();
            assert!(script.contains(name), "{shell} lacks {name}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man1");
    let Output { status, stdout, stderr } = run(refhook(&["man", "--out", out.to_str().unwrap()]), b"");
    assert!(status.success(), "{}", text(&stderr));
    let commands = commands();
    assert_eq!(text(&stdout).lines().count(), commands.len(), "{}", text(&stdout));
    for path in commands {
        let name = [&["refhook".to_owned()], &path[..]].concat().join("-");
        let page = out.join(format!("{name}.1"));
        assert!(page.exists(), "{name} has no page");
        let rendered =
            Command::new("groff").args(["-man", "-Tutf8", "-Kutf8", "-ww", "-P-c", "-P-b", "-P-u"]).arg(&page).output();
        let Output { status, stdout, stderr } =
            rendered.expect("groff renders the pages (Debian's package `groff-base`)");
        assert!(status.success() && stderr.is_empty(), "{name}: {}", text(&stderr));
        let shown = text(&stdout).replace('\u{2010}', "-");
        for part in ["NAME", "SYNOPSIS", "OPTIONS", "EXAMPLES", "refhook"] {
            assert!(shown.contains(part), "{name} lacks {part}:\n{shown}");
        }
        let (_, examples) = shown.split_once("EXAMPLES\n").unwrap();
        let is_filled = examples.lines().any(|line| line.contains("refhook  ") || line.chars().count() > 78);
        assert!(!is_filled, "the lines of {name} are not those of the help:\n{examples}");
    }
    let Output { stdout, .. } = run(refhook(&["man"]), b"");
    assert_eq!(text(&stdout), fs::read_to_string(out.join("refhook.1")).unwrap());
}
