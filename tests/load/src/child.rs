//! A server process, seen from the one that loads it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::meter::Usage;
use crate::servers::{Framework, Handler};

/// A server process; it ends with this value.
pub(crate) struct Server {
    pub(crate) framework: Framework,
    pub(crate) handler: Handler,
    pub(crate) address: SocketAddr,
    process: Child,
    /// Until the value is dropped: the process ends with its input.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts all there are.
    pub(crate) fn start_all() -> Vec<Self> {
        let start = |framework| Handler::ALL.map(|handler| Self::start(framework, handler));
        Framework::ALL.into_iter().flat_map(start).collect()
    }

    /// Starts one, from the program that is running.
    pub(crate) fn start(framework: Framework, handler: Handler) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["serve", framework.name(), handler.name()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let questions = process.stdin.take();
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        let address = line(&mut answers).parse().unwrap();
        Self { framework, handler, address, process, questions, answers }
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// What the server has used since it began.
    pub(crate) fn usage(&mut self) -> Usage {
        self.questions.as_mut().unwrap().write_all(b"\n").unwrap();
        line(&mut self.answers).parse().unwrap()
    }
}

fn line(answers: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.questions.take());
        // Fails only where somebody else has waited for it.
        _ = self.process.wait();
    }
}
