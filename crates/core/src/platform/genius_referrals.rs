//! Genius Referrals: advocates, bonuses, referrals, redemption requests.
//!
//! Documented: <https://support.geniusreferrals.com/webhooks>. The format of the signature header, the signed bytes and the
//! names of events are not published. Assumed, because header, form body and settings mirror GitHub's: `sha256=` and
//! hexadecimal over the raw body. Also accepted are bare hexadecimal, base64, and (for form bodies) a signature over the
//! decoded `payload`. All of them need the secret. The variant that was found is reported, and can be pinned. Headers are
//! unsigned, so the event's name is not read from them.

mod members;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use self::members::Record;
pub use self::members::{Advocate, Bonus, Change, RedemptionRequest, Referral};
use super::decode::{Unreadable, decode_text, object, read};
use super::envelope::{Envelope, envelope};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::name::{no_other_spelling, only_name};
use super::why::Why;
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::Id;
use crate::{BodyHmac, Contract, DeliveryId, Disabling, Forbidden, Redelivery, Retries, Scheme};

/// Genius Referrals.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::genius_referrals::GeniusReferrals;
///
/// let endpoint = Endpoint::<GeniusReferrals>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().deadline.unwrap().as_secs(), 2);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct GeniusReferrals;

impl Platform for GeniusReferrals {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns a digest of the decoded JSON, so that one message has one id as JSON and in every form encoding. Two
    /// messages with the same bytes have one id.
    fn delivery_id(&self, _: &Event, signed: Signed<'_>) -> DeliveryId {
        DeliveryId::digest(signed.payload)
    }
}

// No member or header carries a time, so only stored ids prevent replays.
pub(super) static FACTS: Facts = Facts::new(
    "genius-referrals",
    "Genius Referrals",
    Scheme::BodyHmac(BodyHmac::new("x-genius-referrals-signature-256").prefixed().or_base64().or_form("payload")),
    &CONTRACT,
);

static CONTRACT: Contract = Contract::builder()
    // Documented: 200. Whether other 2xx count is not documented.
    .counts_as_success(200..=200)
    .transient(503)
    .unproven(401)
    // Assumed: retried, like every status that is not a success.
    .undecided(401)
    // No member or header carries a time.
    .stale(401)
    .never(&[
        Forbidden::new(201..=299, "is not documented as a success, so the delivery may be sent 20 times more"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented as "waits 2 seconds when sending payload".
    .deadline(Duration::from_secs(2))
    // Documented: 20 tries in 48 hours, 4 in the first minute and 16 in four groups 1.5 to 4.5 hours apart. Assumed: the
    // groups are 1.5, 2.5, 3.5 and 4.5 hours apart. Another reading of the text ends after 60 hours, so ids are kept for
    // that time.
    .retries(
        Retries::at(&[
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
        ])
        .until(Duration::from_secs(216_060)),
    )
    // Documented, without a time limit.
    .redelivery(Redelivery::AnyTime)
    // Not documented.
    .disabling(Disabling::Unknown)
    .build();

/// Genius Referrals' events. Assumed: names and members are those of its REST API, which documents them.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::genius_referrals::{Event, GeniusReferrals};
///
/// let body = br#"{"event":"bonus_created","data":{"id":7,"bonus_amount":"10.50"}}"#;
/// let Event::Bonus(change) = GeniusReferrals.decode(&body[..].into()) else { panic!("another event") };
/// assert_eq!(change.record.bonus_amount.unwrap().units(2), Some(1050));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub enum Event {
    /// A member was registered or changed.
    Advocate(Change<Advocate>),
    /// A bonus was given or changed.
    Bonus(Change<Bonus>),
    /// A referral was made.
    Referral(Change<Referral>),
    /// A reward was requested or paid.
    RedemptionRequest(Change<RedemptionRequest>),
    /// Any other payload.
    Other(Other),
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Advocate(change) => Some(change.name.as_deref().unwrap_or("advocate")),
            Self::Bonus(change) => Some(change.name.as_deref().unwrap_or("bonus")),
            Self::Referral(change) => Some(change.name.as_deref().unwrap_or("referral")),
            Self::RedemptionRequest(change) => Some(change.name.as_deref().unwrap_or("redemption_request")),
            Self::Other(other) => other.name.as_deref(),
        }
    }

    /// Assumed: only a name that ends in `_created` reports a new record. A bonus may need an approval, and its status is
    /// not published, so none is stated as earned.
    fn summary(&self) -> Summary<'_> {
        let is_new = self.name().is_some_and(|name| name.ends_with("_created"));
        match self {
            Self::Advocate(change) => {
                let advocate = &change.record;
                let happening = if is_new { Happening::MemberJoined } else { Happening::MemberChanged };
                let person = Party::of_id(advocate.token.as_ref()).named(advocate.name.as_ref());
                let subject = advocate.token.as_ref().map(Id::as_str);
                Summary::of(happening).by(person.mailed(advocate.email.as_ref())).about(subject)
            }
            Self::Bonus(change) => {
                let bonus = &change.record;
                let happening = if is_new { Happening::RewardPending } else { Happening::RewardChanged };
                let amount = bonus.bonus_amount.as_ref().or(bonus.amount.as_ref());
                let sum = amount.map(|amount| Sum::new(amount, Unit::Major, bonus.currency_code.as_deref()));
                let summary = Summary::of(happening).by(Party::of_id(bonus.advocate_token.as_ref())).worth(sum);
                let friend = Party::of_id(bonus.referred_advocate_token.as_ref());
                summary.with_friend(friend).about(bonus.id.as_ref().map(Id::as_str)).at(bonus.created.as_ref())
            }
            Self::Referral(change) => {
                let referral = &change.record;
                let summary =
                    Summary::of(Happening::ReferralStarted).by(Party::of_id(referral.advocate_token.as_ref()));
                summary
                    .with_friend(Party::of_id(referral.referred_advocate_token.as_ref()))
                    .at(referral.created.as_ref())
            }
            Self::RedemptionRequest(change) => {
                let request = &change.record;
                let amount = request.amount.as_ref();
                let sum = amount.map(|amount| Sum::new(amount, Unit::Major, request.currency_code.as_deref()));
                let summary = Summary::of(Happening::PayoutPending).by(Party::of_id(request.advocate_token.as_ref()));
                summary.worth(sum).about(request.id.as_ref().map(Id::as_str)).at(request.created.as_ref())
            }
            Self::Other(_) => Summary::of(Happening::Other),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

envelope! {
    /// The places where a name may be, where the record may be under its own key, and the members that identify a record
    /// without a key.
    struct Wire {
        names: [
            event,
            event_type,
            camel_event_type ("eventType"),
            event_name,
            camel_event_name ("eventName"),
            topic,
            action,
        ],
        kind ("type"): &'t RawValue,
        name: &'t RawValue,
        account_slug: String,
        data: &'t RawValue,
        advocate: &'t RawValue,
        bonus: &'t RawValue,
        referral: &'t RawValue,
        redemption_request: &'t RawValue,
        id: &'t RawValue,
        token: &'t RawValue,
        advocate_token: &'t RawValue,
        email: &'t RawValue,
        request_status_slug: &'t RawValue,
        request_action_slug: &'t RawValue,
        bonus_amount: &'t RawValue,
        payment_amount: &'t RawValue,
        referral_origin_slug: &'t RawValue,
        payout_threshold: &'t RawValue,
        can_refer: &'t RawValue,
    }
}

/// The kinds of records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Advocate,
    Bonus,
    Referral,
    RedemptionRequest,
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let top = Wire::read(None, text)?;
    let data = object(top.data);
    let named = top.name()?;
    let nested = data.map(|data| Wire::read(named.as_deref(), data)).transpose()?;
    // A flat body has its members next to the name.
    let inner = nested.as_ref().unwrap_or(&top);
    let named = match top.agreed_name()? {
        Some(certain) => Some(certain),
        // A doubtful name or a shape counts only if no certain name contradicts it.
        None => {
            for object in [Some(text), data].into_iter().flatten() {
                no_other_spelling(object, Wire::MEMBERS)?;
            }
            match (named, inner.agreed_name()?) {
                (Some(named), Some(certain)) if named != certain => {
                    return Err((Some(certain.into_owned()), Why::Ambiguous));
                }
                (named, certain) => named.or(certain),
            }
        }
    };
    let name = || named.as_deref().map(str::to_owned);
    let (kind, record) = match &named {
        // The record of a named event may contain other records under their keys. An unknown event may look like a known
        // one and mean its opposite.
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
    // A named record under its own key may have any neighbours. Otherwise, members of another kind contradict the event.
    let is_clear = match (&named, record) {
        (Some(_), Some(_)) => true,
        (Some(_), None) => inner.shapes().next().is_none() || inner.shapes().any(|shape| shape == kind),
        (None, _) => inner.shapes().all(|shape| shape == kind),
    };
    if !is_clear {
        return Err((name(), Why::Ambiguous));
    }
    let record = record.or(data).unwrap_or(text);
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
    /// Returns the event's name: the text of the members that can only be a name, else that of `type` or of an envelope's
    /// `name`.
    fn name(&self) -> Result<Option<Cow<'t, str>>, Unreadable> {
        match self.agreed_name()? {
            Some(name) => Ok(Some(name)),
            None => only_name(&[self.kind, self.name.filter(|_| self.is_envelope())]),
        }
    }

    /// Returns whether the record is under a key, without any of its members at the top. In other payloads `name` may be
    /// that of a person.
    fn is_envelope(&self) -> bool {
        let members = [self.id, self.token, self.advocate_token, self.email];
        members.iter().all(Option::is_none) && (object(self.data).is_some() || self.keyed().next().is_some())
    }

    /// Returns the records under their own keys.
    fn keyed(&self) -> impl Iterator<Item = (Kind, &'t str)> {
        KINDS.into_iter().filter_map(|kind| Some((kind, self.under(kind)?)))
    }

    /// Returns the record under this kind's key.
    fn under(&self, kind: Kind) -> Option<&'t str> {
        object(match kind {
            Kind::RedemptionRequest => self.redemption_request,
            Kind::Bonus => self.bonus,
            Kind::Referral => self.referral,
            Kind::Advocate => self.advocate,
        })
    }

    /// Returns the kinds that have one of their own members in this record without a key.
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

/// The words that a name may have in addition to that of its kind. A name with any other word may mean the opposite.
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
    /// Returns the kind whose word is in the name. No names are published, so names are read word by word, in any letter
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

/// Returns the words of a name in lower case, the same ones for `bonus_created`, `bonus.created` and `bonusCreated`.
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
