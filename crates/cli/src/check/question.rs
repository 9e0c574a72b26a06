//! Questions: events whose answer decides something at the platform.

use bytes::Bytes;
use referral_webhooks::{Acknowledges, ErrorKind};
use time::OffsetDateTime;

use super::bench::Bench;
use super::case::Case;
use super::delivery::Delivery;
use super::finding::Finding;
use super::judge::Judge;
use super::wire::Exchange;
use crate::send::events;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "question",
        expected: "yes or no in time",
        about: "a question of the platform, such as whether a reward is valid",
        run: |bench| Box::pin(question(bench)),
    },
    Case {
        name: "forged-question",
        expected: "neither yes nor no",
        about: "the same question, signed with another secret",
        run: |bench| Box::pin(forged_question(bench)),
    },
];

/// Returns the first question of the platform: its name, its meaning and a body.
fn of_platform(bench: &Bench) -> Result<(&'static str, Acknowledges, Bytes), Finding> {
    let mut meanings = bench.contract.acknowledges.iter();
    let question = meanings.find(|(_, meaning)| meaning.is_decision());
    let (name, meaning) = question.ok_or_else(|| Finding::skipped("the platform asks no questions"))?;
    let body = events::body(&bench.maker.sender.name, Some(name));
    Ok((name, *meaning, body.map_err(|_| Finding::skipped("there is no fixture of its question"))?))
}

async fn question(bench: &mut Bench) -> Finding {
    let (name, meaning, body) = match of_platform(bench) {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let delivery = bench.maker.of_body(body);
    let exchange = match bench.draft(&delivery) {
        Ok(draft) => bench.send(&draft).await,
        Err(finding) => return finding,
    };
    let judge = Judge { event: Some(name), ..bench.judge() };
    let came = format!("{} for `{name}`", exchange.in_words());
    let finding = judge.accepted(&exchange).with_came(came);
    match (exchange.status(), meaning) {
        (Some(status), Acknowledges::Decision { yes, no }) if status != yes && status != no => {
            let next = format!("answer {} for yes and {} for no", yes.as_u16(), no.as_u16());
            Finding { reason: Some(format!("{} answers neither way", status.as_u16())), next: Some(next), ..finding }
        }
        _ => finding,
    }
}

async fn forged_question(bench: &mut Bench) -> Finding {
    let (name, meaning, body) = match of_platform(bench) {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let delivery = bench.maker.of_body(body);
    match forged(bench, &delivery).await {
        Ok(exchange) => {
            let came = format!("{} for `{name}`", exchange.in_words());
            let judge = Judge { event: Some(name), ..bench.judge() };
            let mistake = match meaning {
                Acknowledges::Decision { yes, .. } if exchange.status() == Some(yes) => {
                    "a stranger's question is answered with yes"
                }
                _ => "a stranger's question is answered",
            };
            let next = "verify the proof before the question is answered";
            judge.refused(&exchange, ErrorKind::SignatureMismatch, mistake, next).with_came(came)
        }
        Err(finding) => finding,
    }
}

async fn forged(bench: &mut Bench, delivery: &Delivery) -> Result<Exchange, Finding> {
    let forger = bench.maker.forger().ok_or_else(|| Finding::skipped("there is no other secret"))?;
    let request = bench.maker.signed_by(&forger, delivery, OffsetDateTime::now_utc());
    let request = request.map_err(|error| Finding::skipped(format!("the scheme cannot sign it: {error}")))?;
    let draft = bench.draft_of(request);
    Ok(bench.send(&draft).await)
}
