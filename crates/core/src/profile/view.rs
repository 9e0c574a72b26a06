//! The platform-neutral view of a profile's events: `summary`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::fault::Fault;
use super::identity::{MOST_EVENTS, NameRule, check_name};
use super::node::Node;
use super::pointer::Pointer;
use super::scan::{scalar, value_at};
use super::table::Value;
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::{Amount, Personal};

/// The view of one event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct View {
    /// The happening, as it is written in a profile.
    happening: &'static str,
    amount: Option<Pointer>,
    unit: Option<&'static str>,
    currency: Option<Currency>,
    advocate: Option<PartyRule>,
    friend: Option<PartyRule>,
    subject: Option<Pointer>,
}

/// The place or the name of a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
enum Currency {
    At(Pointer),
    Is(String),
}

/// The places of a person's members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct PartyRule {
    id: Option<Pointer>,
    own_id: Option<Pointer>,
    code: Option<Pointer>,
    name: Option<Pointer>,
    email: Option<Pointer>,
}

const KEYS: [&str; 7] = ["is", "amount", "unit", "currency", "advocate", "friend", "subject"];

/// The units of amounts. `minor` is cents.
const UNITS: [(&str, Unit); 4] =
    [("minor", Unit::Minor), ("major", Unit::Major), ("points", Unit::Points), ("unknown", Unit::Unknown)];

/// Reads the views, by the event's name.
pub(super) fn views(value: Value, name: &NameRule) -> Result<BTreeMap<String, View>, Fault> {
    if matches!(name, NameRule::Header(_)) {
        return Err(value.fault(
            "the event's name is in a header that no signature covers, so it cannot say what happened; a handler that \
             pays by it would trust the sender of the header",
        ));
    }
    let mut views = BTreeMap::new();
    for (name, value) in value.map(MOST_EVENTS)? {
        check_name(&value, &name)?;
        views.insert(name, View::read(value)?);
    }
    Ok(views)
}

impl View {
    fn read(value: Value) -> Result<Self, Fault> {
        if !matches!(value.node, Node::Table(_)) {
            return Ok(Self { happening: happening(&value)?, ..Self::default() });
        }
        let mut table = value.clone().table(&KEYS)?;
        let is = table
            .take("is")
            .ok_or_else(|| value.fault("`is` is missing; say what happened, as in `\"reward-earned\"`"))?;
        let unit = table.take("unit").map(|unit| unit.word(&UNITS.map(|(word, _)| (word, word)))).transpose()?;
        let amount = table.take("amount").map(|amount| Pointer::read(&amount)).transpose()?;
        if amount.is_none() && unit.is_some() {
            return Err(value.fault("`unit` needs an `amount`"));
        }
        let currency = table.take("currency").map(|currency| {
            let text = currency.text()?;
            let is_name = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
            if is_name { Ok(Currency::Is(text.to_owned())) } else { Pointer::read(&currency).map(Currency::At) }
        });
        Ok(Self {
            happening: happening(&is)?,
            amount,
            unit,
            currency: currency.transpose()?,
            advocate: table.take("advocate").map(PartyRule::read).transpose()?,
            friend: table.take("friend").map(PartyRule::read).transpose()?,
            subject: table.take("subject").map(|subject| Pointer::read(&subject)).transpose()?,
        })
    }

    /// Returns what happened, as it is written in a profile.
    pub(super) const fn happening(&self) -> &'static str {
        self.happening
    }

    /// Returns the view of an event's JSON.
    pub(super) fn summary<'e>(&self, text: &'e str) -> Summary<'e> {
        let happening = Happening::ALL.iter().find(|happening| happening.as_str() == self.happening);
        let mut summary = Summary::of(happening.copied().unwrap_or(Happening::Other));
        let currency = match &self.currency {
            Some(Currency::At(pointer)) => word(text, Some(pointer)),
            Some(Currency::Is(name)) => Some(Cow::Owned(name.clone())),
            None => None,
        };
        let amount = self.amount.as_ref().and_then(|pointer| value_at(text, pointer));
        let amount = amount.and_then(|json| serde_json::from_str::<Amount>(json).ok());
        summary.sum = amount.map(|amount| {
            let unit = UNITS.iter().find(|(word, _)| Some(*word) == self.unit).map_or(Unit::Unknown, |(_, unit)| *unit);
            Sum { currency, ..Sum::new(&amount, unit, None) }
        });
        summary.subject = word(text, self.subject.as_ref());
        let party = |rule: &Option<PartyRule>| rule.as_ref().map(|rule| rule.party(text)).unwrap_or_default();
        summary.by(party(&self.advocate)).with_friend(party(&self.friend))
    }
}

fn happening(value: &Value) -> Result<&'static str, Fault> {
    let words: Vec<(&'static str, &'static str)> =
        Happening::ALL.iter().map(|happening| (happening.as_str(), happening.as_str())).collect();
    value.word(&words)
}

impl PartyRule {
    fn read(value: Value) -> Result<Self, Fault> {
        let mut table = value.table(&["id", "own-id", "code", "name", "email"])?;
        let mut take = |key: &str| table.take(key).map(|pointer| Pointer::read(&pointer)).transpose();
        Ok(Self {
            id: take("id")?,
            own_id: take("own-id")?,
            code: take("code")?,
            name: take("name")?,
            email: take("email")?,
        })
    }

    fn party<'e>(&self, text: &'e str) -> Party<'e> {
        let personal = |pointer: &Option<Pointer>| {
            let json = value_at(text, pointer.as_ref()?)?;
            serde_json::from_str::<Personal>(json).ok()
        };
        Party {
            id: word(text, self.id.as_ref()),
            own_id: word(text, self.own_id.as_ref()),
            code: word(text, self.code.as_ref()),
            name: personal(&self.name),
            email: personal(&self.email),
        }
    }
}

/// Returns the text or the number at a pointer.
fn word<'e>(text: &'e str, pointer: Option<&Pointer>) -> Option<Cow<'e, str>> {
    scalar(value_at(text, pointer?)?)
}
