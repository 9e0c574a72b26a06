//! What the run as a whole shows.

use http::Method;

use super::bench::Bench;
use super::case::Case;
use super::finding::Finding;
use super::forged::{bare, forgery};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "no-effect",
        expected: "no effect",
        about: "a forgery, an unsigned delivery and a GET again; needs `--db` or `--effects`",
        run: |bench| Box::pin(no_effect(bench)),
    },
    Case {
        name: "no-secret-told",
        expected: "no secret in an answer",
        about: "all answers of the run, searched for the secret and for expected signatures",
        run: |bench| Box::pin(no_secret_told(bench)),
    },
];

async fn no_effect(bench: &mut Bench) -> Finding {
    if bench.inbox.is_none() && bench.effects.is_none() {
        let reason = "an answer does not show whether a refused request had an effect";
        return Finding::unseen(
            "-",
            reason,
            "give the inbox (`--db`), or a count of the effects (`--effects URL|COMMAND`)",
        );
    }
    let before = match &bench.effects {
        Some(effects) => Some(effects.number().await),
        None => None,
    };
    let delivery = bench.stranger();
    let get = bench.draft(&delivery).map(|mut draft| {
        *draft.request.method_mut() = Method::GET;
        draft
    });
    let requests = [forgery(bench), bare(bench)];
    let drafts: Vec<_> = requests.into_iter().flatten().map(|request| bench.draft_of(request)).chain(get).collect();
    for draft in &drafts {
        // The answers were judged by other cases.
        bench.send(draft).await;
    }
    let in_inbox = match &bench.inbox {
        Some(inbox) => Some(inbox.has_none(bench.strangers()).await),
        None => None,
    };
    let by_effects = match (&bench.effects, before) {
        (Some(effects), Some(Ok(before))) => Some(match effects.settled(before, bench.wait.min(QUIET)).await {
            Ok(after) if after == before => Finding::passed(format!("effects {before} → {after}")),
            Ok(after) => {
                let reason = "requests that are not the platform's had an effect";
                Finding::failed(
                    format!("effects {before} → {after}"),
                    reason,
                    "process after the proof alone, and POST alone",
                )
            }
            Err(error) => Finding::failed("no count", error, "`--effects` must answer with a number"),
        }),
        (_, Some(Err(error))) => Some(Finding::failed("no count", error, "`--effects` must answer with a number")),
        _ => None,
    };
    Finding::gravest(in_inbox.into_iter().chain(by_effects)).unwrap_or_else(|| Finding::skipped("no probe"))
}

/// The time in which an effect of a refused request would show.
const QUIET: std::time::Duration = std::time::Duration::from_secs(3);

async fn no_secret_told(bench: &mut Bench) -> Finding {
    match bench.leaks.first() {
        None => Finding::passed("none found"),
        Some((case, what)) => {
            let came = format!("{} answers", bench.leaks.len());
            let reason =
                format!("an answer to `{case}` contains {what}: any stranger can read it, and forge deliveries");
            Finding::failed(came, reason, "answer refusals with a status alone; details belong to the log")
        }
    }
}
