//! The reactions of a profile's platform to our answers: `contract`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::duration::{duration, written};
use super::fault::{Fault, quoted};
use super::identity::{MOST_EVENTS, NameRule, check_name};
use super::node::Node;
use super::proof::Proof;
use super::schedule::Schedule;
use super::table::{Table, Value};

/// The maximum number of forbidden ranges.
const MOST_FORBIDDEN: usize = 20;

/// The maximum length of the effect of a status, in bytes.
const MOST_EFFECT: usize = 200;

/// The contract of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Reactions {
    /// The first and the last status that counts as success.
    pub(super) success: (u16, u16),
    pub(super) transient: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) unproven: u16,
    pub(super) undecided: Option<u16>,
    pub(super) stale: Option<u16>,
    /// Ranges of statuses that must not be sent, with their effects.
    pub(super) never: Vec<(u16, u16, String)>,
    pub(super) deadline: Option<Duration>,
    pub(super) schedule: Schedule,
    pub(super) redelivery: Redelivered,
    pub(super) disabling: Disabled,
    /// The meaning of a success, by the event's name, if it is not a receipt.
    pub(super) acknowledges: BTreeMap<String, Meaning>,
}

/// Whether an operator can have a delivery sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Redelivered {
    Never,
    Unknown,
    AnyTime,
    Within(Duration),
}

/// The effect of failures on the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Disabled {
    Never,
    Unknown,
    After(Duration),
    AfterFailures(u32),
}

/// The meaning of a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Meaning {
    Receipt,
    Fulfilment,
    Decision { yes: u16, no: u16 },
}

const KEYS: [&str; 13] = [
    "success",
    "transient",
    "retry-after",
    "unproven",
    "undecided",
    "stale",
    "never",
    "deadline",
    "retries",
    "give-up",
    "redelivery",
    "disabling",
    "acknowledges",
];

impl Reactions {
    /// Reads the contract. Without one, the platform's reactions are unknown.
    pub(super) fn read(value: Option<Value>, proof: &Proof, name: &NameRule) -> Result<Self, Fault> {
        // As at the built-in platform with a secret URL: a stranger learns from 404 the least.
        let unproven = if matches!(proof, Proof::UrlToken) { 404 } else { 401 };
        let Some(value) = value else {
            return Ok(Self {
                success: (200, 200),
                transient: 503,
                retry_after: None,
                unproven,
                undecided: None,
                stale: None,
                never: usual_forbidden((200, 200)),
                deadline: None,
                schedule: Schedule::UNKNOWN,
                redelivery: Redelivered::Unknown,
                disabling: Disabled::Unknown,
                acknowledges: BTreeMap::new(),
            });
        };
        let mut table = value.table(&KEYS)?;
        let success = table.take("success").map_or(Ok((200, 200)), success)?;
        let mut status = |key: &str| table.take(key).map(|value| refusal(&value)).transpose();
        let (transient, given) = (status("transient")?, status("unproven")?);
        let (undecided, stale) = (status("undecided")?, status("stale")?);
        let never = table.take("never").map(never).transpose()?.unwrap_or_default();
        let mut time = |key: &str| table.take(key).map(|value| duration(&value)).transpose();
        let (retry_after, deadline) = (time("retry-after")?, time("deadline")?);
        let schedule = Schedule::read(table.take("retries"), table.take("give-up"))?;
        let apart =
            |usual: &(u16, u16, String)| never.iter().all(|(first, last, _)| *last < usual.0 || usual.1 < *first);
        let usual: Vec<_> = usual_forbidden(success).into_iter().filter(apart).collect();
        let reactions = Self {
            success,
            transient: transient.unwrap_or(503),
            retry_after,
            unproven: given.unwrap_or(unproven),
            undecided,
            stale,
            never: [never, usual].concat(),
            deadline,
            schedule,
            redelivery: table.take("redelivery").map_or(Ok(Redelivered::Unknown), redelivery)?,
            disabling: table.take("disabling").map_or(Ok(Disabled::Unknown), disabling)?,
            acknowledges: acknowledges(&mut table, name)?,
        };
        reactions.check()?;
        Ok(reactions)
    }

    /// Fails at the first contradiction between two settings.
    fn check(&self) -> Result<(), Fault> {
        let fault = |key: &str, reason: String| Err(Fault::new(format!("contract.{key}"), reason));
        let forbidden = |status: u16| self.never.iter().find(|(from, to, _)| (*from..=*to).contains(&status));
        let answers = [
            ("success", Some(200)),
            ("transient", Some(self.transient)),
            ("unproven", Some(self.unproven)),
            ("undecided", self.undecided),
            ("stale", self.stale),
        ];
        for (key, status) in answers {
            let Some(status) = status else { continue };
            if let Some((_, _, effect)) = forbidden(status) {
                return fault(key, format!("{status} must never be sent, because it {effect}; see `contract.never`"));
            }
            let decided = self.acknowledges.iter().find(|(_, meaning)| key != "success" && meaning.answers(status));
            if let Some((event, _)) = decided {
                return fault(
                    key,
                    format!("{status} also answers the question `{event}`; see `contract.acknowledges`"),
                );
            }
        }
        for (event, meaning) in &self.acknowledges {
            let Meaning::Decision { yes, no } = meaning else { continue };
            if let Some((_, _, effect)) = forbidden(*yes).or_else(|| forbidden(*no)) {
                let event = quoted(event);
                return fault(
                    "acknowledges",
                    format!("an answer to `{event}` must never be sent, because it {effect}"),
                );
            }
        }
        let Some(wait) = self.retry_after else { return Ok(()) };
        if wait.subsec_nanos() > 0 {
            return fault("retry-after", "the header has whole seconds".to_owned());
        }
        match self.schedule.horizon() {
            Some(horizon) if horizon < wait => {
                let (wait, horizon) = (written(wait), written(horizon));
                fault("retry-after", format!("the wait of {wait} is longer than the platform retries, {horizon}"))
            }
            _ => Ok(()),
        }
    }
}

impl Meaning {
    /// Returns whether the status is an answer to a question.
    fn answers(self, status: u16) -> bool {
        matches!(self, Self::Decision { yes, no } if yes == status || no == status)
    }
}

/// Returns the statuses that a profile forbids without saying so.
fn usual_forbidden(success: (u16, u16)) -> Vec<(u16, u16, String)> {
    let another = (201, 299, "is another success than 200, and may be read as a failure".to_owned());
    let others = [
        (300, 399, "is not documented as followed".to_owned()),
        (410, 410, "asks some senders to disable the endpoint".to_owned()),
    ];
    let is_exact = success == (200, 200);
    is_exact.then_some(another).into_iter().chain(others).collect()
}

/// Reads the statuses that count as success: `"2xx"`, or consecutive ones with 200.
fn success(value: Value) -> Result<(u16, u16), Fault> {
    if let Ok(text) = value.text() {
        let is_any = text == "2xx";
        return is_any
            .then_some((200, 299))
            .ok_or_else(|| value.fault("expected `\"2xx\"`, or a list such as `[200]`"));
    }
    let whole = value.clone();
    let mut statuses = Vec::new();
    for value in value.one_or_more(100)? {
        let status = u16::try_from(value.number(200..=299)?).unwrap_or_default();
        if statuses.contains(&status) {
            return Err(value.fault(format!("the status {status} occurs twice")));
        }
        statuses.push(status);
    }
    statuses.sort_unstable();
    let (first, last) = (statuses.first().copied().unwrap_or(200), statuses.last().copied().unwrap_or(200));
    if first != 200 {
        return Err(whole.fault("200 is missing; it is the answer to every accepted delivery"));
    }
    if usize::from(last - first) + 1 != statuses.len() {
        return Err(whole.fault("the statuses are not consecutive; give `[200]`, which is the answer, or `\"2xx\"`"));
    }
    Ok((first, last))
}

/// Reads a status that refuses a request.
fn refusal(value: &Value) -> Result<u16, Fault> {
    Ok(u16::try_from(value.number(400..=599)?).unwrap_or_default())
}

/// Reads the forbidden statuses.
fn never(value: Value) -> Result<Vec<(u16, u16, String)>, Fault> {
    let mut all: Vec<(u16, u16, String)> = Vec::new();
    for value in value.list(MOST_FORBIDDEN)? {
        let mut table = value.clone().table(&["status", "effect"])?;
        let status = table.take("status").ok_or_else(|| value.fault("`status` is missing"))?;
        let effect =
            table.take("effect").ok_or_else(|| value.fault("`effect` is missing; say what the status does"))?;
        let whole = status.clone();
        let ends: Vec<i64> =
            status.one_or_more(2)?.iter().map(|value| value.number(100..=599)).collect::<Result<_, _>>()?;
        let end = |end: Option<&i64>| end.and_then(|end| u16::try_from(*end).ok()).unwrap_or_default();
        let (first, last) = (end(ends.first()), end(ends.last()));
        if last < first {
            return Err(whole.fault(format!("the range from {first} to {last} is empty")));
        }
        let text = effect.text()?;
        if text.len() > MOST_EFFECT || text.chars().any(char::is_control) {
            return Err(effect.fault(format!("the text has a control character or more than {MOST_EFFECT} bytes")));
        }
        if let Some((_, _, other)) = all.iter().find(|(from, to, _)| first <= *to && *from <= last) {
            return Err(whole.fault(format!("a status has two effects; the other one `{other}`")));
        }
        all.push((first, last, text.to_owned()));
    }
    Ok(all)
}

fn redelivery(value: Value) -> Result<Redelivered, Fault> {
    if let Node::Table(_) = value.node {
        let mut table = value.clone().table(&["within"])?;
        let within = table.take("within").ok_or_else(|| value.fault("the table is empty; give `within`"))?;
        return duration(&within).map(Redelivered::Within);
    }
    let words = [("never", Redelivered::Never), ("unknown", Redelivered::Unknown), ("any-time", Redelivered::AnyTime)];
    value.word(&words)
}

fn disabling(value: Value) -> Result<Disabled, Fault> {
    let Node::Table(_) = value.node else {
        return value.word(&[("never", Disabled::Never), ("unknown", Disabled::Unknown)]);
    };
    let mut table = value.clone().table(&["after", "failures"])?;
    match (table.take("after"), table.take("failures")) {
        (Some(after), None) => duration(&after).map(Disabled::After),
        (None, Some(failures)) => {
            let failures = failures.number(1..=1_000_000)?;
            Ok(Disabled::AfterFailures(u32::try_from(failures).unwrap_or(u32::MAX)))
        }
        _ => Err(value.fault("give `after`, a duration of failing, or `failures`, a number in a row")),
    }
}

fn acknowledges(table: &mut Table, name: &NameRule) -> Result<BTreeMap<String, Meaning>, Fault> {
    let Some(value) = table.take("acknowledges") else { return Ok(BTreeMap::new()) };
    if matches!(name, NameRule::Header(_)) {
        return Err(value.fault(
            "the event's name is in a header that no signature covers, so it cannot choose what a success means",
        ));
    }
    let mut meanings = BTreeMap::new();
    for (name, value) in value.map(MOST_EVENTS)? {
        check_name(&value, &name)?;
        meanings.insert(name, meaning(value)?);
    }
    // A receipt is the default, so a table that says so means the same as no table.
    meanings.retain(|_, meaning| *meaning != Meaning::Receipt);
    Ok(meanings)
}

fn meaning(value: Value) -> Result<Meaning, Fault> {
    if let Node::Table(_) = value.node {
        let mut table = value.clone().table(&["yes", "no"])?;
        let mut status = |key: &str| {
            let status = table.take(key).ok_or_else(|| value.fault(format!("`{key}` is missing")))?;
            Ok(u16::try_from(status.number(200..=599)?).unwrap_or_default())
        };
        let (yes, no) = (status("yes")?, status("no")?);
        if yes == no {
            return Err(value.fault(format!("yes and no have the same status, {yes}")));
        }
        return Ok(Meaning::Decision { yes, no });
    }
    if value.text() == Ok("decision") {
        return Err(value.fault("a decision has two answers; give them as `{ yes = 200, no = 400 }`"));
    }
    value.word(&[("receipt", Meaning::Receipt), ("fulfilment", Meaning::Fulfilment)])
}
