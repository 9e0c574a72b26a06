//! Refersion: affiliate programs for shops.
//!
//! Documented: <https://www.refersion.dev/reference/webhook-validation> (the signature) and
//! <https://www.refersion.dev/reference/webhooks-for-merchants> (the topics and their members).
//!
//! - **The event's name is only in the unsigned header `Refersion-Topic`.** A sender of a repeat could change it, so the
//!   signed members identify the event, and the `status` of a conversion says whether it is approved. The topics New
//!   Affiliate, Affiliate Status Change and Affiliate Details Change have the same members. They are one event here.
//! - A test conversion has `is_test_conversion`. Do not pay for it.
//! - Retries, deadline and the reaction to failures are not published.

mod members;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

pub use self::members::*;
use super::decode::{Unreadable, decode_text, object, read};
use super::envelope::{Envelope, envelope};
use super::event::Other;
use super::facts::{Facts, Platform, Signed};
use super::name::no_other_spelling;
use super::why::Why;
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::Id;
use crate::{BodyHmac, Contract, DeliveryId, Forbidden, Retries, Scheme};

/// Refersion.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::refersion::Refersion;
///
/// let endpoint = Endpoint::<Refersion>::new("kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA")?;
/// assert_eq!(endpoint.contract().deadline, None);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Refersion;

impl Platform for Refersion {
    type Event = Event;

    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn decode(&self, payload: &Bytes) -> Event {
        decode_text(payload, decode, Event::Other)
    }

    /// Returns an id made of a record's members.
    ///
    /// - Of a conversion: `id`, `status` and `updated`, or `-` if `updated` is missing. New Conversion and Conversion
    ///   Approved have one id if the conversion was approved at once, so that it is paid once.
    /// - Of a trigger: `id`. Of a bonus: the ids of affiliate and reward, and the milestone.
    /// - Of every other event, and if one of these is missing: a digest. The state of an affiliate is no id, because other
    ///   details may change in the same state.
    fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
        let id = match event {
            Event::Conversion(conversion) => fields(&[
                Some("conversion"),
                text(conversion.id.as_ref()),
                conversion.status.as_ref().map(ConversionStatus::as_str),
                conversion.updated.as_ref().map_or(Some("-"), |updated| Some(updated.as_str())),
            ]),
            Event::ConversionTrigger(trigger) => fields(&[Some("trigger"), text(trigger.id.as_ref())]),
            Event::BonusTier(movement) => fields(&[
                Some("bonus"),
                text(movement.affiliate.id.as_ref()),
                text(movement.reward.id.as_ref()),
                movement.reward.milestone_reached.as_ref().map(|milestone| milestone.as_str()),
            ]),
            Event::Affiliate(_) | Event::Payment(_) | Event::Other(_) => None,
        };
        id.unwrap_or_else(|| DeliveryId::digest(signed.payload))
    }
}

fn text(id: Option<&Id>) -> Option<&str> {
    id.map(Id::as_str)
}

/// Makes an id of these members. `None` if one of them is missing or empty.
fn fields<const N: usize>(members: &[Option<&str>; N]) -> Option<DeliveryId> {
    let members: Option<Vec<&str>> = members.iter().map(|member| member.filter(|text| !text.is_empty())).collect();
    members.map(|members| DeliveryId::business_fields(&members))
}

// Documented by the vendor's PHP sample: base64. Receivers that expect hexadecimal or `x-refersion-signature` are wrong.
// `created` and `updated` are the record's times, which a repeat keeps.
pub(super) static FACTS: Facts =
    Facts::new("refersion", "Refersion", Scheme::BodyHmac(BodyHmac::new("refersion-signature").base64()), &CONTRACT)
        .with_hint(
            "Refersion writes base64 into `refersion-signature`, not hexadecimal and not into `x-refersion-signature`",
        );

// Deadline, retries, redelivery and disabling are not published: there may be no retry, and there may be many.
static CONTRACT: Contract = Contract::builder()
    // Not published. Every sender takes 200 for a success.
    .counts_as_success(200..=200)
    .transient(503)
    .unproven(401)
    // Not published which statuses lead to a retry, so the one that asks for it.
    .undecided(503)
    .stale(401)
    .never(&[
        Forbidden::new(201..=299, "is not documented as a success"),
        Forbidden::new(300..=399, "is not documented as followed"),
        Forbidden::new(410..=410, "asks some senders to disable the endpoint"),
    ])
    .retries(Retries::UNKNOWN)
    .build();

/// Refersion's events, which are identified by their signed members.
///
/// ```
/// use referral_webhooks::platform::Platform;
/// use referral_webhooks::platform::refersion::{ConversionStatus, Event, Refersion};
///
/// let body = r#"{"id":9,"status":"APPROVED","commission_total":"9.80","offer":{"id":1},"order_id":"order-981"}"#;
/// let Event::Conversion(conversion) = Refersion.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(conversion.status, Some(ConversionStatus::Approved));
/// assert_eq!(conversion.commission_total.unwrap().units(2), Some(980));
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub enum Event {
    /// A conversion is new, approved or denied: see its status. Documented: New Conversion, Conversion Approved, Conversion
    /// Denied. Assumed: it has `commission_total`, `offer` and `order_id`.
    Conversion(Conversion),
    /// An affiliate is new or changed. Documented: New Affiliate, Affiliate Status Change, Affiliate Details Change. Assumed:
    /// it has `code` and `offer`.
    Affiliate(Affiliate),
    /// A trigger of conversions was added. Documented: New Conversion Trigger. Assumed: it has `affiliate_id`, `trigger` and
    /// `type`.
    ConversionTrigger(ConversionTrigger),
    /// Affiliates were paid. Documented: New Payment. Assumed: it has `affiliates` under `data`.
    Payment(Payment),
    /// An affiliate reached a bonus tier. Documented: Bonus Tier Movement, an affiliate with `reward`.
    BonusTier(BonusTier),
    /// Any other payload.
    Other(Other),
}

impl super::event::Event for Event {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Conversion(conversion) => Some(match conversion.status {
                Some(ConversionStatus::Pending) => "conversion pending",
                Some(ConversionStatus::Approved) => "conversion approved",
                Some(ConversionStatus::Denied) => "conversion denied",
                Some(ConversionStatus::Other(_)) | None => "conversion",
            }),
            Self::Affiliate(_) => Some("affiliate"),
            Self::ConversionTrigger(_) => Some("conversion trigger"),
            Self::Payment(_) => Some("payment"),
            Self::BonusTier(_) => Some("bonus tier"),
            Self::Other(other) => other.name.as_deref(),
        }
    }

    fn summary(&self) -> Summary<'_> {
        match self {
            Self::Conversion(conversion) => conversion.summary(),
            // The members of a new affiliate and of a changed one are the same.
            Self::Affiliate(affiliate) => {
                Summary::of(Happening::MemberChanged).by(affiliate.party()).about(text(affiliate.id.as_ref()))
            }
            Self::ConversionTrigger(trigger) => {
                let summary = Summary::of(Happening::ProgramChanged).by(Party::of_id(trigger.affiliate_id.as_ref()));
                summary.about(text(trigger.id.as_ref()))
            }
            Self::Payment(payment) => payment.summary(),
            // Whether the merchant has to pay the bonus is not published.
            Self::BonusTier(movement) => {
                let sum = movement.reward.amount_given.as_ref().map(|amount| Sum::new(amount, Unit::Major, None));
                let summary = Summary::of(Happening::RewardPending).by(movement.affiliate.party()).worth(sum);
                summary.about(text(movement.reward.id.as_ref()))
            }
            Self::Other(_) => Summary::of(Happening::Other),
        }
    }

    fn other(&self) -> Option<&Other> {
        if let Self::Other(other) = self { Some(other) } else { None }
    }
}

impl Conversion {
    fn summary(&self) -> Summary<'_> {
        let happening = match self.status {
            Some(ConversionStatus::Pending) => Happening::RewardPending,
            Some(ConversionStatus::Approved) => Happening::RewardEarned,
            Some(ConversionStatus::Denied) => Happening::RewardRevoked,
            Some(ConversionStatus::Other(_)) | None => Happening::RewardChanged,
        };
        let sum = self.commission_total.as_ref().map(|sum| Sum::new(sum, Unit::Major, self.currency.as_deref()));
        let advocate = self.affiliate.as_ref().map(|affiliate| {
            let party = Party::of_id(affiliate.id.as_ref()).coded(affiliate.code.as_deref());
            party.named(affiliate.first_name.as_ref()).mailed(affiliate.email.as_ref())
        });
        let friend = self
            .customer
            .as_ref()
            .map(|customer| Party::default().named(customer.name.as_ref()).mailed(customer.email.as_ref()));
        let summary = Summary::of(happening).by(advocate.unwrap_or_default()).with_friend(friend.unwrap_or_default());
        let summary = summary.worth(sum).about(text(self.id.as_ref()));
        summary.at(self.updated.as_ref().or(self.created.as_ref())).test(self.is_test_conversion.unwrap_or_default())
    }
}

impl Affiliate {
    fn party(&self) -> Party<'_> {
        let party = Party::of_id(self.id.as_ref()).coded(self.code.as_deref());
        party.named(self.first_name.as_ref()).mailed(self.email.as_ref())
    }
}

impl Payment {
    /// Has a person and an amount only if there is one payment to one affiliate.
    fn summary(&self) -> Summary<'_> {
        let summary = Summary::of(Happening::PayoutSent);
        let payments = self.affiliates.values().flat_map(|affiliate| &affiliate.payments).chain(&self.payments);
        let (Some(affiliate), 1, [payment]) =
            (self.affiliates.values().next(), self.affiliates.len(), &payments.collect::<Vec<_>>()[..])
        else {
            return summary;
        };
        let advocate = Party::of_id(affiliate.id.as_ref()).named(affiliate.first_name.as_ref());
        let sum = payment.total.as_ref().map(|sum| Sum::new(sum, Unit::Major, payment.currency.as_deref()));
        let summary = summary.by(advocate.mailed(affiliate.email.as_ref())).worth(sum);
        summary.about(text(payment.id.as_ref())).at(payment.created.as_ref())
    }
}

envelope! {
    /// The members that identify an event, and those that name events on other platforms.
    struct Wire {
        names: [
            event,
            event_type,
            camel_event_type ("eventType"),
            event_name,
            camel_event_name ("eventName"),
            action,
            topic,
        ],
        kind ("type"): &'t RawValue,
        commission_total: &'t RawValue,
        order_id: &'t RawValue,
        offer: &'t RawValue,
        code: &'t RawValue,
        affiliate_id: &'t RawValue,
        trigger: &'t RawValue,
        reward: &'t RawValue,
        data: &'t RawValue,
    }
}

fn decode(text: &str) -> Result<Event, Unreadable> {
    let wire = Wire::read(None, text)?;
    // No name is in the body, and an unknown event may look like a known one and mean its opposite.
    if let Some(name) = wire.agreed_name()? {
        return Err((Some(name.into_owned()), Why::UnknownName));
    }
    no_other_spelling(text, Wire::MEMBERS)?;
    let is_trigger = wire.affiliate_id.is_some() && wire.trigger.is_some() && wire.kind.is_some();
    if wire.kind.is_some() && !is_trigger {
        return Err((None, Why::Ambiguous));
    }
    let is_conversion = wire.commission_total.is_some() && wire.offer.is_some() && wire.order_id.is_some();
    let is_affiliate = wire.code.is_some() && wire.offer.is_some();
    match (is_conversion, is_affiliate, is_trigger, object(wire.data)) {
        (true, false, false, None) if wire.reward.is_none() => Ok(Event::Conversion(read(None, text)?)),
        (false, true, false, None) if wire.commission_total.is_none() => affiliate(text, wire.reward),
        (false, false, true, None) => Ok(Event::ConversionTrigger(read(None, text)?)),
        (false, false, false, Some(data)) => payment(data),
        (false, false, false, None) => Err((None, Why::UnknownShape)),
        _ => Err((None, Why::Ambiguous)),
    }
}

fn affiliate(text: &str, reward: Option<&RawValue>) -> Result<Event, Unreadable> {
    let affiliate = read(None, text)?;
    let Some(reward) = reward else { return Ok(Event::Affiliate(affiliate)) };
    let reward = object(Some(reward)).ok_or((None, Why::MissingMember("reward")))?;
    Ok(Event::BonusTier(BonusTier { affiliate, reward: read(None, reward)? }))
}

fn payment(data: &str) -> Result<Event, Unreadable> {
    let payment: Payment = read(None, data)?;
    if payment.affiliates.is_empty() { Err((None, Why::UnknownShape)) } else { Ok(Event::Payment(payment)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;
    use crate::platform::event::Event as _;

    const CONVERSION: &str = r#"{"id":90210,"status":"APPROVED","commission_total":"9.80","offer":{},"order_id":"o"}"#;

    #[test]
    fn members_of_two_events_make_no_event() {
        for (member, is_read) in [
            (r#""unknown":1"#, true),
            (r#""affiliate_id":7"#, true),
            (r#""code":null"#, true),
            (r#""code":"ada""#, false),
            (r#""reward":{"id":1}"#, false),
            (r#""type":"EMAIL""#, false),
            (r#""affiliate_id":7,"trigger":"x","type":"EMAIL""#, false),
            (r#""data":{"affiliates":{"7":{}}}"#, false),
            (r#""topic":"CONVERSION_DENIED""#, false),
            (r#""Event":"x""#, false),
            (r#""commission_total":"1.00""#, false),
        ] {
            let body = format!("{{{member},{}", &CONVERSION[1..]);
            let event = Refersion.decode(&body.clone().into());
            assert_eq!(matches!(event, Event::Conversion(_)), is_read, "{body}");
            assert_eq!(matches!(event, Event::Other(_)), !is_read, "{body}");
        }
    }

    #[test]
    fn amounts_are_numbers_or_texts() {
        for (json, want) in [("\"9.80\"", Some(980)), ("9.80", Some(980)), ("9.8", Some(980)), ("\"free\"", None)] {
            let body = CONVERSION.replace("\"9.80\"", json);
            let Event::Conversion(conversion) = Refersion.decode(&body.into()) else { panic!("another event: {json}") };
            assert_eq!(conversion.commission_total.unwrap().units(2), want, "{json}");
        }
    }

    #[test]
    fn an_id_is_made_of_members_that_a_repeat_keeps() {
        let id = |body: &str| {
            let signed = Signed { message_id: None, payload: body.as_bytes() };
            Refersion.delivery_id(&Refersion.decode(&body.to_owned().into()), signed).as_str().to_owned()
        };
        for (from, to, want) in [
            ("", "", "conversion|90210|APPROVED|-"),
            ("APPROVED", "DENIED", "conversion|90210|DENIED|-"),
            ("{\"id\"", "{\"updated\":\"2026-01-15T10:30:00\",\"id\"", "conversion|90210|APPROVED|2026-01-15T10:30:00"),
            ("\"9.80\"", "9.80", "conversion|90210|APPROVED|-"),
        ] {
            assert_eq!(id(&CONVERSION.replacen(from, to, usize::from(!from.is_empty()))), want, "{to}");
        }
        for body in [
            CONVERSION.replace("90210", "null"),
            CONVERSION.replace("\"APPROVED\"", "null"),
            CONVERSION.replace("90210", "\"\""),
            r#"{"id":7,"code":"ada","offer":{"id":1},"status":"ACTIVE"}"#.to_owned(),
            r#"{"data":{"affiliates":{"7":{"id":7}}}}"#.to_owned(),
        ] {
            assert_eq!(id(&body), DeliveryId::digest(body.as_bytes()).as_str(), "{body}");
        }
        let bonus = r#"{"id":7,"code":"ada","offer":{},"reward":{"id":3,"milestone_reached":10}}"#;
        assert_eq!(id(bonus), "bonus|7|3|10");
        assert_eq!(id(r#"{"id":5,"affiliate_id":7,"trigger":"X","type":"COUPON"}"#), "trigger|5");
    }

    #[test]
    fn only_an_approved_conversion_is_earned() {
        for (status, want) in [
            ("PENDING", Happening::RewardPending),
            ("APPROVED", Happening::RewardEarned),
            ("DENIED", Happening::RewardRevoked),
            ("approved", Happening::RewardChanged),
        ] {
            let body = CONVERSION.replace("APPROVED", status).replacen(
                r#"{"id""#,
                r#"{"is_test_conversion":true,"currency":"USD","id""#,
                1,
            );
            let event = Refersion.decode(&body.clone().into());
            let summary = event.summary();
            assert_eq!((summary.happening, summary.is_test), (want, true), "{body}");
            assert_eq!(summary.sum.unwrap().minor_units(2), Some(980), "{body}");
        }
    }
}
