//! From a payload to the events of a profile's platform.

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use smol_str::SmolStr;

use super::event::Event;
use super::identify::{ItemIds, digest, id_of_members, id_of_message};
use super::identity::{MOST_NAME, NameRule};
use super::loaded::Loaded;
use super::pointer::Pointer;
use super::scan::{elements, scalar, scan, value_at};
use crate::DeliveryId;
use crate::platform::{Item, Other, Signed, Why};
use crate::value::RawBody;

/// The maximum number of items in one body. A longer list is `Other`.
const MOST_ITEMS: usize = 10_000;

/// Decodes a payload. It is `Other` if it cannot be read, has a repeated member, or has no name.
pub(super) fn decode(loaded: &'static Loaded, payload: &Bytes) -> Event {
    let mut event = Event {
        loaded,
        name: None,
        is_name_proven: loaded.spec.identity.is_name_proven(),
        id: None,
        body: RawBody::new(payload),
        envelope: None,
        time: None,
        is_test: false,
        other: None,
    };
    let why = match simdutf8::basic::from_utf8(payload) {
        Ok(text) => fill(&mut event, text).err(),
        Err(_) => Some(Why::NotUtf8),
    };
    event.other = why.map(|why| {
        let name = event.name.as_ref().map(ToString::to_string);
        Box::new(Other { name, body: event.body.clone(), why })
    });
    event
}

/// Reads the payload into the event, up to the first failure.
fn fill(event: &mut Event, text: &str) -> Result<(), Why> {
    let spec = &event.loaded.spec;
    let names: &[Pointer] = if let NameRule::First(names) = &spec.identity.name { names } else { &[] };
    let marks = [spec.time.as_ref().map(|time| &time.at), spec.test.as_ref().map(|test| &test.at)];
    let pointers: Vec<&Pointer> = names.iter().chain(marks.into_iter().flatten()).collect();
    let mut found: Vec<Option<&str>> = vec![None; pointers.len()];
    for (pointer, place) in scan(text, &pointers)? {
        found[pointer] = text.get(place).filter(|json| *json != "null");
    }
    let mut marks = found.split_off(names.len()).into_iter();
    if let Some(time) = &spec.time {
        event.time = marks.next().flatten().and_then(|json| time.moment(json));
    }
    if let Some(test) = &spec.test {
        event.is_test = marks.next().flatten().and_then(scalar).is_some_and(|value| value == test.is);
    }
    let name = name(&spec.identity.name, found.into_iter().flatten().next());
    event.name = name.as_ref().ok().cloned().flatten();
    event.id = id_of_members(spec, event.name.as_deref(), text);
    let is_list = spec.items.as_ref().is_some_and(|items| items.at == Pointer::whole());
    if !is_list && !text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{') {
        return Err(Why::UnknownShape);
    }
    if let (Some(_), Some(list)) = (&spec.items, list(event, text)) {
        // A value in place of the list is another shape.
        elements(list, MOST_ITEMS)?.ok_or(Why::UnknownShape)?;
    }
    name.map(drop)
}

/// Returns the name of an event. `None` if the name is in a header.
fn name(rule: &NameRule, json: Option<&str>) -> Result<Option<SmolStr>, Why> {
    let json = match rule {
        NameRule::Fixed(name) => return Ok(Some(name.into())),
        NameRule::Header(_) => return Ok(None),
        NameRule::First(_) => json.ok_or(Why::UnknownShape)?,
    };
    let name = scalar(json).filter(|_| json.starts_with('"')).ok_or(Why::NameNotText)?;
    is_name(&name).then(|| Some(SmolStr::from(name))).ok_or(Why::NameNotText)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MOST_NAME && !text.chars().any(char::is_control)
}

/// Names an event by the only value of a header.
pub(super) fn named_by(event: Event, headers: &HeaderMap, header: &HeaderName) -> Event {
    let mut values = headers.get_all(header).iter();
    let name = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().map(str::trim).filter(|name| is_name(name)),
        _ => None,
    };
    Event { name: name.map(SmolStr::from), ..event }
}

/// Returns the JSON text at the place of the items, if it is there.
fn list<'t>(event: &Event, text: &'t str) -> Option<&'t str> {
    let items = event.loaded.spec.items.as_ref()?;
    value_at(text, &items.at).filter(|json| *json != "null")
}

/// Returns the id of a delivery.
pub(super) fn delivery_id(event: &Event, signed: Signed<'_>) -> DeliveryId {
    let spec = &event.loaded.spec;
    let text = std::str::from_utf8(signed.payload).unwrap_or_default();
    let by_message = signed.message_id.and_then(|id| id_of_message(spec, event.name.as_deref(), text, id));
    by_message.or_else(|| event.id.clone()).unwrap_or_else(|| digest(spec, signed.payload))
}

/// Returns the items of a body, in its order.
pub(super) fn items(event: &Event) -> Vec<Item<Event>> {
    all_items(event).unwrap_or_default()
}

fn all_items(event: &Event) -> Option<Vec<Item<Event>>> {
    let rule = event.loaded.spec.items.as_ref().filter(|_| event.other.is_none() && event.envelope.is_none())?;
    let text = event.body.as_str()?;
    let list = list(event, text)?;
    let places = elements(list, MOST_ITEMS).ok()??;
    let payload = event.body.bytes();
    let mut ids = ItemIds::new(&event.loaded.spec, &rule.id, event.name.as_deref(), text);
    let item = |place: std::ops::Range<usize>| {
        let item = list.get(place)?;
        let id = ids.id(item);
        let body = RawBody::new(&payload.slice_ref(item.as_bytes()));
        let envelope = Some(event.body.clone());
        Some(Item { id: id.clone(), event: Event { id: Some(id), body, envelope, ..event.clone() } })
    };
    places.into_iter().map(item).collect()
}
