//! Small parts of pages: states, numbers, hidden fields.

use maud::{Markup, html};
use referral_webhooks_inbox::store::State;

use crate::web::Form;

/// Returns the word that pages use for a state.
pub(crate) const fn word(state: State) -> &'static str {
    match state {
        State::Discarded => "dead letter",
        other => other.as_str(),
    }
}

/// Returns the sign of a state, so that colour is not the only difference.
pub(crate) const fn mark(state: State) -> &'static str {
    match state {
        State::Available => "○",
        State::Waiting => "…",
        State::Running => "▶",
        State::Retryable => "↻",
        State::Completed => "✓",
        State::Parked => "◌",
        State::Discarded => "✕",
        State::Cancelled => "–",
        _ => "?",
    }
}

/// Returns a state with its sign.
pub(crate) fn state(state: State) -> Markup {
    html! { span class={ "state " (state.as_str()) } { span.mark aria-hidden="true" { (mark(state)) } (word(state)) } }
}

/// Returns a number with separators: `12,480`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns fields as hidden fields of a form.
pub(crate) fn field_hidden(fields: &Form) -> Markup {
    html! { @for (name, value) in fields.fields() { input type="hidden" name=(name) value=(value); } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators() {
        let rows = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_480, "12,480"),
            (100_000, "100,000"),
            (1_234_567, "1,234,567"),
        ];
        for (number, want) in rows {
            assert_eq!(count(number), want);
        }
    }
}
