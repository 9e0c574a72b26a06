//! The person whose deliveries are erased.

use maud::{Markup, html};
use referral_webhooks_inbox::StoredRequest;

use crate::problem::Problem;
use crate::web::Form;

/// The fewest characters of the text that finds a person.
const FEWEST: usize = 4;

/// Reads the text that finds the person; `None` if the form asks for it first.
pub(super) fn read(form: &Form) -> Result<Option<String>, Problem> {
    let Some(text) = form.get("person") else { return Ok(None) };
    match text.chars().count() {
        FEWEST..=200 => Ok(Some(text.to_owned())),
        _ => Err(Problem::bad_input(format!(
            "The text must have {FEWEST} to 200 characters, because a shorter one is in many deliveries."
        ))),
    }
}

/// Returns the field of the text.
pub(super) fn field() -> Markup {
    html! {
        p.field {
            label for="person" { "E-mail address, telephone number or other text that only this person's deliveries have" }
            input id="person" type="text" name="person" required minlength=(FEWEST) maxlength="200" autocomplete="off"
                spellcheck="false" autocapitalize="off";
            span.sub { "Upper and lower case are equal. Escapes of JSON and forms are seen through. Encrypted bodies are decrypted." }
        }
    }
}

/// Returns whether a stored request is a refused one that mentions the person.
pub(super) fn is_refused_of(stored: &StoredRequest, text: &str) -> bool {
    stored.entry.is_none() && stored.mentions(text)
}
