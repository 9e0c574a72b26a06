//! Shared parts of the tests of several packages: programs, which are started as a person starts them and receive
//! requests over loopback, and the conformance pack.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test may stop where it fails")]

pub mod conformance;
mod shutdown;

use std::fmt::Debug;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::Request;

/// Repeats a query for twenty seconds, until it returns the wanted value.
pub async fn eventually<T: PartialEq + Debug>(want: &T, mut ask: impl AsyncFnMut() -> T) {
    let mut answer = ask().await;
    for _ in 0..200 {
        if answer == *want {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = ask().await;
    }
    assert_eq!(answer, *want);
}

/// A program that receives deliveries, stopped when it is dropped.
#[derive(Debug)]
pub struct Program {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Program {
    /// Starts a program on a free port with these environment variables, and waits until it receives.
    #[must_use]
    pub fn start(path: &str, environment: &[(&str, &str)]) -> Self {
        Self::start_with(path, &[], environment)
    }

    /// Starts a program with these arguments too.
    #[must_use]
    pub fn start_with(path: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut program = Self::start_apart(path, arguments, environment);
        program.url = program.line_after("receiving at ");
        program
    }

    /// Starts a program that does not receive, and does not wait for it.
    #[must_use]
    pub fn start_apart(path: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(path);
        command.args(arguments).envs(environment.iter().copied()).env("ADDRESS", "127.0.0.1:0");
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines, url: String::new() }
    }

    /// Returns the base URL of the program: `http://127.0.0.1:43210`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for the next line that contains this text, and returns the part after it.
    pub fn line_after(&mut self, text: &str) -> String {
        loop {
            let line = self.lines.next().expect("the program ended").unwrap();
            if let Some((_, after)) = line.split_once(text) {
                return after.to_owned();
            }
        }
    }

    /// Requests a path of the program, and returns the status and the text of the answer.
    #[must_use]
    pub fn get(&self, path: &str) -> (u16, String) {
        let get = ureq::get(format!("{}{path}", self.url)).config().http_status_as_error(false).build();
        let mut response = get.call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    /// Sends a request to a path of the program, and returns the status of the answer.
    #[must_use]
    pub fn post(&self, path: &str, request: &Request<Bytes>) -> u16 {
        self.post_for_text(path, request).0
    }

    /// Sends a request to a path of the program, and returns the status and the text of the answer.
    #[must_use]
    pub fn post_for_text(&self, path: &str, request: &Request<Bytes>) -> (u16, String) {
        let mut post = ureq::post(format!("{}{path}", self.url)).config().http_status_as_error(false).build();
        for (name, value) in request.headers() {
            post = post.header(name, value);
        }
        let mut response = post.send(&request.body()[..]).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The program may have exited already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
