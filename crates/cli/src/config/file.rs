//! `refhook.toml`: values for all verbs, tables for one verb, and named endpoints.

use std::fs::File as FsFile;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Arg, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key::{nearest, secret};
use super::value::Value;
use crate::arguments::{self, key};
use crate::failure::Failure;

/// The maximum length of the file, in bytes.
const MOST: u64 = 64 * 1024;

/// The table of the named endpoints.
const ENDPOINTS: &str = "endpoints";

/// The table of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Table {
    /// The values for all verbs.
    Top,
    /// The values for one verb, or for the verbs below it.
    Verb(Vec<String>),
    Endpoint(String),
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) table: Table,
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) line: usize,
}

/// A file whose keys exist, and whose values have the types of their arguments.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) entries: Vec<Entry>,
    pub(super) endpoints: Vec<String>,
}

impl File {
    /// Reads and checks a file.
    pub(super) fn read(path: &Path, command: &Command) -> Result<Self, Failure> {
        let help = "give a file that can be read, or `--no-config`";
        let cannot = |cause: String| Failure::new(format!("cannot read `{}`: {cause}", path.display()), help);
        let mut bytes = Vec::new();
        let read = FsFile::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
        read.map_err(|error| cannot(error.to_string()))?;
        if bytes.len() as u64 > MOST {
            return Err(cannot(format!("it has more than {MOST} bytes")));
        }
        let text = String::from_utf8(bytes).map_err(|_| cannot("it is not UTF-8".to_owned()))?;
        let file = Self { path: path.to_owned(), entries: Vec::new(), endpoints: Vec::new() };
        let mut reader = Reader { text: &text, command, file };
        let parsed = DeTable::parse(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| reader.line(span.start));
            reader.fail(line, &error.message().replace('\n', "; "), "correct the notation, which is TOML")
        })?;
        reader.top(parsed.get_ref())?;
        Ok(reader.file)
    }

    /// Returns the folder at which relative paths begin.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Returns the values of a named endpoint.
    pub(super) fn endpoint<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f Entry> {
        self.entries.iter().filter(move |entry| matches!(&entry.table, Table::Endpoint(table) if table == name))
    }

    /// Returns the values for a verb: those of its own table first, and those for all verbs last.
    pub(super) fn of_verb<'f>(&'f self, verb: &'f [String]) -> impl Iterator<Item = &'f Entry> {
        let table = |path: &[String]| if path.is_empty() { Table::Top } else { Table::Verb(path.to_owned()) };
        (0..=verb.len()).rev().map(move |length| table(&verb[..length])).flat_map(move |table| {
            self.entries.iter().filter(move |entry| entry.table == table)
        })
    }
}

/// The reading of one file.
struct Reader<'r> {
    text: &'r str,
    command: &'r Command,
    file: File,
}

impl Reader<'_> {
    fn line(&self, start: usize) -> usize {
        self.text.get(..start).map_or(1, |before| before.matches('\n').count() + 1)
    }

    fn fail(&self, line: usize, cause: &str, help: &str) -> Failure {
        Failure::new(format!("{}:{line}: {cause}", self.file.path.display()), help)
    }

    fn top(&mut self, table: &DeTable<'_>) -> Result<(), Failure> {
        for (key, value) in table {
            let (name, line) = (key.get_ref().as_ref(), self.line(key.span().start));
            match value.get_ref() {
                DeValue::Table(endpoints) if name == ENDPOINTS => self.endpoints(endpoints)?,
                DeValue::Table(table) => self.verb(vec![name.to_owned()], table, line)?,
                _ => self.entry(Table::Top, name, value, line)?,
            }
        }
        Ok(())
    }

    fn endpoints(&mut self, endpoints: &DeTable<'_>) -> Result<(), Failure> {
        for (name, table) in endpoints {
            let (name, line) = (name.get_ref().as_ref(), self.line(name.span().start));
            let DeValue::Table(table) = table.get_ref() else {
                let help = "write a table for each endpoint, such as `[endpoints.redpin-main]`";
                return Err(self.fail(line, &format!("`{name}` is not a table"), help));
            };
            self.file.endpoints.push(name.to_owned());
            for (key, value) in table {
                let line = self.line(key.span().start);
                self.entry(Table::Endpoint(name.to_owned()), key.get_ref(), value, line)?;
            }
        }
        Ok(())
    }

    fn verb(&mut self, path: Vec<String>, table: &DeTable<'_>, line: usize) -> Result<(), Failure> {
        if arguments::verb(self.command, &path).is_none() {
            let (name, above) = path.split_last().map_or(("", &[][..]), |(name, above)| (name.as_str(), above));
            let verbs = arguments::verb(self.command, above).into_iter().flat_map(Command::get_subcommands);
            let names = verbs.map(Command::get_name).chain(path.len().eq(&1).then_some(ENDPOINTS));
            let help = match nearest(name, names) {
                Some(near) => format!("is it `{near}`?"),
                None => "the tables are `[VERB]` and `[endpoints.NAME]`".to_owned(),
            };
            return Err(self.fail(line, &format!("there is no verb `{}`", path.join(" ")), &help));
        }
        for (key, value) in table {
            let (name, line) = (key.get_ref().as_ref(), self.line(key.span().start));
            match value.get_ref() {
                DeValue::Table(table) => self.verb([&path[..], &[name.to_owned()]].concat(), table, line)?,
                _ => self.entry(Table::Verb(path.clone()), name, value, line)?,
            }
        }
        Ok(())
    }

    /// Checks a value, and keeps it.
    fn entry(&mut self, table: Table, name: &str, value: &Spanned<DeValue<'_>>, line: usize) -> Result<(), Failure> {
        let (name, value) = (name.replace('-', "_"), Value::new(value.get_ref()));
        if let Some((cause, help)) = secret(&name, &value) {
            return Err(self.fail(line, &format!("`{name}`: {cause}"), help));
        }
        // `url` names the address of an endpoint, which is `--to` of the verbs that send.
        let key = if name == "url" && matches!(table, Table::Endpoint(_)) { "to".to_owned() } else { name.clone() };
        let arguments = self.arguments(&table, &key);
        if arguments.is_empty() {
            return Err(self.unknown(&table, &name, line));
        }
        // An argument may have another type in another verb, and one of them must fit.
        let fits: Vec<_> = arguments.iter().map(|argument| value.flags(argument, self.file.folder())).collect();
        if let (true, Some(Err(cause))) = (fits.iter().all(Result::is_err), fits.first()) {
            let help = format!("`refhook {} --help` describes it", self.verb_of(&table, &key).join(" "));
            return Err(self.fail(line, &format!("`{name}`: {cause}"), &help));
        }
        if self.file.entries.iter().any(|entry| entry.table == table && entry.key == key) {
            return Err(self.fail(line, &format!("`{name}` is given twice"), "remove one of them"));
        }
        self.file.entries.push(Entry { table, key, value, line });
        Ok(())
    }

    /// Returns the verbs that can take a value of this table.
    fn verbs(&self, table: &Table) -> Vec<(Vec<String>, &Command)> {
        let verbs = arguments::verbs(self.command).into_iter();
        match table {
            Table::Verb(path) => verbs.filter(|(verb, _)| verb.starts_with(path)).collect(),
            Table::Top | Table::Endpoint(_) => verbs.collect(),
        }
    }

    fn arguments(&self, table: &Table, name: &str) -> Vec<&Arg> {
        let verbs = self.verbs(table).into_iter();
        verbs.flat_map(|(_, verb)| verb.get_arguments()).filter(|argument| key(argument).as_deref() == Some(name)).collect()
    }

    fn verb_of(&self, table: &Table, name: &str) -> Vec<String> {
        let mut verbs = self.verbs(table).into_iter();
        let has = |verb: &Command| verb.get_arguments().any(|argument| key(argument).as_deref() == Some(name));
        verbs.find(|(_, verb)| has(verb)).map(|(path, _)| path).unwrap_or_default()
    }

    fn unknown(&self, table: &Table, name: &str, line: usize) -> Failure {
        let keys = |table: &Table| -> Vec<String> {
            self.verbs(table).into_iter().flat_map(|(_, verb)| verb.get_arguments()).filter_map(key).collect()
        };
        let known = keys(table);
        let near = nearest(name, known.iter().map(String::as_str));
        let (cause, help) = match (table, near) {
            (_, _) if name == "yes" => {
                ("`yes` cannot be configured".to_owned(), "confirm each command by `--yes`".to_owned())
            }
            (Table::Verb(path), _) if keys(&Table::Top).iter().any(|key| key == name) => {
                let help = "move it to a verb that has it, or to the top of the file";
                (format!("`{}` has no argument `{name}`", path.join(" ")), help.to_owned())
            }
            (_, Some(near)) => (format!("there is no argument `{name}`"), format!("is it `{near}`?")),
            (_, None) => {
                let help = "`refhook config show` lists the keys of every verb";
                (format!("there is no argument `{name}`"), help.to_owned())
            }
        };
        self.fail(line, &cause, &help)
    }
}
