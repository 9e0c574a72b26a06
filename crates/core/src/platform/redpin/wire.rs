//! From Redpin's bodies to its events.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::*;
use crate::platform::{Unreadable, read};
use crate::value::{Id, Personal, Timestamp, Word};

/// Declares the members of all events together, all optional, and how two readings of them are put together.
macro_rules! wire {
    ($(#[$meta:meta])* struct $wire:ident { $($(#[$member_meta:meta])* $member:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Default, Deserialize)]
        struct $wire<'t> {
            $($(#[$member_meta])* $member: Option<$type>,)+
        }

        impl $wire<'_> {
            /// This reading, and from another what this one lacks.
            fn or(self, other: Self) -> Self {
                Self { $($member: self.$member.or(other.$member),)+ }
            }
        }
    };
}

wire! {
    /// The members of all events together.
    ///
    /// Redpin has four envelopes and no common name, so the body is read once into this and then told apart: a
    /// tagged enum would buffer it, and a first pass for the name would read it twice.
    struct Wire {
        #[serde(borrow)]
        event_type: Word<'t>,
        #[serde(borrow)]
        event_name: Word<'t>,
        #[serde(borrow, rename = "type")]
        kind: Word<'t>,
        #[serde(borrow)]
        status: Word<'t>,
        #[serde(borrow)]
        data: &'t RawValue,
        event_id: Id,
        event_timestamp: Timestamp,
        version: String,
        referral_id: Id,
        partner_id: Id,
        customer_id: Id,
        failure_message: Personal,
        referral_date: Timestamp,
        registration_date: Timestamp,
        first_trade_date: Timestamp,
        customer_type: String,
        additional_details: AdditionalDetails,
        company: Company,
        contact: Contact,
        unique_identifier: Id,
        reason_for_inactive: Personal,
        documents_required: Vec<RequiredDocument>,
        contacts: Vec<CustomerContact>,
        payment_id: Id,
        client_customer_ref: Id,
        client_reference_id: Id,
        session_id: Id,
        reasons: Vec<Reason>,
    }
}

pub(super) fn decode(text: &str) -> Result<Event, Unreadable> {
    let wire: Wire<'_> = read(None, text).map_err(|(_, why)| (name_alone(text), why))?;
    let name = wire.event_type.as_ref().or(wire.event_name.as_ref()).or(wire.kind.as_ref()).cloned();
    let name = name.as_ref().map(|name| &*name.0);
    let decoded = match name {
        Some(REFERRAL_CREATED) => wire.referral_created(),
        Some(CUSTOMER_STATUS) => wire.customer_status(),
        Some(PAYMENT_STATUS) => wire.payment_status(),
        Some(THIRD_PARTY_CUSTOMER_STATUS) => wire.third_party_customer_status(),
        Some(ENDPOINT_DISABLED) => wire.data().map(Event::EndpointDisabled),
        Some(MESSAGE_FAILING) => wire.message_attempt(AttemptOutcome::Failing),
        Some(MESSAGE_EXHAUSTED) => wire.message_attempt(AttemptOutcome::Exhausted),
        Some(MESSAGE_RECOVERED) => wire.message_attempt(AttemptOutcome::Recovered),
        // An unknown event may look like a known one and mean its opposite; a `type` may be a record's.
        Some(_) if wire.event_type.is_some() || wire.event_name.is_some() => Err(Why::UnknownName),
        unknown => wire.told_by_shape().unwrap_or(Err(match unknown {
            Some(_) => Why::UnknownName,
            None => Why::UnknownShape,
        })),
    };
    decoded.map_err(|why| (name.map(str::to_owned), why))
}

/// The name of an event whose other members are not as described.
fn name_alone(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Names {
        event_type: Option<String>,
        event_name: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    let names: Names = serde_json::from_str(text).ok()?;
    names.event_type.or(names.event_name).or(names.kind)
}

impl<'t> Wire<'t> {
    /// The event whose members these are.
    fn told_by_shape(self) -> Option<Result<Event, Why>> {
        if self.payment_id.is_some() {
            Some(self.payment_status())
        } else if self.event_id.is_some() && self.client_customer_ref.is_some() {
            Some(self.third_party_customer_status())
        } else if self.customer_id.is_some() && self.unique_identifier.is_some() {
            Some(self.customer_status())
        } else {
            None
        }
    }

    /// The object under `data`, as another type.
    fn data<T: Deserialize<'t>>(&self) -> Result<T, Why> {
        let data = self.data.ok_or(Why::MissingMember("data"))?;
        Ok(serde_json::from_str(data.get())?)
    }

    /// Where an event's members stand: at the top, or under `data` in the newer envelope. What one place lacks is
    /// taken from the other; the one with the status comes first.
    fn members(self) -> Result<Self, Why> {
        let Some(data) = self.data.map(RawValue::get).filter(|data| data.starts_with('{')) else { return Ok(self) };
        if self.status.is_some() {
            // What lies beside complete members may be of any shape.
            return Ok(self.or(serde_json::from_str(data).unwrap_or_default()));
        }
        let inner: Self = serde_json::from_str(data)?;
        Ok(inner.or(self))
    }

    fn referral_created(self) -> Result<Event, Why> {
        let wire = self.members()?;
        Ok(Event::ReferralCreated(ReferralCreated {
            status: open(wire.status)?,
            referral_id: wire.referral_id,
            partner_id: wire.partner_id,
            customer_id: wire.customer_id,
            failure_message: wire.failure_message,
            referral_date: wire.referral_date,
            registration_date: wire.registration_date,
            first_trade_date: wire.first_trade_date,
            customer_type: wire.customer_type,
            additional_details: wire.additional_details,
            company: wire.company,
            contact: wire.contact,
        }))
    }

    fn customer_status(self) -> Result<Event, Why> {
        let wire = self.members()?;
        Ok(Event::CustomerStatus(CustomerStatus {
            customer_id: wire.customer_id.ok_or(Why::MissingMember("customer_id"))?,
            status: wire.status.ok_or(Why::MissingMember("status"))?.0.into_owned(),
            unique_identifier: wire.unique_identifier,
            reason_for_inactive: wire.reason_for_inactive,
            documents_required: wire.documents_required.unwrap_or_default(),
            contacts: wire.contacts.unwrap_or_default(),
        }))
    }

    fn payment_status(self) -> Result<Event, Why> {
        // In the envelope of the other events, `data` has the members and not the status's own data.
        let wire = if self.payment_id.is_some() { self } else { self.members()? };
        let data = match wire.data {
            Some(data) if data.get() != "null" => serde_json::from_str(data.get())?,
            _ => PaymentData::default(),
        };
        Ok(Event::PaymentStatus(PaymentStatus {
            event_id: wire.event_id,
            payment_id: wire.payment_id.ok_or(Why::MissingMember("payment_id"))?,
            status: open(wire.status)?,
            customer_id: wire.customer_id,
            event_timestamp: wire.event_timestamp,
            client_customer_ref: wire.client_customer_ref,
            client_reference_id: wire.client_reference_id,
            session_id: wire.session_id,
            data,
        }))
    }

    fn third_party_customer_status(self) -> Result<Event, Why> {
        // The older shape has its members at the top, and under `data` a list of reasons or nothing.
        let listed = match self.data {
            Some(data) if data.get().starts_with('[') => Some(serde_json::from_str(data.get())?),
            _ => None,
        };
        let wire = self.members()?;
        Ok(Event::ThirdPartyCustomerStatus(ThirdPartyCustomerStatus {
            event_id: wire.event_id,
            version: wire.version,
            event_timestamp: wire.event_timestamp,
            customer_id: wire.customer_id,
            client_customer_ref: wire.client_customer_ref,
            status: open(wire.status)?,
            reasons: listed.or(wire.reasons).unwrap_or_default(),
        }))
    }

    fn message_attempt(self, outcome: AttemptOutcome) -> Result<Event, Why> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Data {
            app_id: Id,
            app_uid: Option<Id>,
            msg_id: Id,
            msg_event_id: Option<Id>,
            endpoint_id: Id,
            last_attempt: Attempt,
        }
        let data: Data = self.data()?;
        Ok(Event::MessageAttempt(MessageAttempt {
            outcome,
            app_id: data.app_id,
            app_uid: data.app_uid,
            msg_id: data.msg_id,
            msg_event_id: data.msg_event_id,
            endpoint_id: data.endpoint_id,
            last_attempt: data.last_attempt,
        }))
    }
}

/// An open enum from the member `status`, without which no event says anything.
fn open<'t, T: From<Cow<'t, str>>>(status: Option<Word<'t>>) -> Result<T, Why> {
    status.map(|status| T::from(status.0)).ok_or(Why::MissingMember("status"))
}
