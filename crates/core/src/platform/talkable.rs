//! Talkable: referral campaigns of shops.
//!
//! Documented: <https://docs.talkable.com/web_hooks> and its pages on each webhook.
//!
//! - **A static key in the body proves the sender.** It proves no content, and is the same for all webhooks of a site. Ask
//!   Talkable's API for confirmation before you pay. The key is `***` in everything that leaves this library.
//! - The guide shows a form with the fields `key`, `site`, `type` and `payload`, which holds JSON. The vendor's API
//!   description shows one JSON object with these members. Both are accepted.
//! - **A success of two webhooks means "done".** After `referral_web_hook`, the rewards of the referral can be paid. After
//!   `create_coupon_web_hook`, the coupon can be given away. Answer them after the work.
//! - **`check_unsubscribe_web_hook` is a question.** The answer's body is `{"result":{"unsubscribed":true}}` or `false`.
//! - The number of retries and their times are not published.

mod members;
mod summary;
mod wire;

use bytes::Bytes;
use serde::Serialize;

pub use self::members::*;
use self::wire::Wire;
use super::decode::Unreadable;
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::why::Why;
use crate::summary::{Happening, Summary};
use crate::value::Id;
use crate::{Acknowledges, BodyToken, Contract, DeliveryId, Forbidden, Retries, Scheme};

/// Talkable.
///
/// ```
/// use referral_webhooks::platform::talkable::Talkable;
/// use referral_webhooks::{Endpoint, Message};
/// # let now = time::OffsetDateTime::UNIX_EPOCH;
///
/// let endpoint = Endpoint::<Talkable>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// let request = endpoint.sign(&Message::new(r#"{"type":"reward_web_hook","payload":{}}"#, now))?;
/// assert_eq!(endpoint.receive(&request, now)?.body(), r#"{"key":"***","type":"reward_web_hook","payload":{}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Talkable;

impl Platform for Talkable {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        Wire::read(payload).and_then(decode).unwrap_or_else(|(name, why)| {
            // The payload is masked: it holds no key.
            Event::Other(Other::new(name, payload, why))
        })
    }

    /// Returns an id made of the event's name and ids in the payload. Assumed: a repeat keeps them.
    ///
    /// - Of a reward: its id and its status.
    /// - Of a referral: the id of the friend's purchase, or the ids of the rewards if that is missing.
    /// - Of an event: its id. Of a coupon: the list's id and the code.
    /// - Of every other payload, and if an id is missing: a digest. Two equal shares have one id.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        event
            .identity()
            .map_or_else(|| DeliveryId::digest(signed.payload), |members| DeliveryId::business_fields(&members))
    }
}

// No time of the sending is in the body.
pub(super) static FACTS: Facts =
    Facts::new("talkable", "Talkable", Scheme::BodyToken(BodyToken::new("key").or_fields()), &CONTRACT);

// Deadline and disabling are not published. Only a sample can be sent by hand.
static CONTRACT: Contract = Contract::builder()
    // Documented: every 2xx.
    .counts_as_success(200..=299)
    // Documented: retried after every other status. Only 400 is described as a fault of the request.
    .transient(503)
    .unproven(401)
    .undecided(401)
    .stale(401)
    .never(&[
        Forbidden::new(202..=299, "reads as a success, and other platforms do not take it for one"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    // Documented: repeated at an interval that is not published, without a stated end.
    .retries(Retries::UNKNOWN)
    .acknowledges(&[
        // Documented: only after a success can the rewards be paid.
        (REFERRAL, Acknowledges::Fulfilment),
        // Documented: only after a success is the coupon given away.
        (CREATE_COUPON, Acknowledges::Fulfilment),
        // Documented: the answer's body holds the decision.
        (CHECK_UNSUBSCRIBE, Acknowledges::Answer),
    ])
    .build();

/// Talkable's events. Documented: the nine names and their members.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::talkable::{Event, Talkable};
///
/// let form = "key=***&site=shop&type=reward_web_hook&payload=%7B%22reward%22%3A%7B%22id%22%3A77%2C%22amount%22%3A10.0%7D%7D";
/// let Event::Reward(hook) = Talkable.decode(&form.into()) else { panic!("another event") };
/// assert_eq!(hook.payload.reward.amount.unwrap().units(2), Some(1000));
/// ```
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::large_enum_variant, reason = "a program holds few events, and a box would complicate every pattern")]
#[non_exhaustive]
pub enum Event {
    /// A person signed up as an advocate: `offer_signup_web_hook`.
    OfferSignup(Hook<Signup>),
    /// A friend gave an e-mail address: `claim_signup_web_hook`.
    ClaimSignup(Hook<Signup>),
    /// An advocate shared an offer: `post_share_web_hook`.
    PostShare(Hook<Share>),
    /// A purchase or another event was registered: `event_web_hook`.
    Registered(Hook<Registered>),
    /// A referral was approved: `referral_web_hook`. A success means that its rewards can be paid.
    Referral(Hook<Referral>),
    /// A reward is due or given: `reward_web_hook`.
    Reward(Hook<RewardGiven>),
    /// A coupon must be created: `create_coupon_web_hook`. A success means that it exists.
    CreateCoupon(Hook<CreateCoupon>),
    /// A person unsubscribed from e-mails: `unsubscribe_web_hook`.
    Unsubscribe(Hook<Unsubscribe>),
    /// Talkable asks whether a person unsubscribed: `check_unsubscribe_web_hook`.
    CheckUnsubscribe(Hook<CheckUnsubscribe>),
    /// Any other payload.
    Other(Other),
}

const OFFER_SIGNUP: &str = "offer_signup_web_hook";
const CLAIM_SIGNUP: &str = "claim_signup_web_hook";
const POST_SHARE: &str = "post_share_web_hook";
const EVENT: &str = "event_web_hook";
const REFERRAL: &str = "referral_web_hook";
const REWARD: &str = "reward_web_hook";
const CREATE_COUPON: &str = "create_coupon_web_hook";
const UNSUBSCRIBE: &str = "unsubscribe_web_hook";
const CHECK_UNSUBSCRIBE: &str = "check_unsubscribe_web_hook";

impl Event {
    /// Returns the members that a repeat keeps. `None` if one of them is missing.
    fn identity(&self) -> Option<Vec<&str>> {
        match self {
            Self::Reward(hook) => {
                let reward = &hook.payload.reward;
                Some(vec![REWARD, text(reward.id.as_ref())?, reward.status.as_deref()?])
            }
            Self::Referral(hook) => {
                let referral = &hook.payload;
                let origin = referral.referred_origin.as_ref().and_then(|origin| text(origin.id.as_ref()));
                let rewards = referral.advocate_rewards.iter().chain(&referral.friend_rewards);
                let rewards: Option<Vec<&str>> = rewards.map(|reward| text(reward.id.as_ref())).collect();
                match origin {
                    Some(origin) => Some(vec![REFERRAL, origin]),
                    None => Some([vec![REFERRAL, "rewards"], rewards.filter(|rewards| !rewards.is_empty())?].concat()),
                }
            }
            Self::Registered(hook) => Some(vec![EVENT, text(hook.payload.origin.id.as_ref())?]),
            Self::CreateCoupon(hook) => {
                let coupon = &hook.payload;
                Some(vec![CREATE_COUPON, text(coupon.coupon_list_id.as_ref())?, &coupon.coupon_code])
            }
            Self::OfferSignup(_)
            | Self::ClaimSignup(_)
            | Self::PostShare(_)
            | Self::Unsubscribe(_)
            | Self::CheckUnsubscribe(_)
            | Self::Other(_) => None,
        }
    }
}

/// Returns an id that is not empty.
fn text(id: Option<&Id>) -> Option<&str> {
    id.map(Id::as_str).filter(|id| !id.is_empty())
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::OfferSignup(_) => Some(OFFER_SIGNUP),
            Self::ClaimSignup(_) => Some(CLAIM_SIGNUP),
            Self::PostShare(_) => Some(POST_SHARE),
            Self::Registered(_) => Some(EVENT),
            Self::Referral(_) => Some(REFERRAL),
            Self::Reward(_) => Some(REWARD),
            Self::CreateCoupon(_) => Some(CREATE_COUPON),
            Self::Unsubscribe(_) => Some(UNSUBSCRIBE),
            Self::CheckUnsubscribe(_) => Some(CHECK_UNSUBSCRIBE),
            Self::Other(other) => other.name.as_deref(),
        }
    }

    fn summary(&self) -> Summary<'_> {
        match self {
            Self::OfferSignup(hook) => {
                let signup = &hook.payload;
                Summary::of(Happening::MemberJoined)
                    .by(signup.party().coded(signup.offer.as_ref().and_then(Offer::code)))
            }
            Self::ClaimSignup(hook) => {
                let advocate = hook.payload.offer.as_ref().map(Offer::party).unwrap_or_default();
                Summary::of(Happening::ReferralStarted).by(advocate).with_friend(hook.payload.party())
            }
            Self::PostShare(hook) => {
                let sharer = hook.payload.sharer_info.as_ref().map(Person::party).unwrap_or_default();
                Summary::of(Happening::Activity).by(sharer)
            }
            // Every purchase is registered, also of a customer whom no advocate referred.
            Self::Registered(hook) => {
                let person = hook.payload.person.as_ref().map(Person::party).unwrap_or_default();
                let origin = &hook.payload.origin;
                let summary = Summary::of(Happening::Activity).by(person).worth(origin.sum());
                summary.about(text(origin.id.as_ref())).at(origin.order_date.as_ref())
            }
            Self::Referral(hook) => hook.payload.summary(),
            Self::Reward(hook) => hook.payload.summary(),
            Self::CreateCoupon(hook) => Summary::of(Happening::ProgramChanged).about(Some(&hook.payload.coupon_code)),
            Self::Unsubscribe(hook) => Summary::of(Happening::MemberChanged).by(hook.payload.person.party()),
            Self::CheckUnsubscribe(_) | Self::Other(_) => Summary::of(Happening::Other),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

fn decode(wire: Wire<'_>) -> Result<Event, Unreadable> {
    let name = wire.name.clone().ok_or((None, Why::UnknownShape))?;
    let decoded = match &*name {
        OFFER_SIGNUP => wire.hook().map(Event::OfferSignup),
        CLAIM_SIGNUP => wire.hook().map(Event::ClaimSignup),
        POST_SHARE => wire.hook().map(Event::PostShare),
        EVENT => wire.hook().map(Event::Registered),
        REFERRAL => wire.hook().map(Event::Referral),
        REWARD => wire.hook().map(Event::Reward),
        CREATE_COUPON => wire.hook().map(Event::CreateCoupon),
        UNSUBSCRIBE => wire.hook().map(Event::Unsubscribe),
        CHECK_UNSUBSCRIBE => wire.hook().map(Event::CheckUnsubscribe),
        _ => Err(Why::UnknownName),
    };
    decoded.map_err(|why| (Some(name), why))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;
    use crate::platform::event::Event as _;

    fn id(body: &str) -> DeliveryId {
        let signed = Signed { message_id: None, payload: body.as_bytes() };
        Talkable.delivery_id(&Talkable.decode(&body.to_owned().into()), signed)
    }

    #[test]
    fn a_form_and_a_json_object_are_the_same_event() {
        let json = r#"{"key":"***","site":"a b","type":"reward_web_hook","extras":{"a":1},"payload":{"reward":{"id":77,"status":"paid","amount":10.0}}}"#;
        let form = "key=***&site=a+b&type=reward_web_hook&extras=%7B%22a%22%3A1%7D&payload=%7B%22reward%22%3A%7B%22id%22%3A77%2C%22status%22%3A%22paid%22%2C%22amount%22%3A10.0%7D%7D";
        let read = |body: &str| serde_json::to_string(&Talkable.decode(&body.to_owned().into())).unwrap();
        assert_eq!(read(json), read(form));
        assert_eq!((id(json), id(json).as_str()), (id(form), "reward_web_hook|77|paid"));
    }

    #[test]
    fn a_payload_that_cannot_be_read_is_kept_with_its_reason() {
        for (body, name, why) in [
            ("key=***&type=reward_web_hook&payload=x", Some("reward_web_hook"), Why::MissingMember("payload")),
            ("key=***&payload=%7B%7D", None, Why::UnknownShape),
            ("key=***&type=a&type=a&payload=%7B%7D", None, Why::UnknownShape),
            ("key=***&type=%FF&payload=%7B%7D", None, Why::NotUtf8),
            ("key=***&type=loyalty_web_hook&payload=%7B%7D", Some("loyalty_web_hook"), Why::UnknownName),
            ("key=***&type=reward_web_hook", None, Why::NotJson { line: 1, column: 1 }),
            (r#"{"type":"reward_web_hook"}"#, Some("reward_web_hook"), Why::MissingMember("payload")),
            (r#"{"type":"reward_web_hook","payload":"{}"}"#, Some("reward_web_hook"), Why::MissingMember("payload")),
            (r#"["reward_web_hook"]"#, None, Why::UnknownShape),
        ] {
            let event = Talkable.decode(&body.into());
            assert_eq!((event.name(), event.why_other()), (name, Some(&why)), "{body}");
        }
    }

    #[test]
    fn an_id_is_made_of_ids_in_the_payload() {
        for (name, payload, want) in [
            (REWARD, r#"{"reward":{"id":77,"status":"Paid"}}"#, Some("reward_web_hook|77|Paid")),
            (REWARD, r#"{"reward":{"id":77}}"#, None),
            (REWARD, r#"{"reward":{"status":"Paid"}}"#, None),
            (REFERRAL, r#"{"referred_origin":{"id":5},"advocate_rewards":[{"id":1}]}"#, Some("referral_web_hook|5")),
            (REFERRAL, r#"{"referred_origin":{"id":5},"advocate_rewards":[{}]}"#, Some("referral_web_hook|5")),
            (
                REFERRAL,
                r#"{"advocate_rewards":[{"id":1}],"friend_rewards":[{"id":2}]}"#,
                Some("referral_web_hook|rewards|1|2"),
            ),
            (REFERRAL, r#"{"advocate_rewards":[{"id":1},{}]}"#, None),
            (REFERRAL, r#"{"referred_origin":{"id":""}}"#, None),
            (EVENT, r#"{"origin":{"id":5}}"#, Some("event_web_hook|5")),
            (CREATE_COUPON, r#"{"coupon_code":"W","coupon_list_id":1}"#, Some("create_coupon_web_hook|1|W")),
            (OFFER_SIGNUP, r#"{"email":"ada@example.com"}"#, None),
        ] {
            let body = format!(r#"{{"type":"{name}","payload":{payload}}}"#);
            let want = want.map_or_else(|| DeliveryId::digest(body.as_bytes()).as_str().to_owned(), str::to_owned);
            assert_eq!(id(&body).as_str(), want, "{body}");
        }
    }

    #[test]
    fn a_paid_reward_is_earned_by_the_person_of_its_reason() {
        for (status, reason, want, is_friend) in [
            ("Paid", "referrer", Happening::RewardEarned, false),
            ("paid", "referred", Happening::RewardEarned, true),
            ("paid", "click", Happening::RewardEarned, true),
            ("Voided", "referrer", Happening::RewardChanged, false),
        ] {
            let body = format!(
                r#"{{"type":"reward_web_hook","payload":{{"person":{{"customer_id":"u7"}},"reward":{{"status":"{status}","reason":"{reason}","amount":10.0}}}}}}"#
            );
            let event = Talkable.decode(&body.clone().into());
            let summary = event.summary();
            assert_eq!(summary.happening, want, "{body}");
            let person = if is_friend { summary.friend } else { summary.advocate };
            assert_eq!(person.unwrap().own_id.as_deref(), Some("u7"), "{body}");
            assert_eq!(summary.sum.unwrap().minor_units(2), Some(1000), "{body}");
        }
    }

    #[test]
    fn a_success_is_a_receipt_only_where_nothing_waits_for_it() {
        for (name, want) in [
            (REFERRAL, Acknowledges::Fulfilment),
            (CREATE_COUPON, Acknowledges::Fulfilment),
            (CHECK_UNSUBSCRIBE, Acknowledges::Answer),
            (REWARD, Acknowledges::Receipt),
            (UNSUBSCRIBE, Acknowledges::Receipt),
        ] {
            assert_eq!(CONTRACT.acknowledges(Some(name)), want, "{name}");
        }
    }
}
