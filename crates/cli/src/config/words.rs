//! The words of a command line.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

/// Returns the last value of an option, `--name VALUE` or `--name=VALUE`, before any parsing.
pub(crate) fn option(words: &[OsString], name: &str) -> Option<OsString> {
    let mut found = None;
    let mut words = words.iter().take_while(|word| *word != "--").peekable();
    while let Some(word) = words.next() {
        if word == name {
            found = words.peek().map(|value| (*value).clone()).or(found);
        } else if let Some(value) = word.to_str().and_then(|word| word.strip_prefix(name)?.strip_prefix('=')) {
            found = Some(value.into());
        }
    }
    found
}

/// A command line, and the verb that it names.
#[derive(Debug, Clone)]
pub(super) struct Words {
    words: Vec<OsString>,
    pub(super) verb: Vec<String>,
    /// The position after the name of the verb.
    start: usize,
}

impl Words {
    /// Finds the verb: the chain of subcommands, with only options before each name.
    pub(super) fn new(command: &Command, words: Vec<OsString>) -> Self {
        let (mut verb, mut start, mut at, mut command) = (Vec::new(), words.len().min(1), 1, command);
        while let Some(word) = words.get(at).and_then(|word| word.to_str()) {
            at += 1;
            if word.starts_with('-') {
                let takes_next = command
                    .get_arguments()
                    .find(|argument| long(argument).is_some_and(|flag| flag == word))
                    .is_some_and(|argument| argument.get_action().takes_values());
                at += usize::from(takes_next);
                continue;
            }
            let Some(child) = command.find_subcommand(word) else { break };
            (command, start) = (child, at);
            verb.push(child.get_name().to_owned());
        }
        Self { words, verb, start }
    }

    /// Returns all words.
    pub(super) fn all(&self) -> &[OsString] {
        &self.words
    }

    /// Returns the words with more flags, which precede the given ones.
    pub(super) fn with(&self, flags: &[OsString]) -> Vec<OsString> {
        let (head, tail) = self.words.split_at(self.start);
        [head, flags, tail].concat()
    }

    /// Returns the positions of a word after the verb.
    pub(super) fn positions(&self, wanted: &OsStr) -> Vec<usize> {
        (self.start..self.words.len()).filter(|at| self.words[*at] == wanted).collect()
    }

    /// Replaces a word, or removes it.
    pub(super) fn replace(&mut self, at: usize, word: Option<OsString>) {
        self.words.splice(at..=at, word);
    }
}

fn long(argument: &Arg) -> Option<String> {
    argument.get_long().map(|flag| format!("--{flag}"))
}
