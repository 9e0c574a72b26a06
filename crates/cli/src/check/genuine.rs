//! Genuine deliveries.

use super::bench::Bench;
use super::case::Case;
use super::finding::{Finding, Verdict};
use super::processed::Count;
use super::wire::Exchange;

/// The number of senders that deliver at once.
const SENDERS: usize = 8;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "valid",
        expected: "accepted in time",
        about: "a genuine delivery; the handler processes it",
        run: |bench| Box::pin(valid(bench)),
    },
    Case {
        name: "repeat",
        expected: "accepted",
        about: "the same delivery again, as after an answer that was lost",
        run: |bench| Box::pin(repeat(bench)),
    },
    Case {
        name: "processed-once",
        expected: "processed once",
        about: "another delivery, three times; needs `--db` or `--effects`",
        run: |bench| Box::pin(processed_once(bench)),
    },
    Case {
        name: "at-once",
        expected: "accepted, processed once",
        about: "one more delivery, on eight connections at once; needs `--db` or `--effects`",
        run: |bench| Box::pin(at_once(bench)),
    },
];

async fn valid(bench: &mut Bench) -> Finding {
    let delivery = bench.genuine();
    bench.accept(&delivery).await
}

async fn repeat(bench: &mut Bench) -> Finding {
    let delivery = bench.genuine();
    let draft = match bench.draft(&delivery) {
        Ok(draft) => draft,
        Err(finding) => return finding,
    };
    let mut findings = Vec::new();
    // The second is the first byte for byte, as some platforms send it, and the third is signed again, as others do.
    for _ in 0..2 {
        let exchange = bench.send(&draft).await;
        findings.push(bench.judge().accepted(&exchange).with_came(exchange.in_short()));
    }
    match bench.draft(&delivery) {
        Ok(draft) => {
            let exchange = bench.send(&draft).await;
            findings.push(bench.judge().accepted(&exchange).with_came(format!("{} signed again", exchange.in_short())));
        }
        Err(finding) => findings.push(finding),
    }
    Finding::gravest(findings).unwrap_or_else(|| Finding::skipped("no delivery"))
}

async fn processed_once(bench: &mut Bench) -> Finding {
    if bench.inbox.is_none() && bench.effects.is_none() {
        return unseen("-");
    }
    let delivery = bench.maker.fresh();
    let mut count = Count::start(bench).await;
    let first = bench.accept(&delivery).await;
    if first.verdict == Verdict::Failed {
        return first;
    }
    count.first(bench).await;
    for _ in 0..2 {
        let again = bench.accept(&delivery).await;
        if again.verdict == Verdict::Failed {
            return again;
        }
    }
    count.end(bench, &delivery).await
}

/// Returns the finding without an inbox and without a count of effects.
fn unseen(came: impl Into<String>) -> Finding {
    let reason = "an answer does not show how often the handler ran";
    Finding::unseen(came, reason, "give the inbox (`--db`), or a count of the effects (`--effects URL|COMMAND`)")
}

async fn at_once(bench: &mut Bench) -> Finding {
    let delivery = bench.maker.fresh();
    let draft = match bench.draft(&delivery) {
        Ok(draft) => draft,
        Err(finding) => return finding,
    };
    let mut count = Count::start(bench).await;
    let exchanges = send_at_once(bench, &draft).await;
    exchanges.iter().for_each(|exchange| bench.note(&draft, exchange));
    let judge = bench.judge();
    let transient = bench.contract.transient;
    let accepted = exchanges.iter().filter(|exchange| exchange.status().is_some_and(|status| judge.is_success(status)));
    let accepted = accepted.count();
    let came = format!("{accepted} of {SENDERS} accepted");
    let asks_again = |exchange: &Exchange| exchange.status() == Some(transient);
    // A repeat that meets its first attempt may be asked to come again.
    let refused = exchanges.iter().filter(|exchange| !asks_again(exchange)).map(|exchange| judge.accepted(exchange));
    let gravest = Finding::gravest(refused);
    if let Some(finding) = gravest.filter(|finding| finding.verdict == Verdict::Failed) {
        return finding.with_came(came);
    }
    if accepted == 0 {
        let next = "is there room for several connections, in the server and in its database?";
        return Finding::failed(came, "every sender was asked to come again, so that none delivered", next);
    }
    if bench.inbox.is_none() && bench.effects.is_none() {
        return unseen(came);
    }
    count.first_is_known(bench);
    let counted = count.end(bench, &delivery).await;
    let came = format!("{came}, {}", counted.came);
    counted.with_came(came)
}

async fn send_at_once(bench: &Bench, draft: &super::wire::Draft) -> Vec<Exchange> {
    let sending = std::iter::repeat_with(|| bench.target.send(draft, bench.patience)).take(SENDERS);
    futures_util::future::join_all(sending).await
}
