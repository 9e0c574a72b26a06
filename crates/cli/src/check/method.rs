//! Requests with other methods than POST.

use bytes::Bytes;
use http::{Method, Request};

use super::bench::Bench;
use super::case::Case;
use super::finding::Finding;
use super::wire::{Draft, Framing};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "get",
        expected: "answered without harm",
        about: "GET, as browsers and monitors send it",
        run: |bench| Box::pin(plain(bench, Method::GET)),
    },
    Case {
        name: "head",
        expected: "answered without harm",
        about: "HEAD, as monitors send it",
        run: |bench| Box::pin(plain(bench, Method::HEAD)),
    },
    Case {
        name: "get-delivery",
        expected: "no delivery",
        about: "GET with the headers and the body of a genuine delivery",
        run: |bench| Box::pin(get_delivery(bench)),
    },
];

/// Returns a request without a body and without a proof in its headers.
fn stray(bench: &mut Bench, method: Method) -> Result<Draft, Finding> {
    let delivery = bench.genuine();
    let uri = bench.draft(&delivery)?.request.uri().clone();
    let request = Request::builder().method(method).uri(uri).body(Bytes::new());
    let request = request.map_err(|error| Finding::skipped(error.to_string()))?;
    Ok(Draft { framing: Framing::None, ..bench.draft_of(request) })
}

async fn plain(bench: &mut Bench, method: Method) -> Finding {
    match stray(bench, method) {
        Ok(draft) => {
            let exchange = bench.send(&draft).await;
            bench.judge().stray(&exchange)
        }
        Err(finding) => finding,
    }
}

async fn get_delivery(bench: &mut Bench) -> Finding {
    let delivery = bench.stranger();
    let (mut draft, plain) = match (bench.draft(&delivery), stray(bench, Method::GET)) {
        (Ok(draft), Ok(plain)) => (draft, plain),
        (Err(finding), _) | (_, Err(finding)) => return finding,
    };
    *draft.request.method_mut() = Method::GET;
    let (exchange, plain) = (bench.send(&draft).await, bench.send(&plain).await);
    let judge = bench.judge();
    let is_success = |status| judge.is_read_as_success(status);
    let came = exchange.in_words();
    if exchange.status().is_some_and(is_success) {
        if !plain.status().is_some_and(is_success) {
            let reason = "GET with a proof is answered like a delivery: links, prefetching and caches send GET again";
            return Finding::failed(came, reason, "take POST alone");
        }
        let reason = "every GET is answered alike, so that the answer does not show whether it is processed";
        return Finding::unseen(came, reason, "`no-effect` shows it, with `--db` or `--effects`");
    }
    judge.stray(&exchange)
}
