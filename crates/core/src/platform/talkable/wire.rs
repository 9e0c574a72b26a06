//! The two wrappings of Talkable's payloads: a form and a JSON object.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::members::Hook;
use crate::platform::decode::{Unreadable, is_object, read, why_no_object};
use crate::platform::why::Why;
use crate::proof::form::only_field;
use crate::value::RawJson;

/// The members of both wrappings.
pub(super) struct Wire<'t> {
    pub(super) name: Option<String>,
    site: Option<String>,
    extras: Option<RawJson>,
    payload: Option<Cow<'t, str>>,
}

impl<'t> Wire<'t> {
    /// Reads a form if it has the field `payload` once, or else a JSON object. JSON is never a form, because its first
    /// character is not allowed in one.
    pub(super) fn read(body: &'t [u8]) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(body).map_err(|_| (None, Why::NotUtf8))?;
        match Self::of_form(body) {
            Some(form) => form,
            None if is_object(text) => Self::of_json(text),
            None => Err((None, why_no_object(text))),
        }
    }

    fn of_form(body: &[u8]) -> Option<Result<Self, Unreadable>> {
        let field = |name| only_field(body, name).map(|value| String::from_utf8(value.decode()));
        let payload = field("payload")?;
        let fields = (field("type").transpose(), field("site").transpose(), field("extras").transpose(), payload);
        let (Ok(name), Ok(site), Ok(extras), Ok(payload)) = fields else { return Some(Err((None, Why::NotUtf8))) };
        // The form of this field is not published, so it decides nothing.
        let extras = extras.and_then(|extras| serde_json::from_str(&extras).ok());
        Some(Ok(Self { name, site, extras, payload: Some(Cow::Owned(payload)) }))
    }

    fn of_json(text: &'t str) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Envelope<'t> {
            #[serde(rename = "type")]
            name: Option<String>,
            site: Option<String>,
            extras: Option<RawJson>,
            #[serde(borrow)]
            payload: Option<&'t RawValue>,
        }
        let Envelope { name, site, extras, payload } = read(None, text)?;
        Ok(Self { name, site, extras, payload: payload.map(|payload| Cow::Borrowed(payload.get())) })
    }

    /// Reads the payload.
    pub(super) fn hook<T: DeserializeOwned>(self) -> Result<Hook<T>, Why> {
        let payload = self.payload.filter(|payload| is_object(payload)).ok_or(Why::MissingMember("payload"))?;
        Ok(Hook { site: self.site, extras: self.extras, payload: serde_json::from_str(&payload)? })
    }
}
