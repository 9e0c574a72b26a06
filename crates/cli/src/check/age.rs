//! Recorded deliveries, and deliveries from the future.

use referral_webhooks::ErrorKind;
use time::{Duration, OffsetDateTime};

use super::bench::Bench;
use super::case::Case;
use super::finding::Finding;
use super::forged::refuse;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "stale",
        expected: "refused without harm",
        about: "a genuine signature whose time is an hour older than the platform's tolerance",
        run: |bench| Box::pin(stale(bench)),
    },
    Case {
        name: "future",
        expected: "refused without harm",
        about: "a genuine signature whose time lies an hour beyond the platform's tolerance",
        run: |bench| Box::pin(future(bench)),
    },
];

async fn stale(bench: &mut Bench) -> Finding {
    let past = Duration::try_from(bench.maker.sender.tolerance.past()).unwrap_or(Duration::ZERO);
    let at = OffsetDateTime::now_utc() - past - Duration::HOUR;
    let mistake = "a delivery that was signed long ago was accepted: who records one can send it again at any time";
    signed_at(bench, at, ErrorKind::TooOld, mistake).await
}

async fn future(bench: &mut Bench) -> Finding {
    let ahead = Duration::try_from(bench.maker.sender.tolerance.future()).unwrap_or(Duration::ZERO);
    let at = OffsetDateTime::now_utc() + ahead + Duration::HOUR;
    let mistake = "a delivery from the future was accepted: it stays valid for longer than the tolerance";
    signed_at(bench, at, ErrorKind::TooNew, mistake).await
}

async fn signed_at(bench: &mut Bench, at: OffsetDateTime, kind: ErrorKind, mistake: &str) -> Finding {
    if !bench.maker.signs_time() {
        return Finding::skipped("the platform signs no time");
    }
    let fresh = bench.stranger();
    let delivery = bench.maker.dated_at(&fresh, at);
    let request = match bench.maker.signed_by(&bench.maker.verifier, &delivery, at) {
        Ok(request) => request,
        Err(error) => return Finding::skipped(format!("the scheme cannot sign it: {error}")),
    };
    if !bench.maker.refuses(&request) {
        return Finding::skipped("the platform sets no limit in this direction");
    }
    let draft = bench.draft_of(request);
    refuse(bench, &draft, kind, mistake, "compare the signed time with the clock, with the platform's tolerance").await
}
