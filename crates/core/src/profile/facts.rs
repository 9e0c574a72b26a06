//! From a checked profile to the facts of a platform. Texts and lists are leaked, so it runs once a profile.

use http::{HeaderName, StatusCode};

use super::clock::allowed;
use super::fault::Fault;
use super::identity::NameRule;
#[cfg(feature = "jws")]
use super::proof::Algorithm;
use super::proof::{Encoding, KeyReading, Proof, TimeUnit};
use super::reactions::{Disabled, Meaning, Reactions, Redelivered};
use super::schedule::{End, Schedule};
use super::spec::Spec;
use crate::platform::Facts;
use crate::{
    Acknowledges, BodyHmac, BodyToken, ConfigError, Contract, Disabling, Forbidden, HeaderToken, Redelivery, Retries,
    Scheme, Svix, TimestampedHmac, Tolerance, UrlToken,
};

/// Returns the facts of a platform.
pub(super) fn facts(spec: &Spec, digest: [u8; 32]) -> Result<Facts, Fault> {
    let scheme = scheme(&spec.proof).map_err(|error| Fault::new("scheme", error.to_string()))?;
    let contract = contract(&spec.reactions)?;
    let facts = Facts::new(leaked(&spec.name), leaked(&spec.title), scheme, Box::leak(Box::new(contract)));
    let mut facts = facts.with_digest(digest);
    if let NameRule::Header(header) = &spec.identity.name {
        let header = HeaderName::from_bytes(header.as_bytes());
        facts = facts.with_name_header(header.map_err(|error| Fault::new("event.name.header", error.to_string()))?);
    }
    Ok(match (spec.tolerance.map(allowed), spec.proof.signs_time()) {
        (Some(tolerance), false) => facts.with_body_time(tolerance),
        (tolerance, true) => facts.with_tolerance(tolerance.unwrap_or(Tolerance::minutes(5))),
        (None, false) => facts,
    })
}

fn scheme(proof: &Proof) -> Result<Scheme, ConfigError> {
    Ok(match proof {
        Proof::BodyHmac { header, prefix, encoding, key, form } => {
            let mut scheme = BodyHmac::try_new(header)?;
            if let Some(prefix) = prefix {
                scheme = scheme.try_with_prefix(prefix)?;
            }
            scheme = match encoding {
                Encoding::Hex => scheme,
                Encoding::Base64 => scheme.base64(),
                Encoding::Either => scheme.or_base64(),
            };
            scheme = match key {
                KeyReading::Text => scheme,
                KeyReading::Hex => scheme.hex_key(),
                KeyReading::TextOrHex => scheme.or_hex_key(),
            };
            if let Some(field) = form {
                scheme = scheme.try_or_form(field)?;
            }
            Scheme::BodyHmac(scheme)
        }
        Proof::TimestampedHmac { header, time, signature, unit } => {
            let scheme = TimestampedHmac::try_new(header)?.try_with_elements(time, signature)?;
            let is_seconds = *unit == TimeUnit::S;
            Scheme::TimestampedHmac(if is_seconds { scheme } else { scheme.in_milliseconds() })
        }
        Proof::Svix => Scheme::Svix(Svix),
        Proof::UrlToken => Scheme::UrlToken(UrlToken),
        Proof::HeaderToken { header, prefix } => {
            Scheme::HeaderToken(HeaderToken::try_new(header)?.try_with_prefix(prefix)?)
        }
        #[cfg(feature = "jws")]
        Proof::DetachedJws { header, only } => {
            let scheme = crate::DetachedJws::try_new(header)?;
            Scheme::DetachedJws(match only {
                Some(Algorithm::Rs256) => scheme.rs256(),
                Some(Algorithm::Es256) => scheme.es256(),
                None => scheme,
            })
        }
        // The reader of profiles refuses it without the feature.
        #[cfg(not(feature = "jws"))]
        Proof::DetachedJws { .. } => return Err(ConfigError::VariantNotOffered),
        Proof::BodyToken { member, form } => {
            let scheme = BodyToken::try_new(member)?;
            Scheme::BodyToken(form.as_ref().map_or(Ok(scheme.clone()), |field| scheme.try_or_form(field))?)
        }
    })
}

fn contract(reactions: &Reactions) -> Result<Contract, Fault> {
    let forbidden = |(from, to, effect): &(u16, u16, String)| Forbidden::new(*from..=*to, leaked(effect));
    let never: Vec<Forbidden> = reactions.never.iter().map(forbidden).collect();
    let meanings = reactions.acknowledges.iter().map(|(event, meaning)| (leaked(event), acknowledges(*meaning)));
    let meanings: Vec<(&'static str, Acknowledges)> = meanings.collect();
    let mut builder = Contract::builder()
        .counts_as_success(reactions.success.0..=reactions.success.1)
        .transient(reactions.transient)
        .unproven(reactions.unproven)
        .undecided(reactions.undecided.unwrap_or(reactions.transient))
        .stale(reactions.stale.unwrap_or(reactions.unproven))
        .never(never.leak())
        .retries(retries(&reactions.schedule))
        .redelivery(match reactions.redelivery {
            Redelivered::Never => Redelivery::Never,
            Redelivered::Unknown => Redelivery::Unknown,
            Redelivered::AnyTime => Redelivery::AnyTime,
            Redelivered::Within(time) => Redelivery::Within(time),
        })
        .disabling(match reactions.disabling {
            Disabled::Never => Disabling::Never,
            Disabled::Unknown => Disabling::Unknown,
            Disabled::After(time) => Disabling::AfterFailingFor(time),
            Disabled::AfterFailures(failures) => Disabling::after_failures(failures),
        })
        .acknowledges(meanings.leak());
    if let Some(wait) = reactions.retry_after {
        builder = builder.retry_after(wait);
    }
    if let Some(deadline) = reactions.deadline {
        builder = builder.deadline(deadline);
    }
    builder.try_build().map_err(|contradiction| Fault::new("contract", contradiction.to_string()))
}

fn retries(schedule: &Schedule) -> Retries {
    let retries = Retries::at(schedule.offsets.clone().leak());
    let retries = schedule.then_every.map_or(retries, |step| retries.then_every(step));
    match schedule.end {
        End::LastOffset => retries,
        End::After(end) => retries.until(end),
        End::Unpublished => retries.without_end(),
    }
}

fn acknowledges(meaning: Meaning) -> Acknowledges {
    match meaning {
        Meaning::Receipt => Acknowledges::Receipt,
        Meaning::Fulfilment => Acknowledges::Fulfilment,
        Meaning::Decision { yes, no } => Acknowledges::Decision { yes: status(yes), no: status(no) },
    }
}

/// Returns a status, which was checked to be one.
fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

fn leaked(text: &str) -> &'static str {
    String::leak(text.to_owned())
}
