//! A body with the members that a profile names.

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, UtcOffset};

use super::clock::Unit;
use super::identity::{IdRule, NameRule};
use super::pointer::Pointer;
use super::spec::Spec;

/// Returns a body that the profile can read, as it would be sent at this time.
pub(super) fn sample(spec: &Spec, now: OffsetDateTime) -> Value {
    let mut body = Value::Object(Map::new());
    if let NameRule::First(names) = &spec.identity.name {
        put(&mut body, names.first(), json!("sample"));
    }
    id(&mut body, spec.identity.rule(Some("sample")), "sample-1");
    put(&mut body, spec.scope.as_ref(), json!("sample-tenant"));
    if let Some(time) = &spec.time {
        let written = match time.unit {
            Unit::Rfc3339 => json!(date(now)),
            Unit::S => json!(now.unix_timestamp()),
            Unit::Ms => json!(i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()),
        };
        put(&mut body, Some(&time.at), written);
    }
    if let Some(items) = &spec.items {
        let mut item = Value::Object(Map::new());
        id(&mut item, &items.id, "sample-item-1");
        let list = json!([item]);
        if items.at == Pointer::whole() {
            return list;
        }
        put(&mut body, Some(&items.at), list);
    }
    body
}

/// Writes the members of an id, each with another text.
fn id(body: &mut Value, rule: &IdRule, text: &str) {
    match rule {
        IdRule::Join(pointers) => {
            for (position, pointer) in pointers.iter().enumerate() {
                // A member that has a value already, such as the name, keeps it.
                let is_free = body.pointer(pointer.as_str()).is_none();
                put(body, is_free.then_some(pointer), json!(format!("{text}-{position}")));
            }
        }
        IdRule::First(pointers) => put(body, pointers.first(), json!(text)),
        IdRule::MessageId | IdRule::Digest => {}
    }
}

/// Writes a value at a pointer, and the objects on the way to it.
fn put(body: &mut Value, pointer: Option<&Pointer>, value: Value) {
    let Some(pointer) = pointer else { return };
    let mut place = body;
    for name in pointer.names() {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Some(members) = place.as_object_mut() else { return };
        place = members.entry(name.to_owned()).or_insert(Value::Null);
    }
    *place = value;
}

/// Writes a time as RFC 3339.
fn date(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second) = time.to_hms();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
}
