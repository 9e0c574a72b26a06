//! A server process, as the process that loads it sees it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::meter::Usage;
use crate::servers::{Framework, Handler};

/// A server process, stopped when it is dropped.
pub(crate) struct Server {
    pub(crate) framework: Framework,
    pub(crate) handler: Handler,
    pub(crate) address: SocketAddr,
    process: Child,
    /// Standard input. The process ends when it is closed, which happens when this is dropped.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts all servers.
    pub(crate) fn start_all() -> Vec<Self> {
        let start = |framework| Handler::ALL.map(|handler| Self::start(framework, handler));
        Framework::ALL.into_iter().flat_map(start).collect()
    }

    /// Starts one server, as a process of the running program.
    pub(crate) fn start(framework: Framework, handler: Handler) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["serve", framework.name(), handler.name()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let questions = process.stdin.take();
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        let address = line(&mut answers).parse().unwrap();
        Self { framework, handler, address, process, questions, answers }
    }

    /// Returns the process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Returns the resources that the server has used since it began.
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
        // Fails only if the process was already waited for.
        _ = self.process.wait();
    }
}
