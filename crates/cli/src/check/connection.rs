//! Genuine deliveries on connections that senders use in unusual ways.

use std::time::Duration;

use bytes::Bytes;
use referral_webhooks::ErrorKind;
use time::OffsetDateTime;

use super::bench::Bench;
use super::case::Case;
use super::delivery::Delivery;
use super::finding::{Finding, Verdict};
use super::wire::{Came, Draft, Exchange, Gap, Step};

/// The pieces of a slow sender, and the pause before each. Together they are shorter than the shortest published deadline.
const PIECES: usize = 8;
const PAUSE: Duration = Duration::from_millis(100);

/// The length of a refused body between two deliveries on one connection.
const BETWEEN: usize = 64 * 1024;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "kept-alive",
        expected: "accepted, refused, accepted",
        about: "a delivery, a forgery with a large body and a delivery on one connection",
        run: |bench| Box::pin(kept_alive(bench)),
    },
    Case {
        name: "slow",
        expected: "accepted after the end",
        about: "a body that comes in pieces",
        run: |bench| Box::pin(slow(bench)),
    },
    Case {
        name: "half-closed",
        expected: "accepted",
        about: "a sender that closes its side after the request",
        run: |bench| Box::pin(half_closed(bench)),
    },
];

async fn kept_alive(bench: &mut Bench) -> Finding {
    let (genuine, forged) = match drafts(bench) {
        Ok(drafts) => drafts,
        Err(finding) => return finding,
    };
    let mut connection = match bench.target.connect().await {
        Ok(connection) => connection,
        Err(gap) => return bench.judge().accepted(&Exchange::nothing(gap)),
    };
    let (mut came, mut findings, mut announced) = (Vec::new(), Vec::new(), false);
    for (draft, is_genuine) in [(&genuine, true), (&forged, false), (&genuine, true)] {
        if announced {
            connection = match bench.target.connect().await {
                Ok(connection) => connection,
                Err(gap) => return bench.judge().accepted(&Exchange::nothing(gap)),
            };
        }
        let exchange = connection.exchange(&bench.target.steps(draft), false, bench.patience).await;
        bench.note(draft, &exchange);
        announced = matches!(&exchange.came, Came::Answer(answer) if answer.closes);
        came.push(format!("{}{}", exchange.in_short(), if announced && came.len() < 2 { " and closed" } else { "" }));
        let judge = bench.judge();
        let finding = match is_genuine {
            true => judge.accepted(&exchange),
            false => {
                let mistake = "a forgery was accepted on a connection that had delivered before";
                judge.refused(&exchange, ErrorKind::SignatureMismatch, mistake, "verify each request by itself")
            }
        };
        let finding = match (&exchange.came, findings.len()) {
            (Came::Nothing(Gap::Closed), 1..) => Finding {
                reason: Some("the connection ended without `connection: close`, and a delivery on it had no answer".to_owned()),
                next: Some("answer with `connection: close` before a connection is closed, or read the refused body to its end".to_owned()),
                ..finding
            },
            (Came::Answer(_), 2) if finding.verdict == Verdict::Failed => Finding {
                next: Some("read the body of a refused request to its end: the rest may have been read as the next request".to_owned()),
                ..finding
            },
            _ => finding,
        };
        let has_failed = finding.verdict == Verdict::Failed;
        findings.push(finding);
        if has_failed {
            break;
        }
    }
    let gravest = Finding::gravest(findings).unwrap_or_else(|| Finding::skipped("no request"));
    gravest.with_came(came.join(", "))
}

/// Returns the drafts of a delivery and of a forgery for a connection that is kept.
fn drafts(bench: &mut Bench) -> Result<(Draft, Draft), Finding> {
    let delivery = bench.genuine();
    let genuine = Draft { keeps: true, ..bench.draft(&delivery)? };
    let forger = bench.maker.forger().ok_or_else(|| Finding::skipped("there is no other secret"))?;
    let padding = " ".repeat(BETWEEN);
    let padded = Bytes::from([&delivery.body[..], padding.as_bytes()].concat());
    let forged = bench.maker.signed_by(&forger, &Delivery { body: padded, ..delivery }, OffsetDateTime::now_utc());
    let forged = forged.map_err(|error| Finding::skipped(format!("the scheme cannot sign it: {error}")))?;
    Ok((genuine, Draft { keeps: true, ..bench.draft_of(forged) }))
}

async fn slow(bench: &mut Bench) -> Finding {
    let delivery = bench.genuine();
    let draft = match bench.draft(&delivery) {
        Ok(draft) => draft,
        Err(finding) => return finding,
    };
    let pieces = draft.pieces(draft.request.body().len().div_ceil(PIECES));
    let trickle = pieces.into_iter().flat_map(|piece| [Step::Pause(PAUSE), Step::Write(piece)]);
    let steps: Vec<Step> = [bench.target.head(&draft)].into_iter().chain(trickle).collect();
    let exchange = bench.play(&draft, &steps).await;
    bench.judge().accepted(&exchange)
}

async fn half_closed(bench: &mut Bench) -> Finding {
    let delivery = bench.genuine();
    let draft = match bench.draft(&delivery) {
        Ok(draft) => draft,
        Err(finding) => return finding,
    };
    let steps = [bench.target.steps(&draft), vec![Step::Shut]].concat();
    let exchange = bench.play(&draft, &steps).await;
    let finding = bench.judge().accepted(&exchange);
    if !exchange.was_closed() {
        return finding;
    }
    let reason = "the endpoint dropped a sender that closed its side and waited for the answer";
    let next = "allow half-closed connections (in hyper: `half_close(true)`); otherwise the delivery counts as failed, and comes again";
    // Many servers read the end of TLS as the end of the connection, and few senders end TLS early.
    if bench.target.has_tls() {
        return Finding::noted(finding.came, reason, next);
    }
    Finding { reason: Some(reason.to_owned()), next: Some(next.to_owned()), ..finding }
}
