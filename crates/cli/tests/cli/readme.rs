//! The commands of the README and of the documentation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use referral_webhooks_fixtures::of_platform;

use crate::help::is_readable;
use crate::{refhook, text};

/// The documents with commands, from the root of the repository.
const DOCUMENTS: [&str; 6] = [
    "README.md",
    "docs/operations/README.md",
    "docs/page.md",
    "docs/platforms.md",
    "docs/refhook.md",
    "CONTRIBUTING.md",
];

/// The beginning of the line that runs the program from its source.
const FROM_SOURCE: &str = "cargo run -p referral-webhooks-cli -- ";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the commands of a document: the lines of its blocks for a shell, and the words between marks.
fn commands(document: &str) -> Vec<String> {
    let mut commands = Vec::new();
    for (number, part) in document.split("```").enumerate() {
        let (is_block, shells) = (number % 2 == 1, ["sh\n", "console\n", "bash\n"]);
        let lines: Vec<String> = if is_block && shells.iter().any(|shell| part.starts_with(shell)) {
            let block = part.replace("\\\n", " ");
            block.lines().map(|line| line.trim_start_matches("$ ").to_owned()).collect()
        } else if is_block {
            Vec::new()
        } else {
            part.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        commands.extend(lines.into_iter().filter_map(|line| {
            let line = line.replacen(FROM_SOURCE, "refhook ", 1);
            let end = line.find(" #").unwrap_or(line.len());
            let command = line[..end].trim().to_owned();
            // The name of the program alone is no command.
            (command.contains("refhook ") && !command.contains(['…', '*'])).then_some(command)
        }));
    }
    commands
}

#[test]
fn every_command_in_a_document_can_be_read_by_the_program() {
    let mut number = 0;
    for name in DOCUMENTS {
        let Ok(document) = fs::read_to_string(root().join(name)) else { continue };
        for command in commands(&document) {
            // `refhook inbox list|show` names several verbs, and `refhook doctor` one.
            if !command.contains('|') {
                is_readable(&command);
            }
            number += 1;
        }
    }
    assert!(number >= 5, "{number} commands");
}

/// The other commands need a server or a database, and the tests of their verbs run them.
#[test]
fn the_commands_of_the_readme_run() {
    let folder = tempfile::tempdir().unwrap();
    let sample = of_platform("redpin").find(|fixture| fixture.is_sample).unwrap();
    let request = fs::read(root().join(format!("fixtures/{}.http", sample.path()))).unwrap();
    let body = fs::read(root().join("crates/cli/tests/transcripts/files/created.json")).unwrap();
    for (name, content) in
        [("request.http", &request[..]), ("body.json", &body), ("secret.txt", sample.secrets[0].as_bytes())]
    {
        fs::write(folder.path().join(name), content).unwrap();
    }
    fs::copy(root().join("crates/cli/tests/transcripts/files/acme.toml"), folder.path().join("acme.toml")).unwrap();
    fs::write(folder.path().join("redpin.secret"), sample.secrets[0]).unwrap();
    let mut ran = Vec::new();
    for command in commands(&fs::read_to_string(root().join("README.md")).unwrap()) {
        // A verb without its arguments is a name in the text.
        let more = match command.split(' ').nth(1) {
            Some("dev") if command.contains("--sample") => " --once",
            Some("verify" | "doctor" | "sign" | "completions" | "man") if command.split(' ').count() > 2 => "",
            Some("profile") if command.split(' ').count() > 3 => "",
            Some("inbox") if command.contains("--print-sql") => "",
            Some("config") => "",
            _ => continue,
        };
        let refhook = format!("'{}' ", env!("CARGO_BIN_EXE_refhook"));
        let script = format!("{command}{more}").replace("refhook ", &refhook);
        let mut shell = Command::new("sh");
        shell.args(["-ec", &script]).current_dir(folder.path()).env("DATABASE_URL", "");
        let Output { status, stdout, stderr } = shell.output().unwrap();
        assert!(status.success(), "{command}: {status}\n{}{}", text(&stdout), text(&stderr));
        ran.push(command);
    }
    assert!(ran.iter().any(|command| command.starts_with("refhook dev --sample")), "{ran:?}");
    // An example that everybody runs first must not depend on what is given in the environment.
    assert!(refhook(&["--version"]).output().unwrap().status.success());
}
