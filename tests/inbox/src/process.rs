//! A receiver or worker, as the driver sees it.

use std::ffi::OsString;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use crate::serve::Serve;
use crate::traffic::Door;

/// The command line and environment of a process.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) serve: Serve,
    /// Programs that start it, with their options.
    pub(crate) through: Vec<OsString>,
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// The file of its standard error.
    pub(crate) log: PathBuf,
}

/// A receiver or worker, killed when it is dropped.
pub(crate) struct Process {
    start: Start,
    door: Door,
    child: Child,
    /// Standard input, separate from the child, because waiting would close it, and the process ends with its input.
    input: Option<ChildStdin>,
}

impl Start {
    pub(crate) async fn start(self) -> Process {
        let (mut child, address) = self.spawn().await;
        let input = child.stdin.take();
        Process { start: self, door: Door::new(address), child, input }
    }

    async fn spawn(&self) -> (Child, SocketAddr) {
        let mut words = self.through.clone();
        words.push(std::env::current_exe().unwrap().into());
        words.extend(self.serve.arguments().into_iter().map(OsString::from));
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).envs(self.environment.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", words[0]));
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = timeout(Duration::from_secs(20), lines.next_line()).await;
        let address = line.ok().and_then(|line| line.unwrap()).and_then(|line| line.parse().ok());
        let why = || std::fs::read_to_string(&self.log).unwrap();
        (child, address.unwrap_or_else(|| panic!("`{}` did not start:\n{}", self.serve.name, why())))
    }
}

impl Process {
    pub(crate) const fn door(&self) -> &Door {
        &self.door
    }

    /// Returns the content of its log.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.start.log).unwrap()
    }

    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("it runs");
        kill_process(id, signal).unwrap();
    }

    /// Returns whether it has exited.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until it exits, and returns whether it succeeded, or `None` if it is still running.
    pub(crate) async fn ends_within(&mut self, patience: Duration) -> Option<bool> {
        Some(timeout(patience, self.child.wait()).await.ok()?.unwrap().success())
    }

    /// Restarts it with other options behind the same door.
    pub(crate) async fn start_as(&mut self, serve: Serve) {
        self.start.serve = serve;
        self.start_again().await;
    }

    /// Restarts it behind the same door.
    pub(crate) async fn start_again(&mut self) {
        let (mut child, address) = self.start.spawn().await;
        self.input = child.stdin.take();
        self.child = child;
        self.door.set(address);
    }
}
