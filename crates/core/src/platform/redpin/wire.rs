//! From Redpin's bodies to its events.

use std::borrow::Cow;
use std::{fmt, mem};

use serde::Deserialize;
use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::*;
use crate::platform::name::{no_other_spelling, only_name};
use crate::platform::{Unreadable, read};
use crate::value::{Id, Personal, Timestamp, Word};

/// A member's name on the wire, where it is another one.
macro_rules! name {
    ($member:ident) => {
        stringify!($member)
    };
    ($member:ident $name:literal) => {
        $name
    };
}

/// Declares the members of all events together, all optional, how they are read, and how two readings of them are put
/// together.
macro_rules! wire {
    ($(#[$meta:meta])* struct $wire:ident { $($member:ident $(($name:literal))?: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Default)]
        struct $wire<'t> {
            $($member: Option<$type>,)+
        }

        impl $wire<'_> {
            /// Takes from another reading what this one lacks.
            fn add(&mut self, other: Self) {
                $(if self.$member.is_none() {
                    self.$member = other.$member;
                })+
            }
        }

        /// Reads as a derived `Deserialize` would, and puts every member where it stays: together they are a kilobyte,
        /// which would be moved from reader to reader.
        impl<'t> Visitor<'t> for &mut $wire<'t> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<(), A::Error> {
                $(let mut $member = false;)+
                while let Some(Word(name)) = members.next_key()? {
                    match &*name {
                        $(name!($member $($name)?) => {
                            if mem::replace(&mut $member, true) {
                                return Err(A::Error::custom("a member that stands twice"));
                            }
                            self.$member = members.next_value()?;
                        })+
                        _ => drop(members.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(())
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
        event_type: Word<'t>,
        event_name: Word<'t>,
        kind ("type"): Word<'t>,
        event: &'t RawValue,
        camel_event_type ("eventType"): &'t RawValue,
        camel_event_name ("eventName"): &'t RawValue,
        action: &'t RawValue,
        topic: &'t RawValue,
        status: Word<'t>,
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

/// The members of [`Wire`] that may name the event.
const NAMES: [&str; 8] = ["event_type", "event_name", "type", "event", "eventType", "eventName", "action", "topic"];

pub(super) fn decode(text: &str) -> Result<Event, Unreadable> {
    let mut wire = Wire::default();
    wire.read(text).map_err(|error| (name_alone(text), Why::from(error)))?;
    let name = wire.name()?;
    if wire.event_type.is_none() && wire.event_name.is_none() {
        no_other_spelling(text, &NAMES)?;
        wire.no_other_name_in_data(name.as_deref())?;
    }
    let name = name.as_deref();
    let decoded = match name {
        Some(REFERRAL_CREATED) => wire.referral_created(),
        Some(CUSTOMER_STATUS) => wire.customer_status(),
        Some(PAYMENT_STATUS) => wire.payment_status(),
        Some(THIRD_PARTY_CUSTOMER_STATUS) => wire.third_party_customer_status(),
        Some(ENDPOINT_DISABLED) => wire.data().map(Event::EndpointDisabled),
        Some(MESSAGE_FAILING) => wire.message_attempt(AttemptOutcome::Failing),
        Some(MESSAGE_EXHAUSTED) => wire.message_attempt(AttemptOutcome::Exhausted),
        Some(MESSAGE_RECOVERED) => wire.message_attempt(AttemptOutcome::Recovered),
        // An unknown event may look like a known one and mean its opposite.
        Some(_) => Err(Why::UnknownName),
        None => wire.told_by_shape().unwrap_or(Err(Why::UnknownShape)),
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
    /// Reads one JSON text, which is an object's.
    fn read(&mut self, text: &'t str) -> Result<(), serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        reader.deserialize_map(self)?;
        reader.end()
    }

    /// Returns the event's name: under `event_type` or `event_name`, else under `type`, else under a member of
    /// another platform.
    fn name(&self) -> Result<Option<Cow<'t, str>>, Unreadable> {
        match (&self.event_type, &self.event_name) {
            (Some(Word(name)), Some(Word(other))) if name != other => {
                return Err((Some(name.to_string()), Why::Ambiguous));
            }
            (Some(Word(name)), _) | (None, Some(Word(name))) => return Ok(Some(name.clone())),
            (None, None) => {}
        }
        // Redpin documents none of the others, and Svix `type` alone.
        let elsewhere =
            only_name(&[self.event, self.camel_event_type, self.camel_event_name, self.action, self.topic])?;
        match (&self.kind, elsewhere) {
            (Some(Word(kind)), Some(name)) if *kind != name => Err((Some(kind.to_string()), Why::Ambiguous)),
            (Some(Word(kind)), _) => Ok(Some(kind.clone())),
            (None, name) => Ok(name),
        }
    }

    /// Returns an error if the object under `data` has another name under `event_type` or `event_name`.
    fn no_other_name_in_data(&self, name: Option<&str>) -> Result<(), Unreadable> {
        #[derive(Deserialize)]
        struct Names<'t> {
            #[serde(borrow)]
            event_type: Option<&'t RawValue>,
            #[serde(borrow)]
            event_name: Option<&'t RawValue>,
        }
        let Some(data) = self.data.map(RawValue::get).filter(|data| data.starts_with('{')) else { return Ok(()) };
        let names: Names<'_> = read(name, data)?;
        match only_name(&[names.event_type, names.event_name])? {
            Some(other) if name != Some(&*other) => Err((Some(other.into_owned()), Why::Ambiguous)),
            _ => Ok(()),
        }
    }

    /// The event whose members these are.
    fn told_by_shape(&mut self) -> Option<Result<Event, Why>> {
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

    /// Finds an event's members: they stand at the top, or under `data` in the newer envelope. What one place lacks is
    /// taken from the other; the one with the status comes first.
    fn find_members(&mut self) -> Result<(), Why> {
        let Some(data) = self.data.map(RawValue::get).filter(|data| data.starts_with('{')) else { return Ok(()) };
        let mut inner = Self::default();
        let read = inner.read(data);
        if self.status.is_none() {
            read?;
            inner.add(mem::take(self));
            *self = inner;
        } else if read.is_ok() {
            // What lies beside complete members may be of any shape.
            self.add(inner);
        }
        Ok(())
    }

    fn referral_created(&mut self) -> Result<Event, Why> {
        self.find_members()?;
        Ok(Event::ReferralCreated(ReferralCreated {
            status: open(self.status.take())?,
            referral_id: self.referral_id.take(),
            partner_id: self.partner_id.take(),
            customer_id: self.customer_id.take(),
            failure_message: self.failure_message.take(),
            referral_date: self.referral_date.take(),
            registration_date: self.registration_date.take(),
            first_trade_date: self.first_trade_date.take(),
            customer_type: self.customer_type.take(),
            additional_details: self.additional_details.take(),
            company: self.company.take(),
            contact: self.contact.take(),
        }))
    }

    fn customer_status(&mut self) -> Result<Event, Why> {
        self.find_members()?;
        Ok(Event::CustomerStatus(CustomerStatus {
            customer_id: self.customer_id.take().ok_or(Why::MissingMember("customer_id"))?,
            status: self.status.take().ok_or(Why::MissingMember("status"))?.0.into_owned(),
            unique_identifier: self.unique_identifier.take(),
            reason_for_inactive: self.reason_for_inactive.take(),
            documents_required: self.documents_required.take().unwrap_or_default(),
            contacts: self.contacts.take().unwrap_or_default(),
        }))
    }

    fn payment_status(&mut self) -> Result<Event, Why> {
        // In the envelope of the other events, `data` has the members and not the status's own data.
        if self.payment_id.is_none() {
            self.find_members()?;
        }
        let data = match self.data {
            Some(data) if data.get() != "null" => serde_json::from_str(data.get())?,
            _ => PaymentData::default(),
        };
        Ok(Event::PaymentStatus(PaymentStatus {
            event_id: self.event_id.take(),
            payment_id: self.payment_id.take().ok_or(Why::MissingMember("payment_id"))?,
            status: open(self.status.take())?,
            customer_id: self.customer_id.take(),
            event_timestamp: self.event_timestamp.take(),
            client_customer_ref: self.client_customer_ref.take(),
            client_reference_id: self.client_reference_id.take(),
            session_id: self.session_id.take(),
            data,
        }))
    }

    fn third_party_customer_status(&mut self) -> Result<Event, Why> {
        // The older shape has its members at the top, and under `data` a list of reasons or nothing.
        let listed = match self.data {
            Some(data) if data.get().starts_with('[') => Some(serde_json::from_str(data.get())?),
            _ => None,
        };
        self.find_members()?;
        Ok(Event::ThirdPartyCustomerStatus(ThirdPartyCustomerStatus {
            event_id: self.event_id.take(),
            version: self.version.take(),
            event_timestamp: self.event_timestamp.take(),
            customer_id: self.customer_id.take(),
            client_customer_ref: self.client_customer_ref.take(),
            status: open(self.status.take())?,
            reasons: listed.or(self.reasons.take()).unwrap_or_default(),
        }))
    }

    fn message_attempt(&self, outcome: AttemptOutcome) -> Result<Event, Why> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Event as _;

    #[test]
    fn a_member_that_stands_twice_makes_no_event() {
        for (members, is_read) in [
            (r#""status":"CREATED","contact":null"#, true),
            (r#""status":"CREATED","unknown":1,"unknown":2"#, true),
            (r#""status":"CREATED","status":"FAILED""#, false),
            (r#""status":null,"status":"CREATED""#, false),
            (r#""status":"CREATED","stat\u0075s":"CREATED""#, false),
            (r#""status":"CREATED","type":"A","type":"A""#, false),
        ] {
            let body = format!(r#"{{"event_name":"REFERRAL_CREATED",{members}}}"#);
            let event = Redpin::decode(&body.clone().into());
            let is_refused = matches!(event.why_other(), Some(Why::UnexpectedMember { .. }));
            assert_eq!((event.why_other().is_none(), is_refused), (is_read, !is_read), "{body}");
        }
    }
}
