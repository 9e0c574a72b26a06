//! Genius Referrals: advocates, bonuses, referrals, redemption requests.
//!
//! Documented: <https://support.geniusreferrals.com/webhooks>. What the signature header holds, what it covers and
//! what events are called is not published. Assumed, because header, form body and settings mirror GitHub's:
//! `sha256=` and hexadecimal over the raw body; taken as well are bare hexadecimal, base64, and (for form bodies)
//! a signature over the decoded `payload`, all of which need the secret. The spelling that was found is reported
//! and can be pinned. A name in a header would not be signed and is not read.

mod members;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use self::members::Record;
pub use self::members::{Advocate, Bonus, Change, RedemptionRequest, Referral};
use super::name::{no_other_spelling, only_name};
use super::{Platform, Signed, Unreadable, Why, decode_text, read};
use crate::value::RawBody;
use crate::{BodyHmac, Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme, Tolerance};

/// Genius Referrals.
#[derive(Debug, Clone, Copy)]
pub struct GeniusReferrals;

const CONTRACT: Contract = Contract {
    // Documented: 200. Whether other 2xx count is not said.
    success: StatusCode::OK,
    counts_as_success: 200..=200,
    transient: StatusCode::SERVICE_UNAVAILABLE,
    retry_after: None,
    unproven: StatusCode::UNAUTHORIZED,
    // Nothing carries a time.
    stale: StatusCode::UNAUTHORIZED,
    never: &[
        Forbidden::new(201..=299, "is not documented as a success, so the delivery may be sent 20 times more"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ],
    // Documented as "waits 2 seconds when sending payload".
    deadline: Some(Duration::from_secs(2)),
    // Documented: 20 tries in 48 hours, 4 in the first minute and 16 in four groups 1.5 to 4.5 hours apart. These
    // offsets are the even-step reading (1.5, 2.5, 3.5, 4.5); another reading of the text ends after 60 hours,
    // which is what the memory of ids is measured by.
    retries: Retries {
        offsets: &[
            Duration::from_secs(15),
            Duration::from_secs(30),
            Duration::from_secs(45),
            Duration::from_secs(60),
            Duration::from_secs(5_460),
            Duration::from_secs(10_860),
            Duration::from_secs(16_260),
            Duration::from_secs(21_660),
            Duration::from_secs(30_660),
            Duration::from_secs(39_660),
            Duration::from_secs(48_660),
            Duration::from_secs(57_660),
            Duration::from_secs(70_260),
            Duration::from_secs(82_860),
            Duration::from_secs(95_460),
            Duration::from_secs(108_060),
            Duration::from_secs(124_260),
            Duration::from_secs(140_460),
            Duration::from_secs(156_660),
            Duration::from_secs(172_860),
        ],
        give_up: Some(Duration::from_secs(216_060)),
    },
    // Documented, without a limit.
    redelivery: Redelivery::AnyTime,
    // None is described.
    disabling: Disabling::Unknown,
};

/// What Genius Referrals tells. Names and members are those of its REST API (documented there, assumed here).
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub enum Event {
    /// A member was registered or changed.
    Advocate(Change<Advocate>),
    /// A bonus was given or changed.
    Bonus(Change<Bonus>),
    /// A referral was made.
    Referral(Change<Referral>),
    /// A reward was asked for or paid.
    RedemptionRequest(Change<RedemptionRequest>),
    /// Anything else.
    Other {
        /// The event's name, if it has one.
        name: Option<String>,
        /// The payload.
        body: RawBody,
        /// Why it is none of the above.
        why: Why,
    },
}

impl Platform for GeniusReferrals {
    const NAME: &'static str = "genius-referrals";
    const TITLE: &'static str = "Genius Referrals";
    const SCHEME: Scheme =
        Scheme::BodyHmac(BodyHmac::new("x-genius-referrals-signature-256").prefixed().or_base64().or_form("payload"));
    /// Nothing carries a time, so only the memory of ids keeps replays off.
    const TOLERANCE: Option<Tolerance> = None;
    const CONTRACT: &'static Contract = &CONTRACT;

    type Event = Event;

    fn decode(payload: &Bytes) -> Event {
        decode_text(payload, decode, |name, body, why| Event::Other { name, body, why })
    }

    /// A digest of the decoded JSON, so that one message has one id as JSON and in every form encoding. Two
    /// messages with the same bytes are one.
    fn delivery_id(_: &Event, signed: Signed<'_>) -> DeliveryId {
        DeliveryId::digest(signed.payload)
    }
}

impl super::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Advocate(change) => Some(change.name.as_deref().unwrap_or("advocate")),
            Self::Bonus(change) => Some(change.name.as_deref().unwrap_or("bonus")),
            Self::Referral(change) => Some(change.name.as_deref().unwrap_or("referral")),
            Self::RedemptionRequest(change) => Some(change.name.as_deref().unwrap_or("redemption_request")),
            Self::Other { name, .. } => name.as_deref(),
        }
    }

    fn why_other(&self) -> Option<&Why> {
        match self {
            Self::Other { why, .. } => Some(why),
            _ => None,
        }
    }
}

/// The envelope: where a name may stand, where the record may stand under its own key, and the members by which a
/// record without a key is recognised.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'t> {
    #[serde(borrow)]
    event: Option<&'t RawValue>,
    #[serde(borrow)]
    event_type: Option<&'t RawValue>,
    #[serde(borrow, rename = "eventType")]
    camel_event_type: Option<&'t RawValue>,
    #[serde(borrow)]
    event_name: Option<&'t RawValue>,
    #[serde(borrow, rename = "eventName")]
    camel_event_name: Option<&'t RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'t RawValue>,
    #[serde(borrow)]
    topic: Option<&'t RawValue>,
    #[serde(borrow)]
    action: Option<&'t RawValue>,
    #[serde(borrow)]
    name: Option<&'t RawValue>,
    account_slug: Option<String>,
    #[serde(borrow)]
    data: Option<&'t RawValue>,
    #[serde(borrow)]
    advocate: Option<&'t RawValue>,
    #[serde(borrow)]
    bonus: Option<&'t RawValue>,
    #[serde(borrow)]
    referral: Option<&'t RawValue>,
    #[serde(borrow)]
    redemption_request: Option<&'t RawValue>,
    #[serde(borrow)]
    id: Option<&'t RawValue>,
    #[serde(borrow)]
    token: Option<&'t RawValue>,
    #[serde(borrow)]
    advocate_token: Option<&'t RawValue>,
    #[serde(borrow)]
    email: Option<&'t RawValue>,
    #[serde(borrow)]
    request_status_slug: Option<&'t RawValue>,
    #[serde(borrow)]
    request_action_slug: Option<&'t RawValue>,
    #[serde(borrow)]
    bonus_amount: Option<&'t RawValue>,
    #[serde(borrow)]
    payment_amount: Option<&'t RawValue>,
    #[serde(borrow)]
    referral_origin_slug: Option<&'t RawValue>,
    #[serde(borrow)]
    payout_threshold: Option<&'t RawValue>,
    #[serde(borrow)]
    can_refer: Option<&'t RawValue>,
}

/// The members of [`Wire`] other than `name` that may name the event.
const NAMES: [&str; 8] = ["event", "event_type", "eventType", "event_name", "eventName", "type", "topic", "action"];

/// The records that are told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Advocate,
    Bonus,
    Referral,
    RedemptionRequest,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let top: Wire<'_> = read(None, text)?;
    let named = top.name()?;
    let nested: Option<Wire<'_>> = top.data_object().map(|data| read(named.as_deref(), data)).transpose()?;
    // A flat body has its members beside the name.
    let inner = nested.as_ref().unwrap_or(&top);
    let named = match top.certain_name()? {
        Some(certain) => Some(certain),
        // A doubtful name or a shape counts only if no certain name contradicts it.
        None => {
            no_other_spelling(text, &NAMES)?;
            top.data_object().map_or(Ok(()), |data| no_other_spelling(data, &NAMES))?;
            match (named, inner.certain_name()?) {
                (Some(named), Some(certain)) if named != certain => {
                    return Err((Some(certain.into_owned()), Why::Ambiguous));
                }
                (named, certain) => named.or(certain),
            }
        }
    };
    let name = || named.as_deref().map(str::to_owned);
    let flat = top.data_object().unwrap_or(text);
    let (kind, record) = match &named {
        // A named event's record may hold others under their own keys. An unknown event may look like a known one and
        // mean its opposite.
        Some(named) => {
            let kind = Kind::by_name(named).ok_or_else(|| (name(), Why::UnknownName))?;
            (kind, inner.under(kind).or(top.under(kind)))
        }
        None => {
            let mut keyed = top.keyed().chain(nested.iter().flat_map(Wire::keyed));
            match (keyed.next(), keyed.next()) {
                (Some((kind, record)), None) => (kind, Some(record)),
                (Some(_), Some(_)) => return Err((None, Why::Ambiguous)),
                (None, _) => (inner.shapes().next().ok_or((None, Why::UnknownShape))?, None),
            }
        }
    };
    // A named record under its own key may come with anything. Otherwise members of another kind say something else.
    let is_clear = match (&named, record) {
        (Some(_), Some(_)) => true,
        (Some(_), None) => inner.shapes().next().is_none() || inner.shapes().any(|shape| shape == kind),
        (None, _) => inner.shapes().all(|shape| shape == kind),
    };
    if !is_clear {
        return Err((name(), Why::Ambiguous));
    }
    let record = record.unwrap_or(flat);
    let account_slug = top.account_slug.or(nested.and_then(|nested| nested.account_slug));
    Ok(match kind {
        Kind::Advocate => Event::Advocate(change(name(), account_slug, record)?),
        Kind::Bonus => Event::Bonus(change(name(), account_slug, record)?),
        Kind::Referral => Event::Referral(change(name(), account_slug, record)?),
        Kind::RedemptionRequest => Event::RedemptionRequest(change(name(), account_slug, record)?),
    })
}

fn change<'t, T: Deserialize<'t> + Record>(
    name: Option<String>,
    account_slug: Option<String>,
    record: &'t str,
) -> Result<Change<T>, Unreadable> {
    let record: T = read(name.as_deref(), record)?;
    match record.missing() {
        None => Ok(Change { name, account_slug, record }),
        Some(member) => Err((name, Why::MissingMember(member))),
    }
}

impl<'t> Wire<'t> {
    /// The event's name: the text of the members that can only be one, else that of `type` or of an envelope's `name`.
    fn name(&self) -> Result<Option<Cow<'t, str>>, Unreadable> {
        match self.certain_name()? {
            Some(name) => Ok(Some(name)),
            None => only_name(&[self.kind, self.name.filter(|_| self.is_envelope())]),
        }
    }

    fn certain_name(&self) -> Result<Option<Cow<'t, str>>, Unreadable> {
        only_name(&[
            self.event,
            self.event_type,
            self.camel_event_type,
            self.event_name,
            self.camel_event_name,
            self.topic,
            self.action,
        ])
    }

    /// Returns whether the record is under a key, without any of its members at the top. Elsewhere `name` may be a
    /// person's.
    fn is_envelope(&self) -> bool {
        let members = [self.id, self.token, self.advocate_token, self.email];
        members.iter().all(Option::is_none) && (self.data_object().is_some() || self.keyed().next().is_some())
    }

    /// The object under `data`.
    fn data_object(&self) -> Option<&'t str> {
        self.data.map(RawValue::get).filter(|data| data.starts_with('{'))
    }

    /// The records under their own keys.
    fn keyed(&self) -> impl Iterator<Item = (Kind, &'t str)> {
        KINDS.into_iter().filter_map(|kind| Some((kind, self.under(kind)?)))
    }

    /// The record that stands under this kind's key.
    fn under(&self, kind: Kind) -> Option<&'t str> {
        let place = match kind {
            Kind::RedemptionRequest => self.redemption_request,
            Kind::Bonus => self.bonus,
            Kind::Referral => self.referral,
            Kind::Advocate => self.advocate,
        };
        place.map(RawValue::get).filter(|record| record.starts_with('{'))
    }

    /// The kinds of which a record without a key of its own has members.
    fn shapes(&self) -> impl Iterator<Item = Kind> {
        KINDS.into_iter().filter(|kind| match kind {
            Kind::RedemptionRequest => self.request_status_slug.is_some() || self.request_action_slug.is_some(),
            Kind::Bonus => self.bonus_amount.is_some() || self.payment_amount.is_some(),
            Kind::Referral => self.referral_origin_slug.is_some(),
            Kind::Advocate => self.payout_threshold.is_some() || self.can_refer.is_some(),
        })
    }
}

const KINDS: [Kind; 4] = [Kind::RedemptionRequest, Kind::Bonus, Kind::Referral, Kind::Advocate];

/// The words that a name may have beside that of its kind. A name with any other word may mean the opposite.
const HARMLESS: [&str; 24] = [
    "create",
    "created",
    "new",
    "add",
    "added",
    "make",
    "made",
    "register",
    "registered",
    "registration",
    "joined",
    "given",
    "granted",
    "awarded",
    "issued",
    "earned",
    "request",
    "requested",
    "approved",
    "paid",
    "completed",
    "update",
    "updated",
    "changed",
];

impl Kind {
    /// The kind of which the name has the word. No names are published, so names are read word by word, in any letter
    /// case.
    fn by_name(name: &str) -> Option<Self> {
        let mut kind = None;
        for word in words(name) {
            match Self::by_word(&word) {
                Some(found) if kind.is_none_or(|kind| kind == found) => kind = Some(found),
                None if HARMLESS.contains(&word.as_str()) => {}
                _ => return None,
            }
        }
        kind
    }

    fn by_word(word: &str) -> Option<Self> {
        match word {
            "redemption" | "reward" => Some(Self::RedemptionRequest),
            "bonus" => Some(Self::Bonus),
            "referral" => Some(Self::Referral),
            "advocate" | "member" => Some(Self::Advocate),
            _ => None,
        }
    }
}

/// The words of a name in small letters: `bonus_created`, `bonus.created` and `bonusCreated` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || was_small && character.is_uppercase() {
            words.push(String::new());
        }
        was_small = character.is_lowercase();
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.push(character.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
