//! `refhook profile`: platforms that are described by a file.

mod check;
mod examined;

use clap::{Args, Subcommand};

use crate::failure::Outcome;

/// Explains profiles: files that describe a platform.
#[derive(Debug, Args)]
pub(crate) struct ProfileCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Check(check::Check),
}

impl ProfileCommand {
    /// Runs the subcommand.
    pub(crate) fn run(self) -> Outcome {
        let Act::Check(check) = self.act;
        check.run()
    }
}
