//! The core's advice about a kind of refusal.

use referral_webhooks::{Error, ErrorKind};

/// The name in place of a header's, which the reason has.
const HEADER: &str = "the-header";

/// Returns the probable causes of a refusal; `None` if this version does not know the kind.
pub(super) fn advice(kind: &str, reason: &str) -> Option<String> {
    let header = || reason.split('`').nth(1).unwrap_or("of the proof");
    let kind = ErrorKind::all(HEADER).into_iter().find(|one| one.as_str() == kind)?;
    let advice = Error::from(kind).advice().to_string();
    Some(advice.replace(HEADER, header()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use referral_webhooks_fixtures::Expected;

    use super::*;

    #[test]
    fn every_kind_of_a_refused_fixture_has_advice() {
        let mut kinds = BTreeSet::new();
        for fixture in referral_webhooks_fixtures::all() {
            if let Expected::Error { kind, .. } = fixture.expected {
                kinds.insert(kind);
            }
        }
        assert!(kinds.len() >= 8, "{kinds:?}");
        for kind in kinds {
            assert!(advice(kind, "").is_some_and(|advice| advice.len() > 30), "{kind}");
        }
        assert_eq!(advice("a-kind-of-the-future", ""), None);
    }

    #[test]
    fn the_header_of_the_reason_is_in_the_advice() {
        let advice = advice("missing-header", "missing header `svix-id`").expect("the kind is known");
        assert!(advice.starts_with("the request did not carry `svix-id`"), "{advice}");
    }
}
