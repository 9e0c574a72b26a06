//! A profile that was read and checked.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::clock::{Meaning, TimeRule, tolerance};
use super::fault::{Fault, quoted};
use super::identity::{Identity, ItemRule};
use super::node::Node;
use super::pointer::Pointer;
use super::privacy::Privacy;
use super::proof::Proof;
use super::reactions::Reactions;
use super::table::Value;
use super::view::{View, views};

/// The first bytes of every digest. Another reading of the same settings needs another number.
const READING: &[u8] = b"referral-webhooks profile 1\n";

/// The maximum length of a platform's name, in bytes.
const MOST_NAME: usize = 64;

/// The maximum length of a platform's title, in bytes.
const MOST_TITLE: usize = 100;

/// A profile that was read and checked, in one notation whatever the notation of its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Spec {
    pub(super) name: String,
    /// For people, so it does not belong to the meaning.
    #[serde(skip)]
    pub(super) title: String,
    pub(super) proof: Proof,
    /// Past and future.
    pub(super) tolerance: Option<(Duration, Duration)>,
    pub(super) identity: Identity,
    pub(super) scope: Option<Pointer>,
    pub(super) items: Option<ItemRule>,
    pub(super) time: Option<TimeRule>,
    pub(super) test: Option<TestRule>,
    pub(super) privacy: Privacy,
    pub(super) reactions: Reactions,
    /// By the event's name.
    pub(super) views: BTreeMap<String, View>,
}

/// The mark of a test delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct TestRule {
    pub(super) at: Pointer,
    /// The text of the value, so that `true` and `"true"` are one.
    pub(super) is: String,
}

const KEYS: [&str; 13] = [
    "name",
    "title",
    "scheme",
    "tolerance",
    "event",
    "scope",
    "items",
    "time",
    "test",
    "personal",
    "secret",
    "contract",
    "summary",
];

impl Spec {
    pub(super) fn read(node: Node) -> Result<Self, Fault> {
        let root = Value { place: String::new(), node };
        let mut table = root.clone().table(&KEYS)?;
        let mut required = |key: &str| table.take(key).ok_or_else(|| root.fault(format!("`{key}` is missing")));
        let name = name(&required("name")?)?;
        let (scheme, event) = (required("scheme")?, required("event")?);
        let title = table.take("title").map_or_else(|| Ok(name.clone()), |title| self::title(&title))?;
        let proof = Proof::read(scheme)?;
        let identity = Identity::read(event, &proof)?;
        let time = table.take("time").map(TimeRule::read).transpose()?;
        let tolerance = table.take("tolerance").map(|value| tolerance(value, &proof, time.as_ref())).transpose()?;
        Ok(Self {
            scope: table.take("scope").map(|scope| Pointer::read(&scope)).transpose()?,
            items: table.take("items").map(ItemRule::read).transpose()?,
            test: table.take("test").map(TestRule::read).transpose()?,
            privacy: Privacy::read(table.take("personal"), table.take("secret"), &proof)?,
            reactions: Reactions::read(table.take("contract"), &proof, &identity.name)?,
            views: table.take("summary").map(|value| views(value, &identity.name)).transpose()?.unwrap_or_default(),
            name,
            title,
            proof,
            tolerance,
            identity,
            time,
        })
    }

    /// Returns the digest of the meaning: equal for two texts that say the same in other words.
    pub(super) fn digest(&self) -> Result<[u8; 32], Fault> {
        let meaning = serde_json::to_vec(self).map_err(|error| Fault::new("", error.to_string()))?;
        Ok(Sha256::new().chain_update(READING).chain_update(meaning).finalize().into())
    }

    /// Returns the rule for the time of the sending, if an age check uses it.
    pub(super) fn sending(&self) -> Option<&TimeRule> {
        self.time.as_ref().filter(|time| time.of == Meaning::Sending)
    }

    /// Returns the values that a digest leaves out, because a retry may change them.
    pub(super) fn without(&self) -> Vec<&Pointer> {
        self.identity.without.iter().chain(self.sending().map(|time| &time.at)).collect()
    }
}

fn name(value: &Value) -> Result<String, Fault> {
    let text = value.text()?;
    let is_plain = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let is_name = is_plain && text.len() <= MOST_NAME && text.starts_with(|letter: char| letter.is_ascii_lowercase());
    is_name.then(|| text.to_owned()).ok_or_else(|| {
        value.fault(format!(
            "`{}` is not a name for URLs and logs; use at most {MOST_NAME} lower-case letters, digits and hyphens",
            quoted(text)
        ))
    })
}

fn title(value: &Value) -> Result<String, Fault> {
    let text = value.text()?;
    let is_title = text.len() <= MOST_TITLE && !text.chars().any(char::is_control);
    let fault = || value.fault(format!("a title has at most {MOST_TITLE} bytes and no control character"));
    is_title.then(|| text.to_owned()).ok_or_else(fault)
}

impl TestRule {
    fn read(value: Value) -> Result<Self, Fault> {
        let mut table = value.clone().table(&["at", "is"])?;
        let at = table.take("at").ok_or_else(|| value.fault("`at` is missing; point to the flag"))?;
        let is =
            table.take("is").ok_or_else(|| value.fault("`is` is missing; give the value of a test, such as `true`"))?;
        let text = match &is.node {
            Node::Boolean(flag) => flag.to_string(),
            Node::Integer(number) => number.to_string(),
            _ => is.text()?.to_owned(),
        };
        Ok(Self { at: Pointer::read(&at)?, is: text })
    }
}
