//! `refhook man`: the manual pages.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Command;
use clap_mangen::Man;
use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::output::is_json;
use crate::terminal;

/// The columns of an example in a page, beside the margin. The pages are the same on every terminal.
pub(crate) const COLUMNS: usize = 70;

const EXAMPLES: &str = "\
Examples:
  refhook man | man -l -
  refhook man --out ~/.local/share/man/man1";

/// Prints the manual page of this program, or writes a page for every verb into a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Manual {
    /// The folder for the pages of all verbs; it is made if it is missing.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Manual {
    /// Prints or writes the pages.
    pub(crate) fn run(self, command: Command) -> Outcome {
        let mut command = without_help(command);
        command.build();
        let mut out = io::stdout().lock();
        let Some(folder) = self.out else {
            let page = page(&command)?;
            if is_json() {
                let text = String::from_utf8_lossy(&page);
                writeln!(out, "{}", terminal::json_line(&json!({ "kind": "manual", "name": "refhook.1", "page": text })))?;
            } else {
                out.write_all(&page)?;
            }
            out.flush()?;
            return Ok(ExitCode::SUCCESS);
        };
        let help = "give a folder that can be written";
        let fail = |error: io::Error| Failure::new(format!("cannot write into `{}`: {error}", folder.display()), help);
        fs::create_dir_all(&folder).map_err(fail)?;
        for (name, page) in pages(&command)? {
            let file = folder.join(format!("{name}.1"));
            fs::write(&file, page).map_err(fail)?;
            if is_json() {
                writeln!(out, "{}", terminal::json_line(&json!({ "kind": "written", "file": file })))?;
            } else {
                writeln!(out, "{}", file.display())?;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the command without its subcommands `help`, which need no pages.
fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}

/// Returns the pages of a command and of all commands below it, each with its name.
fn pages(command: &Command) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut found = vec![(name, page(command)?)];
    for child in command.get_subcommands() {
        found.extend(pages(child)?);
    }
    Ok(found)
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    let text = String::from_utf8_lossy(&page);
    // The lines of the examples are commands, and must not be filled.
    let Some((before, after)) = text.split_once(".SH EXTRA\nExamples:\n") else { return Ok(page) };
    let (examples, after) = after.split_once("\n.SH ").map_or((after, ""), |(examples, after)| (examples, after));
    Ok(format!("{before}.SH EXAMPLES\n.nf\n{examples}\n.fi\n.SH {after}").into_bytes())
}
