//! Transcripts of the program, for everything that needs no server.
//!
//! `transcripts/<verb>/<topic>.trycmd` is Markdown, and its blocks have commands and their output, standard error
//! included. The commands run in `transcripts/files/`, which has requests, secrets and bodies for all verbs, or in
//! `transcripts/<verb>/<topic>.in/` if that folder exists. With `<topic>.out/` beside it, they run in a copy of `<topic>.in/`, which
//! must then equal `<topic>.out/`. `[..]` matches any part of a line, and `...` matches any lines.
//!
//! `TRYCMD=overwrite cargo test -p referral-webhooks-cli --test transcripts` writes the present output into the transcripts.
//! Read the difference before you keep it. `-- transcripts trycmd=NAME` runs the transcripts whose path contains NAME.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::{env, path::Path};

/// The environment of a transcript: no colours, 100 columns, and no database.
const ENVIRONMENT: [(&str, &str); 5] =
    [("NO_COLOR", "1"), ("COLUMNS", "100"), ("DATABASE_URL", ""), ("RUST_BACKTRACE", "0"), ("LANG", "C.UTF-8")];

#[test]
fn transcripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    env::set_current_dir(folder.join("files")).unwrap();
    let cases = trycmd::TestCases::new();
    for (name, value) in ENVIRONMENT {
        cases.env(name, value);
    }
    cases.register_bin("refhook", Path::new(env!("CARGO_BIN_EXE_refhook")));
    cases.case(folder.join("*/*.trycmd"));
    cases.run();
}
