//! The effects of a profile, in plain text.

use super::clock::{Meaning, Unit};
use super::duration::written;
use super::identity::{IdRule, NameRule};
use super::pointer::Pointer;
use super::proof::{Algorithm, Encoding, KeyReading, Proof, TimeUnit};
use super::reactions::{Disabled, Meaning as Success, Reactions, Redelivered};
use super::schedule::{End, Schedule};
use super::spec::Spec;

/// Returns the effects of a profile, as pairs of a topic and a sentence.
pub(super) fn explain(spec: &Spec) -> Vec<(&'static str, String)> {
    let mut lines = vec![("proof", proof(&spec.proof)), ("name", name(&spec.identity.name)), ("id", id(spec))];
    for (event, rule) in &spec.identity.ids {
        lines.push(("id", format!("of `{event}`: {}", rule_text(rule))));
    }
    if let Some(items) = &spec.items {
        let at = if items.at.as_str().is_empty() { "the whole body" } else { items.at.as_str() };
        lines.push((
            "items",
            format!("each element of the list at {at} is an event; its id is {}", rule_text(&items.id)),
        ));
    }
    if let Some(scope) = &spec.scope {
        lines.push(("tenant", format!("{}, a part of every id", scope.as_str())));
    }
    if let Some(time) = &spec.time {
        let unit = match time.unit {
            Unit::Rfc3339 => "RFC 3339",
            Unit::S => "seconds since 1970",
            Unit::Ms => "milliseconds since 1970",
        };
        let of = match time.of {
            Meaning::Event => "the event happened then, possibly long ago; no age check uses it",
            Meaning::Sending => "the delivery was sent then",
        };
        lines.push(("time", format!("{} ({unit}): {of}", time.at.as_str())));
    }
    lines.push(("age", age(spec)));
    if let Some(test) = &spec.test {
        lines.push(("test", format!("a delivery is a test if {} is `{}`", test.at.as_str(), test.is)));
    }
    let personal = match &spec.privacy.personal {
        None => "the whole body".to_owned(),
        Some(members) if members.is_empty() => "no members".to_owned(),
        Some(members) => list(members),
    };
    lines.push(("personal", personal));
    if !spec.privacy.secret.is_empty() {
        lines.push(("secret", list(&spec.privacy.secret)));
    }
    for (event, view) in &spec.views {
        lines.push(("summary", format!("`{event}` is {}", view.happening())));
    }
    lines.extend(reactions(&spec.reactions));
    lines
}

fn proof(proof: &Proof) -> String {
    match proof {
        Proof::BodyHmac { header, prefix, encoding, key, form } => {
            let encoding = match encoding {
                Encoding::Hex => "hexadecimal",
                Encoding::Base64 => "base64",
                Encoding::Either => "hexadecimal or base64",
            };
            let prefix = prefix.as_ref().map(|prefix| format!(", after `{prefix}`")).unwrap_or_default();
            let key = match key {
                KeyReading::Text => "the secret's text",
                KeyReading::Hex => "the secret decoded from hexadecimal",
                KeyReading::TextOrHex => "the secret's text, or the secret decoded from hexadecimal",
            };
            let form = form.as_ref().map(|field| format!("; or of the form field `{field}`")).unwrap_or_default();
            format!("HMAC-SHA256 of the body in `{header}`, {encoding}{prefix}; the key is {key}{form}")
        }
        Proof::TimestampedHmac { header, time, signature, unit } => {
            let unit = if *unit == TimeUnit::S { "seconds" } else { "milliseconds" };
            format!("HMAC-SHA256 of time and body in `{header}`: `{time}` in {unit}, `{signature}` in hexadecimal")
        }
        Proof::Svix => "Svix: id, time and body are signed".to_owned(),
        Proof::UrlToken => "a secret token in the URL; no signature".to_owned(),
        Proof::HeaderToken { header, prefix } if prefix.is_empty() => {
            format!("a secret token in `{header}`; no signature")
        }
        Proof::HeaderToken { header, prefix } => format!("a secret token after `{prefix}` in `{header}`; no signature"),
        Proof::DetachedJws { header, only } => {
            let algorithm = match only {
                Some(Algorithm::Rs256) => "RS256",
                Some(Algorithm::Es256) => "ES256",
                None => "RS256 or ES256",
            };
            format!("a detached JWS ({algorithm}) in `{header}`; the secret is a key set")
        }
        Proof::BodyToken { member, form } => {
            let form = form.as_ref().map(|field| format!(", also in the form field `{field}`")).unwrap_or_default();
            format!("a secret token in the body's member `{member}`{form}; no signature")
        }
    }
}

fn name(rule: &NameRule) -> String {
    match rule {
        NameRule::First(names) if names.len() == 1 => list(names),
        NameRule::First(names) => format!("the first present of {}", list(names)),
        NameRule::Fixed(name) => format!("`{name}`, for every request to the URL"),
        NameRule::Header(header) => format!("the header `{header}`, which no signature covers"),
    }
}

fn id(spec: &Spec) -> String {
    let strength = match &spec.identity.id {
        IdRule::MessageId => "strength: platform",
        IdRule::Digest => "strength: digest",
        _ if spec.identity.is_platforms_id => "strength: platform",
        _ => "strength: fields; another body under the same id is a conflict",
    };
    format!("{} ({strength})", rule_text(&spec.identity.id))
}

fn rule_text(rule: &IdRule) -> String {
    match rule {
        IdRule::MessageId => "the scheme's message id".to_owned(),
        IdRule::Join(members) if members.len() == 1 => list(members),
        IdRule::Join(members) => format!("{}, joined; a digest if one of them is missing", list(members)),
        IdRule::First(members) if members.len() == 1 => list(members),
        IdRule::First(members) => format!("the first present of {}", list(members)),
        IdRule::Digest => "a digest".to_owned(),
    }
}

fn age(spec: &Spec) -> String {
    match spec.tolerance {
        Some((past, future)) => {
            format!("at most {} old and {} ahead, by the signed time", written(past), written(future))
        }
        None if spec.proof.signs_time() => "at most 5m old and 5m ahead, by the signed time".to_owned(),
        None => "a delivery of any age is accepted".to_owned(),
    }
}

fn reactions(reactions: &Reactions) -> Vec<(&'static str, String)> {
    let (first, last) = reactions.success;
    let counted = if first == last { format!("exactly {first}") } else { format!("{first} to {last}") };
    let later = reactions.retry_after.map(|wait| format!(", after {}", written(wait))).unwrap_or_default();
    let mut lines = vec![
        ("success", format!("{counted}; the answer is 200")),
        ("send again", format!("{}{later}", reactions.transient)),
        ("refusal", reactions.unproven.to_string()),
        ("deadline", reactions.deadline.map_or_else(|| "not known".to_owned(), written)),
        ("retries", retries(&reactions.schedule)),
        ("redelivery", redelivery(reactions.redelivery)),
        ("disabling", disabling(reactions.disabling)),
    ];
    for (from, to, effect) in &reactions.never {
        let statuses = if from == to { from.to_string() } else { format!("{from} to {to}") };
        lines.push(("never", format!("{statuses}: {effect}")));
    }
    for (event, meaning) in &reactions.acknowledges {
        let text = match meaning {
            Success::Receipt => "the delivery was received".to_owned(),
            Success::Fulfilment => "the platform marks the thing as done, so answer after the work".to_owned(),
            Success::Decision { yes, no } => format!("a question: {yes} is yes, {no} is no; an inbox refuses it"),
        };
        lines.push(("a success", format!("to `{event}`: {text}")));
    }
    lines
}

fn retries(schedule: &Schedule) -> String {
    let mut text = Vec::new();
    if !schedule.offsets.is_empty() {
        let shown: Vec<String> = schedule.offsets.iter().take(12).copied().map(written).collect();
        let more = if schedule.offsets.len() > 12 { ", …" } else { "" };
        text.push(format!("after {}{more}", shown.join(", ")));
    }
    if let Some(step) = schedule.then_every {
        text.push(format!("every {}", written(step)));
    }
    match (schedule.end, text.is_empty()) {
        (End::Unpublished, true) => "not known".to_owned(),
        (End::Unpublished, false) => format!("{}, without a known end", text.join(", then ")),
        (End::LastOffset, true) => "none".to_owned(),
        (End::LastOffset, false) => text.join(", then "),
        (End::After(end), true) => format!("until {}", written(end)),
        (End::After(end), false) => format!("{}, until {}", text.join(", then "), written(end)),
    }
}

fn redelivery(redelivery: Redelivered) -> String {
    match redelivery {
        Redelivered::Never => "no".to_owned(),
        Redelivered::Unknown => "not known".to_owned(),
        Redelivered::AnyTime => "by hand, at any time".to_owned(),
        Redelivered::Within(time) => format!("by hand, within {}", written(time)),
    }
}

fn disabling(disabling: Disabled) -> String {
    match disabling {
        Disabled::Never => "no".to_owned(),
        Disabled::Unknown => "not known".to_owned(),
        Disabled::After(time) => format!("after failing for {}", written(time)),
        Disabled::AfterFailures(failures) => format!("after {failures} failures in a row"),
    }
}

fn list(pointers: &[Pointer]) -> String {
    pointers.iter().map(Pointer::as_str).collect::<Vec<_>>().join(", ")
}
