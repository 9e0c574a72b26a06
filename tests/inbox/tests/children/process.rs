//! A process without a server: the driver with its hidden command `child`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A child process, killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Process {
    pub(crate) fn start(store: &str, act: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_referral-webhooks-inbox-driver"));
        command.args(["child", store]).args(act).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits until the process exits, and returns whether it succeeded.
    pub(crate) fn succeeds(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail after `kill` and `succeeds`, which have already waited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
