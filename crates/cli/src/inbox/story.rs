//! Everything about one entry, for people or for scripts.

use std::io::{self, Write as _};

use bytes::Bytes;
use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::store::{Entry, Filter, HistoryLine, Store as _, StoreError};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::any_store::AnyStore;
use super::forward::payload;
use super::list::EntryLine;
use super::masked::{Masked, Masks};
use super::moment::{short, written};
use super::table::note;
use crate::failure::Failure;
use crate::secret::RawSecret;
use crate::sender::{Fact, Sender};
use crate::terminal::{self, BOLD, DIM, GREEN, RED, YELLOW, printable};
use crate::verdict::{Receipt, Verdict};

/// The characters of a body or of a header's value that are shown to people.
const MOST_SHOWN: usize = 16 * 1024;

/// The related entries that are shown.
const MOST_RELATED: u32 = 20;

/// Everything about one entry.
pub(super) struct Story {
    entry: Entry,
    delivery: Option<StoredDelivery>,
    sender: Option<Sender>,
    history: Vec<HistoryLine>,
    /// Names of relations, with the entries.
    related: Vec<(&'static str, Vec<Entry>)>,
    /// The verdict of a second verification, or the reason for which a secret is invalid.
    verified: Option<Result<Verdict, String>>,
    pub(super) is_closed: bool,
    pub(super) is_revealed: bool,
}

impl Story {
    pub(super) fn new(entry: Entry, delivery: Option<StoredDelivery>, sender: Option<Sender>) -> Self {
        let (history, related) = (Vec::new(), Vec::new());
        Self { entry, delivery, sender, history, related, verified: None, is_closed: false, is_revealed: false }
    }

    /// Reads the history and the related entries.
    pub(super) async fn read(&mut self, store: &AnyStore) -> Result<(), StoreError> {
        let id = self.entry.id;
        self.history = store.history(id).await?;
        let page = || Filter::new().most(MOST_RELATED);
        let relations = [
            ("other bodies under its id", page().copies_of(id)),
            ("same subject", page().same_subject_as(id)),
            ("same business key", page().same_key_as(id)),
        ];
        for (name, filter) in relations {
            let mut entries = store.list(filter).await?;
            entries.retain(|entry| entry.id != id);
            if !entries.is_empty() {
                self.related.push((name, entries));
            }
        }
        Ok(())
    }

    /// Verifies the stored delivery again.
    pub(super) fn verify(&mut self, secrets: &[RawSecret]) -> Result<(), Failure> {
        let (Some(delivery), Some(sender)) = (&self.delivery, &self.sender) else { return Ok(()) };
        let texts: Vec<&str> = secrets.iter().map(RawSecret::text).collect::<Result<_, _>>()?;
        let verified = sender.reopen(&texts, delivery.clone());
        let invalid = |error| format!("the secret is invalid for {}: {error}", sender.name);
        self.verified = verified.map(|verified| verified.map_err(invalid));
        Ok(())
    }

    /// Returns the facts of the event; without the persons unless they are revealed.
    fn facts(&self) -> Vec<Fact> {
        let (Some(delivery), Some(sender)) = (&self.delivery, &self.sender) else { return Vec::new() };
        if self.entry.item.is_some() {
            return Vec::new();
        }
        let payload: Bytes = payload(&delivery.headers, &delivery.body).unwrap_or_else(|| delivery.body.clone());
        let mut facts = sender.summary(&payload);
        for fact in facts.iter_mut().filter(|fact| fact.is_personal && !self.is_revealed) {
            fact.value = "•••".to_owned();
        }
        facts
    }

    fn masked(&self, delivery: &StoredDelivery) -> Masked {
        match self.is_revealed {
            true => Masked::revealed(delivery),
            false => {
                let profile = self.sender.as_ref().and_then(|sender| sender.profile);
                Masks::new(profile).masked(&self.entry.platform, delivery)
            }
        }
    }

    pub(super) fn print(&self) -> io::Result<()> {
        let mut out = anstream::stdout();
        self.print_entry(&mut out)?;
        self.print_timeline(&mut out)?;
        self.print_verification(&mut out)?;
        let facts = self.facts();
        if !facts.is_empty() {
            writeln!(out, "\n{BOLD}Event{BOLD:#}")?;
            for Fact { name, value, .. } in facts {
                field(&mut out, name, &value)?;
            }
        }
        self.print_request(&mut out)?;
        for (name, entries) in &self.related {
            writeln!(out, "\n{BOLD}Related{BOLD:#}: {name}")?;
            for entry in entries {
                let (id, state, received) = (entry.id, entry.state, written(entry.received_at));
                let event = printable(entry.event.as_deref().unwrap_or("-"));
                writeln!(out, "  {id:>7}  {state:<9}  {received}  {event}")?;
            }
        }
        out.flush()
    }

    fn print_entry(&self, out: &mut impl io::Write) -> io::Result<()> {
        let (entry, now) = (&self.entry, OffsetDateTime::now_utc());
        let ago = |time: OffsetDateTime| format!("{} ({} ago)", written(time), short(now - time));
        writeln!(out, "{BOLD}Entry {}{BOLD:#}  {}", entry.id, entry.state)?;
        field(out, "endpoint", &entry.endpoint)?;
        optional(out, "tenant", entry.tenant.as_deref())?;
        field(out, "platform", &entry.platform)?;
        let derived = if entry.is_derived { " (a digest of the body)" } else { "" };
        field(out, "delivery", &format!("{}{derived}", entry.delivery_id))?;
        optional(out, "event", entry.event.as_deref())?;
        optional(out, "unreadable", entry.unreadable.as_deref())?;
        field(out, "received", &ago(entry.received_at))?;
        if entry.last_seen_at - entry.received_at > Duration::SECOND {
            field(out, "last seen", &ago(entry.last_seen_at))?;
        }
        field(out, "attempts", &format!("{} of {}, run {}", entry.attempt, entry.last_attempt, entry.run))?;
        optional(out, "due", entry.next_at.map(written).as_deref())?;
        optional(out, "ended", entry.finished_at.map(ago).as_deref())?;
        optional(out, "reason", entry.reason.as_deref())?;
        optional(out, "note", Some(note(entry)).filter(|note| !note.is_empty()).as_deref())
    }

    fn print_timeline(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "\n{BOLD}Timeline{BOLD:#}")?;
        writeln!(out, "  {}  received", written(self.entry.received_at))?;
        for line in &self.history {
            let style = match line.what.as_str() {
                "completed" | "marked_done" => GREEN,
                "discarded" | "abandoned" => RED,
                "retry" | "parked" | "held" => YELLOW,
                _ => anstyle::Style::new(),
            };
            let attempt =
                if line.attempt > 0 && !line.by_hand { format!("  attempt {}", line.attempt) } else { String::new() };
            let took = line.took.map(|took| format!("  {:.0} ms", took.as_secs_f64() * 1000.0)).unwrap_or_default();
            let person = if line.by_hand { " (a person)" } else { "" };
            let reason = line.reason.as_deref().map(|reason| format!(": {}", printable(reason))).unwrap_or_default();
            let (at, what, actor) = (written(line.at), printable(&line.what), printable(&line.actor));
            writeln!(out, "  {at}  {style}{what}{style:#}{attempt}{took}  {DIM}by {actor}{person}{DIM:#}{reason}")?;
        }
        Ok(())
    }

    fn print_verification(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "\n{BOLD}Verification{BOLD:#}")?;
        match self.entry.secret {
            Some(secret) => field(out, "at receipt", &format!("proved by the secret with the fingerprint {secret}"))?,
            None => field(out, "at receipt", "proved; the fingerprint of the secret was deleted with the body")?,
        }
        match &self.verified {
            Some(Ok(Verdict::Accepted(receipt))) => field(out, "now", &verified(receipt, self.entry.received_at)),
            Some(Ok(Verdict::Refused(error))) => field(out, "now", &format!("it does not verify: {error}")),
            Some(Err(why)) => field(out, "now", why),
            None => Ok(()),
        }
    }

    fn print_request(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "\n{BOLD}Request{BOLD:#}")?;
        let Some(delivery) = &self.delivery else {
            let why = match (self.is_closed, self.entry.has_body) {
                (true, true) => "the body is sealed; `--keyring-file` opens it",
                (_, true) => "the body was deleted while it was read",
                (_, false) => "the body was erased or pruned",
            };
            return writeln!(out, "  {why}");
        };
        let masked = self.masked(delivery);
        for (name, value) in &masked.headers {
            writeln!(out, "  {DIM}{}:{DIM:#} {}", printable(name), clipped(&printable(value), MOST_SHOWN))?;
        }
        writeln!(out, "  {DIM}{} bytes{DIM:#}", delivery.body.len())?;
        for line in clipped(&masked.body, MOST_SHOWN).lines() {
            writeln!(out, "  {}", printable(line))?;
        }
        if !self.is_revealed {
            writeln!(out, "  {DIM}personal data are masked; `--reveal` shows them, and is noted{DIM:#}")?;
        }
        Ok(())
    }

    pub(super) fn print_json(&self) -> io::Result<()> {
        let mut out = anstream::stdout();
        let mut line = |value: &Value| writeln!(out, "{}", terminal::json_line(value));
        line(&serde_json::to_value(EntryLine::new("entry", &self.entry))?)?;
        for it in &self.history {
            let mut object = serde_json::to_value(it)?;
            object["kind"] = "history".into();
            line(&object)?;
        }
        line(&self.verification())?;
        let facts: serde_json::Map<String, Value> =
            self.facts().into_iter().map(|fact| (fact.name.to_owned(), fact.value.into())).collect();
        line(&json!({ "kind": "event", "event": self.entry.event, "summary": facts }))?;
        if let Some(delivery) = &self.delivery {
            let masked = self.masked(delivery);
            line(&json!({
                "kind": "request", "is_masked": !self.is_revealed, "headers": masked.headers, "body": masked.body,
                "bytes": delivery.body.len(),
            }))?;
        }
        for (relation, entries) in &self.related {
            for entry in entries {
                let mut object = serde_json::to_value(EntryLine::new("related", entry))?;
                object["relation"] = (*relation).into();
                line(&object)?;
            }
        }
        out.flush()
    }

    fn verification(&self) -> Value {
        let secret = self.entry.secret.map(|secret| secret.to_string());
        let now = match &self.verified {
            Some(Ok(Verdict::Accepted(receipt))) => json!({
                "verifies": true, "trust": receipt.trust.as_str(), "secret_index": receipt.secret,
                "signed_at": receipt.signed_at.map(written),
            }),
            Some(Ok(Verdict::Refused(error))) => json!({ "verifies": false, "reason": error.to_string() }),
            Some(Err(why)) => json!({ "verifies": false, "reason": why }),
            None => Value::Null,
        };
        json!({ "kind": "verification", "secret_fingerprint": secret, "now": now })
    }
}

/// Returns the result of a second verification, in words.
fn verified(receipt: &Receipt, received_at: OffsetDateTime) -> String {
    let age = receipt.signed_at.map(|at| {
        let distance = received_at - at;
        let (length, side) = (short(distance.abs()), if distance.is_negative() { "after" } else { "before" });
        format!(", signed {length} {side} it was received")
    });
    format!("it verifies with secret {} ({}){}", receipt.secret, receipt.trust.as_str(), age.unwrap_or_default())
}

fn field(out: &mut impl io::Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {DIM}{name:<10}{DIM:#}  {}", printable(value))
}

fn optional(out: &mut impl io::Write, name: &str, value: Option<&str>) -> io::Result<()> {
    value.map_or(Ok(()), |value| field(out, name, value))
}

/// Returns the beginning of a text, with a note if it is cut.
fn clipped(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let cut = &text[..text.floor_char_boundary(most)];
    format!("{cut}… ({} more bytes; `--raw` writes all)", text.len() - cut.len())
}
