//! Notes on standard error, beside the output of a verb.

use std::fmt::Display;
use std::io::Write as _;

use serde_json::json;

use crate::output::is_json;
use crate::terminal::{self, printable_line};

/// Prints a note: a fact that changes no result.
pub(crate) fn note(text: impl Display) {
    print("note", &text.to_string());
}

/// Prints the next step after a refusal. In JSON, the verdict has its kind, and advice is for people.
pub(crate) fn help(text: impl Display) {
    if !is_json() {
        print("help", &text.to_string());
    }
}

fn print(label: &'static str, text: &str) {
    // Without a reader of standard error, a note is lost, and the work goes on.
    let _ = if is_json() {
        writeln!(std::io::stderr(), "{}", terminal::json_line(&json!({ "kind": label, label: text })))
    } else {
        writeln!(anstream::stderr(), "{label}: {}", printable_line(text))
    };
}
