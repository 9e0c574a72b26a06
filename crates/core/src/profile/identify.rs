//! From a payload to the id of its event, by the rules of a profile.

use std::borrow::Cow;
use std::collections::HashMap;

use super::identity::IdRule;
use super::pointer::Pointer;
use super::scan::{scalar, scan};
use super::spec::Spec;
use crate::{DeliveryId, Strength};

/// Returns the id that the members of the body make. `None` if the rule names no members, or if a member is missing, is
/// empty or has no single notation.
pub(super) fn id_of_members(spec: &Spec, name: Option<&str>, text: &str) -> Option<DeliveryId> {
    let rule = spec.identity.rule(name);
    let mut fields = scope(spec, text)?;
    fields.extend(members(rule, text)?);
    // The strength that a profile claims is that of the common rule.
    let is_platforms = spec.identity.is_platforms_id && std::ptr::eq(rule, &spec.identity.id);
    Some(joined(&fields, if is_platforms { Strength::MessageId } else { Strength::BusinessFields }))
}

/// Returns the id with the scheme's message id. `None` if the rule is another, or the tenant is missing.
pub(super) fn id_of_message(spec: &Spec, name: Option<&str>, text: &str, message: &str) -> Option<DeliveryId> {
    if *spec.identity.rule(name) != IdRule::MessageId {
        return None;
    }
    if spec.scope.is_none() {
        return Some(DeliveryId::message_id(message));
    }
    let mut fields = scope(spec, text)?;
    fields.push(message.into());
    Some(joined(&fields, Strength::MessageId))
}

/// Returns the digest of a payload without the values that a retry may change.
pub(super) fn digest(spec: &Spec, payload: &[u8]) -> DeliveryId {
    DeliveryId::digest_without(&lasting(spec, payload), &[])
}

/// Returns a payload without the values that a retry may change.
pub(super) fn lasting<'p>(spec: &Spec, payload: &'p [u8]) -> Cow<'p, [u8]> {
    let without = spec.without();
    let text = std::str::from_utf8(payload).ok().filter(|_| !without.is_empty());
    let blanked = text.and_then(|text| blanked_text(text, &without));
    blanked.map_or(Cow::Borrowed(payload), |text| Cow::Owned(text.into_bytes()))
}

/// Returns a text with `null` at the pointers.
fn blanked_text(text: &str, pointers: &[&Pointer]) -> Option<String> {
    let mut places: Vec<_> = scan(text, pointers).ok()?.into_iter().map(|(_, place)| place).collect();
    places.sort_by_key(|place| (place.start, usize::MAX - place.end));
    let (mut blanked, mut at) = (String::with_capacity(text.len()), 0);
    for place in places {
        if place.start >= at {
            blanked.push_str(text.get(at..place.start)?);
            blanked.push_str("null");
            at = place.end;
        }
    }
    blanked.push_str(text.get(at..)?);
    Some(blanked)
}

/// Makes the ids of the items of one body.
pub(super) struct ItemIds<'s> {
    spec: &'s Spec,
    rule: &'s IdRule,
    /// The tenant, and the event's name if it is proven. `None` if the tenant is missing.
    before: Option<Vec<Cow<'s, str>>>,
    /// The number of items with the same content.
    equal: HashMap<String, usize>,
}

impl<'s> ItemIds<'s> {
    pub(super) fn new(spec: &'s Spec, rule: &'s IdRule, name: Option<&'s str>, text: &'s str) -> Self {
        let name = name.filter(|_| spec.identity.is_name_proven());
        let before = scope(spec, text).map(|mut before| {
            before.extend(name.map(Cow::Borrowed));
            before
        });
        Self { spec, rule, before, equal: HashMap::new() }
    }

    /// Returns the id of an item: tenant, name of the event, member and value, because two kinds of events can be about
    /// one thing. Without an id, it is a digest, and equal items of one body are counted.
    pub(super) fn id(&mut self, item: &str) -> DeliveryId {
        if let (Some(before), Some(members)) = (&self.before, members(self.rule, item)) {
            return joined(&[before.as_slice(), &members].concat(), Strength::BusinessFields);
        }
        let content = digest(self.spec, item.as_bytes());
        let before = self.before.as_deref().unwrap_or_default().join("\n");
        let number = self.equal.entry(content.as_str().to_owned()).or_default();
        *number += 1;
        DeliveryId::digest(format!("{before}\n{}\n{number}", content.as_str()).as_bytes())
    }
}

/// Returns the tenant, or an empty list if the profile has no scope. `None` if the tenant is missing.
fn scope<'t>(spec: &Spec, text: &'t str) -> Option<Vec<Cow<'t, str>>> {
    let Some(scope) = &spec.scope else { return Some(Vec::new()) };
    let places = scan(text, &[scope]).ok()?;
    let (_, place) = places.into_iter().next()?;
    scalar(text.get(place)?).filter(|tenant| !tenant.is_empty()).map(|tenant| vec![tenant])
}

/// Returns the texts of an id's members.
fn members<'t>(rule: &'t IdRule, text: &'t str) -> Option<Vec<Cow<'t, str>>> {
    let (IdRule::Join(pointers) | IdRule::First(pointers)) = rule else { return None };
    let wanted: Vec<&Pointer> = pointers.iter().collect();
    let mut found: Vec<Option<&str>> = vec![None; wanted.len()];
    for (pointer, place) in scan(text, &wanted).ok()? {
        found[pointer] = text.get(place).filter(|json| *json != "null");
    }
    let read = |json: &'t str| scalar(json).filter(|text| !text.is_empty());
    if matches!(rule, IdRule::Join(_)) {
        return found.into_iter().map(|json| read(json?)).collect();
    }
    let (position, json) = found.into_iter().enumerate().find_map(|(position, json)| Some((position, json?)))?;
    let value = read(json)?;
    // The same text in another member is another id.
    let member = (pointers.len() > 1).then(|| Cow::Borrowed(pointers[position].as_str()));
    Some(member.into_iter().chain([value]).collect())
}

fn joined(fields: &[Cow<'_, str>], strength: Strength) -> DeliveryId {
    let fields: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
    DeliveryId::of_fields(&fields, strength)
}
