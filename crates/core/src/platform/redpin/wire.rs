//! The members of Redpin's payloads, which have four envelopes.

use std::borrow::Cow;
use std::mem;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::members::{AdditionalDetails, Company, Contact, CustomerContact, Reason, RequiredDocument};
use crate::platform::decode::{Unreadable, object, read};
use crate::platform::envelope::{Envelope, envelope};
use crate::platform::name::only_name;
use crate::platform::why::Why;
use crate::value::{Id, Personal, Timestamp, Word};

envelope! {
    /// The members of all events together.
    ///
    /// Redpin has four envelopes and no common name, so the body is read once into this, and then its event is
    /// identified. A tagged enum would buffer the body, and a first pass for the name would read it twice.
    pub(super) struct Wire {
        names: [
            event,
            camel_event_type ("eventType"),
            camel_event_name ("eventName"),
            action,
            topic,
        ],
        event_type: Word<'t>,
        event_name: Word<'t>,
        kind ("type"): Word<'t>,
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

/// Returns the name of an event whose other members are not as described.
pub(super) fn name_alone(text: &str) -> Option<String> {
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
    /// Returns the event's name: under `event_type` or `event_name`, else under `type`, else under a member that names
    /// events on other platforms.
    pub(super) fn name(&self) -> Result<Option<Cow<'t, str>>, Unreadable> {
        match (&self.event_type, &self.event_name) {
            (Some(Word(name)), Some(Word(other))) if name != other => {
                return Err((Some(name.to_string()), Why::Ambiguous));
            }
            (Some(Word(name)), _) | (None, Some(Word(name))) => return Ok(Some(name.clone())),
            (None, None) => {}
        }
        // Svix documents `type`. The other members are undocumented.
        match (&self.kind, self.agreed_name()?) {
            (Some(Word(kind)), Some(name)) if *kind != name => Err((Some(kind.to_string()), Why::Ambiguous)),
            (Some(Word(kind)), _) => Ok(Some(kind.clone())),
            (None, name) => Ok(name),
        }
    }

    /// Returns an error if the object under `data` has another name under `event_type` or `event_name`.
    pub(super) fn no_other_name_in_data(&self, name: Option<&str>) -> Result<(), Unreadable> {
        #[derive(Deserialize)]
        struct Names<'t> {
            #[serde(borrow)]
            event_type: Option<&'t RawValue>,
            #[serde(borrow)]
            event_name: Option<&'t RawValue>,
        }
        let Some(data) = object(self.data) else { return Ok(()) };
        let names: Names<'_> = read(name, data)?;
        match only_name(&[names.event_type, names.event_name])? {
            Some(other) if name != Some(&*other) => Err((Some(other.into_owned()), Why::Ambiguous)),
            _ => Ok(()),
        }
    }

    /// Collects an event's members from the top and, in the newer envelope, from the object under `data`.
    ///
    /// The place with the status takes precedence. Members that it lacks are taken from the other.
    pub(super) fn find_members(&mut self) -> Result<(), Why> {
        let Some(data) = object(self.data) else { return Ok(()) };
        let mut inner = Self::default();
        let read = inner.fill(data);
        if self.status.is_none() {
            read?;
            inner.add(mem::take(self));
            *self = inner;
        } else if read.is_ok() {
            // If the members are complete at the top, `data` may have any shape.
            self.add(inner);
        }
        Ok(())
    }
}
