//! The name and the id of a profile's events: `event`, `items` and `scope`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fault::{Fault, quoted};
use super::node::Node;
use super::pointer::{Pointer, pointers};
use super::proof::{Proof, header_name};
use super::table::Value;

/// The maximum number of pointers in one list.
const MOST_POINTERS: usize = 8;

/// The maximum number of events that a table names.
pub(super) const MOST_EVENTS: usize = 200;

/// The maximum length of an event's name, in bytes.
pub(super) const MOST_NAME: usize = 128;

/// The name and the id of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Identity {
    pub(super) name: NameRule,
    pub(super) id: IdRule,
    /// The rules of single events, by their names.
    pub(super) ids: BTreeMap<String, IdRule>,
    pub(super) is_platforms_id: bool,
    /// The values that a digest leaves out.
    pub(super) without: Vec<Pointer>,
}

/// The source of an event's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NameRule {
    /// The first of these that is present.
    First(Vec<Pointer>),
    /// The same name for every request to the URL.
    Fixed(String),
    /// A header that no signature covers.
    Header(String),
}

/// The source of an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum IdRule {
    /// The signed message id of the scheme.
    MessageId,
    /// All of these, joined.
    Join(Vec<Pointer>),
    /// The first of these that is present.
    First(Vec<Pointer>),
    /// A digest of the body.
    Digest,
}

/// The events of a body that holds several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ItemRule {
    /// The list.
    pub(super) at: Pointer,
    /// The id of an item. Its pointers begin at the item.
    pub(super) id: IdRule,
}

impl Identity {
    pub(super) fn read(value: Value, proof: &Proof) -> Result<Self, Fault> {
        let mut table = value.clone().table(&["name", "id", "ids", "strength", "digest-without"])?;
        let name = table.take("name").ok_or_else(|| {
            value.fault(
                "`name` is missing; point to the event's name, as in `name = \"/event\"`, or give `{ fixed = \"…\" }`",
            )
        })?;
        let name = NameRule::read(name)?;
        let has_id = table.place_of("id").is_some();
        let by_default = if proof.has_message_id() { IdRule::MessageId } else { IdRule::Digest };
        let id = table.take("id").map_or(Ok(by_default), |id| IdRule::of_event(id, proof))?;
        let ids = table.take("ids").map(|ids| by_name(ids, &name, proof)).transpose()?.unwrap_or_default();
        let is_platforms_id = match table.take("strength") {
            None => false,
            Some(strength) => self::strength(&strength, &id, has_id)?,
        };
        let without = table.take("digest-without").map(|list| pointers(list, MOST_POINTERS)).transpose()?;
        let mut without = without.unwrap_or_default();
        // A new token would give a repeat another digest.
        without.extend(proof.token_member().filter(|token| !without.contains(token)));
        Ok(Self { name, id, ids, is_platforms_id, without })
    }

    /// Returns whether a signature or a fixed URL proves the event's name.
    pub(super) const fn is_name_proven(&self) -> bool {
        !matches!(self.name, NameRule::Header(_))
    }

    /// Returns the rule for the id of an event.
    pub(super) fn rule(&self, name: Option<&str>) -> &IdRule {
        name.and_then(|name| self.ids.get(name)).unwrap_or(&self.id)
    }
}

/// Reads the strength that a profile claims. Returns whether the id is the platform's own message id.
fn strength(value: &Value, id: &IdRule, has_id: bool) -> Result<bool, Fault> {
    #[derive(Clone, Copy, PartialEq)]
    enum Claim {
        Platform,
        Fields,
        Digest,
    }
    let claim = value.word(&[("platform", Claim::Platform), ("fields", Claim::Fields), ("digest", Claim::Digest)])?;
    let contradicts = |reason: &str| Err(value.fault(reason));
    match (id, claim) {
        (IdRule::Join(pointers), Claim::Platform) if pointers.len() > 1 => contradicts(
            "a joined id is made of several members, so its strength is `fields`; `platform` is the strength of an id \
             that the platform makes for each message",
        ),
        (IdRule::Digest, Claim::Platform | Claim::Fields) if !has_id => {
            contradicts("a strength needs an `id`; without one, a digest of the body identifies a delivery")
        }
        (IdRule::Digest, Claim::Platform | Claim::Fields) => contradicts("the id is a digest"),
        (IdRule::MessageId, Claim::Fields | Claim::Digest) => contradicts("the id is the scheme's message id"),
        (IdRule::Join(_) | IdRule::First(_), Claim::Digest) => contradicts("the id is made of members of the body"),
        (_, claim) => Ok(claim == Claim::Platform),
    }
}

/// Reads the rules of single events.
fn by_name(value: Value, name: &NameRule, proof: &Proof) -> Result<BTreeMap<String, IdRule>, Fault> {
    if matches!(name, NameRule::Header(_)) {
        return Err(value.fault(
            "the event's name is in a header that no signature covers, so it cannot choose an id; give one `id` for all",
        ));
    }
    let mut rules = BTreeMap::new();
    for (name, value) in value.map(MOST_EVENTS)? {
        check_name(&value, &name)?;
        rules.insert(name, IdRule::of_event(value, proof)?);
    }
    Ok(rules)
}

/// Checks the name of an event that a table names.
pub(super) fn check_name(value: &Value, name: &str) -> Result<(), Fault> {
    let is_name = !name.is_empty() && name.len() <= MOST_NAME && !name.chars().any(char::is_control);
    is_name.then_some(()).ok_or_else(|| value.fault("the event's name is empty, too long or has a control character"))
}

impl NameRule {
    fn read(value: Value) -> Result<Self, Fault> {
        if !matches!(value.node, Node::Table(_)) {
            return pointers(value, MOST_POINTERS).map(Self::First).map_err(|fault| {
                let reason = format!("{}; a name for the whole URL is `{{ fixed = \"…\" }}`", fault.reason);
                if fault.reason.contains("is not a JSON pointer") { Fault { reason, ..fault } } else { fault }
            });
        }
        let mut table = value.clone().table(&["first", "fixed", "header"])?;
        let rule = if let Some(first) = table.take("first") {
            Self::First(pointers(first, MOST_POINTERS)?)
        } else if let Some(fixed) = table.take("fixed") {
            let name = fixed.text()?.to_owned();
            check_name(&fixed, &name)?;
            Self::Fixed(name)
        } else if let Some(header) = table.take("header") {
            Self::Header(header_name(&header)?)
        } else {
            return Err(value.fault("the table is empty; give `first`, `fixed` or `header`"));
        };
        table.finish("is a second source of the name; give one")?;
        Ok(rule)
    }
}

impl IdRule {
    /// Reads the rule for the id of an event. A list is joined.
    fn of_event(value: Value, proof: &Proof) -> Result<Self, Fault> {
        if let Ok(text) = value.text() {
            match text {
                "digest" => return Ok(Self::Digest),
                "message-id" if proof.has_message_id() => return Ok(Self::MessageId),
                "message-id" => return Err(value.fault("the scheme has no signed message id; point to a member")),
                _ => {}
            }
        }
        Self::read(value, Self::Join)
    }

    /// Reads the rule for the id of an item. The first present member of a list is the id.
    fn of_item(value: Value) -> Result<Self, Fault> {
        if matches!(value.text(), Ok("digest")) { Ok(Self::Digest) } else { Self::read(value, Self::First) }
    }

    fn read(value: Value, list: fn(Vec<Pointer>) -> Self) -> Result<Self, Fault> {
        if !matches!(value.node, Node::Table(_)) {
            return pointers(value, MOST_POINTERS).map(list).map_err(|fault| {
                let is_header =
                    |text: &str| text.len() > 2 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                let quoted_header =
                    fault.reason.split('`').nth(1).is_some_and(|text| text.contains('-') && is_header(text));
                if quoted_header && fault.reason.contains("is not a JSON pointer") {
                    let reason =
                        format!("{}; an id from a header is refused, because no signature covers it", fault.reason);
                    return Fault { reason, ..fault };
                }
                fault
            });
        }
        let mut table = value.clone().table(&["join", "first", "header"])?;
        if let Some(header) = table.take("header") {
            let name = header.text().map(quoted).unwrap_or_default();
            return Err(header.fault(format!(
                "an id from the header `{name}` is refused, because no signature covers it: a sender could repeat a \
                 delivery under another id; point to members of the body, or leave `id` out for a digest"
            )));
        }
        let rule = match (table.take("join"), table.take("first")) {
            (Some(join), None) => Self::Join(pointers(join, MOST_POINTERS)?),
            (None, Some(first)) => Self::First(pointers(first, MOST_POINTERS)?),
            (Some(_), Some(_)) => return Err(value.fault("`join` and `first` exclude each other")),
            (None, None) => return Err(value.fault("the table is empty; give `join` or `first`")),
        };
        Ok(rule)
    }
}

impl ItemRule {
    pub(super) fn read(value: Value) -> Result<Self, Fault> {
        let mut table = value.clone().table(&["at", "id"])?;
        let at = table
            .take("at")
            .ok_or_else(|| value.fault("`at` is missing; point to the list, as in `at = \"/data\"`"))?;
        // The whole body may be the list.
        let is_whole = at.node == Node::Text(String::new());
        let at = if is_whole { Pointer::whole() } else { Pointer::read(&at)? };
        let id = table.take("id").map_or(Ok(IdRule::Digest), IdRule::of_item)?;
        Ok(Self { at, id })
    }
}
