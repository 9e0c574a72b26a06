//! A stored delivery as its platform reads it.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use referral_webhooks::Strength;
use referral_webhooks::platform::{Event, Facts, Platform, Signed};
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::payload::{message_id, payload};
use super::personal::personal;
use super::signed_at::signed_at;

/// The longest text of an event that is kept, in bytes.
const LONGEST: usize = 64 * 1024;

/// A stored delivery as its platform reads it. It is unproven.
///
/// ```
/// use referral_webhooks_inspector::Platforms;
///
/// let body = br#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
/// let decoded = Platforms::built_in().decode("redpin", &http::HeaderMap::new(), body, None).unwrap();
/// assert_eq!(decoded.summary[0], ("What happened", "referral started".to_owned()));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Decoded {
    /// The platform's facts.
    pub facts: Facts,
    /// The event's name, if it has one.
    pub event: Option<String>,
    /// Why the event is `Other`, if it is.
    pub unreadable: Option<String>,
    /// The strength of the delivery id.
    pub strength: Strength,
    /// The time that the platform signed, if it signs one that can be read.
    pub signed_at: Option<OffsetDateTime>,
    /// The platform-neutral view, as labels and texts. Texts about persons are in it.
    pub summary: Vec<(&'static str, String)>,
    /// The event as `Debug` prints it, without personal data and without absent members.
    pub typed: String,
    /// The values that the platform marks as personal.
    pub personal: Arc<HashSet<String>>,
    /// The number of events in the body, if it holds several.
    pub items: Option<usize>,
}

/// Decodes a body, or the item at this position of it.
pub(super) fn decode<P: Platform>(platform: &P, headers: &HeaderMap, body: &[u8], item: Option<u32>) -> Decoded {
    let facts = platform.facts().clone();
    let payload: Bytes = payload(body);
    let whole = platform.decode_request(&payload, headers);
    let signed = Signed { message_id: message_id(headers), payload: &payload };
    let items = platform.items(&whole, signed);
    let personal = personal(&whole, facts.digest.is_some(), &payload);
    let count = (!items.is_empty()).then_some(items.len());
    let own = item.and_then(|position| items.into_iter().nth(usize::try_from(position).ok()?));
    let (event, id) = match own {
        Some(item) => (item.event, item.id),
        None => {
            let id = platform.delivery_id(&whole, signed);
            (whole, id)
        }
    };
    let typed = format!("{event:#?}");
    // Most members of a large event are absent.
    let present = typed.lines().filter(|line| !line.ends_with(": None,"));
    let mut typed = present.collect::<Vec<_>>().join("\n");
    if let Some((at, _)) = typed.char_indices().nth(LONGEST) {
        typed.truncate(at);
        typed.push_str("\n… the rest is left out");
    }
    Decoded {
        signed_at: signed_at(&facts, headers).or_else(|| platform.signed_at(&event)),
        event: event.name().map(str::to_owned),
        unreadable: event.why_other().map(ToString::to_string),
        strength: id.strength(),
        summary: summary(&event),
        typed,
        personal: Arc::new(personal),
        items: count,
        facts,
    }
}

/// Returns the platform-neutral view as labels and texts.
fn summary(event: &impl Event) -> Vec<(&'static str, String)> {
    let summary = event.summary();
    let mut rows = vec![("What happened", summary.happening.to_string().replace('-', " "))];
    let parties = [
        (&summary.advocate, ["Advocate", "Advocate's own id", "Advocate's code", "Advocate's name", "Advocate's mail"]),
        (&summary.friend, ["Friend", "Friend's own id", "Friend's code", "Friend's name", "Friend's mail"]),
    ];
    for (party, [id, own_id, code, name, email]) in parties {
        let Some(party) = party else { continue };
        let texts = [
            (id, party.id.as_deref()),
            (own_id, party.own_id.as_deref()),
            (code, party.code.as_deref()),
            (name, party.name.as_deref()),
            (email, party.email.as_deref()),
        ];
        rows.extend(texts.into_iter().filter_map(|(label, text)| Some((label, text?.to_owned()))));
    }
    if let Some(sum) = &summary.sum {
        let currency = sum.currency.as_deref().unwrap_or_default();
        let unit = format!("{:?}", sum.unit).to_lowercase();
        rows.push(("Amount", format!("{} {currency} ({unit} units)", sum.amount.as_str()).replace("  ", " ")));
    }
    rows.extend(summary.subject.as_deref().map(|subject| ("Subject", subject.to_owned())));
    rows.extend(summary.occurred_at.map(|time| ("Occurred at", instant(time))));
    if summary.is_test {
        rows.push(("Test", "yes, the platform marks this event as a test".to_owned()));
    }
    rows
}

/// Returns a time in words, to the second.
fn instant(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    time.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC")).unwrap_or_default()
}

/// Omits the texts about persons.
impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded")
            .field("platform", &self.facts.name)
            .field("event", &self.event)
            .field("unreadable", &self.unreadable)
            .field("strength", &self.strength)
            .finish_non_exhaustive()
    }
}
