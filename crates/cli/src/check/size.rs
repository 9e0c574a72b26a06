//! Bodies that are cut off, too long, or of another type.

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use referral_webhooks::ErrorKind;

use super::bench::Bench;
use super::case::Case;
use super::delivery::Delivery;
use super::finding::Finding;
use super::wire::{Came, Draft, Exchange, Framing, Gap, Step};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "cut",
        expected: "not accepted",
        about: "half a body, and the end of the connection",
        run: |bench| Box::pin(cut(bench)),
    },
    Case {
        name: "oversized",
        expected: "refused without harm",
        about: "a genuine delivery with one byte more than the limit, announced by its length",
        run: |bench| Box::pin(oversized(bench, Framing::Length)),
    },
    Case {
        name: "oversized-chunked",
        expected: "refused without harm",
        about: "the same in chunks, without a length",
        run: |bench| Box::pin(oversized(bench, Framing::Chunked)),
    },
    Case {
        name: "wrong-type",
        expected: "answered without harm",
        about: "a genuine delivery with `content-type: text/plain`, and without any",
        run: |bench| Box::pin(wrong_type(bench)),
    },
];

async fn cut(bench: &mut Bench) -> Finding {
    let delivery = bench.stranger();
    let draft = match bench.draft(&delivery) {
        Ok(draft) => draft,
        Err(finding) => return finding,
    };
    let half = draft.request.body().slice(..draft.request.body().len() / 2);
    let steps = [bench.target.head(&draft), Step::Write(half), Step::Shut];
    let exchange = bench.play(&draft, &steps).await;
    match &exchange.came {
        // The sender is gone, so no answer is needed.
        Came::Nothing(Gap::Closed) => Finding::passed("closed"),
        Came::Nothing(Gap::Late(_)) => {
            let reason = "the endpoint holds the connection of a sender that is gone";
            Finding::noted(exchange.in_words(), reason, "end a request when its connection ends, or after a deadline")
        }
        _ => {
            let mistake = "half a body was accepted, and the platform takes the delivery as done";
            let next = "verify the body before the answer, and answer nothing to half a request";
            bench.judge().refused(&exchange, ErrorKind::BodyIncomplete, mistake, next)
        }
    }
}

async fn oversized(bench: &mut Bench, framing: Framing) -> Finding {
    let fresh = bench.maker.fresh();
    let padding = bench.limit.saturating_add(1).saturating_sub(fresh.body.len());
    // Blanks after JSON are JSON, so that the length alone is wrong.
    let body = Bytes::from([&fresh.body[..], " ".repeat(padding).as_bytes()].concat());
    let draft = match bench.draft(&Delivery { body, ..fresh }) {
        Ok(draft) => Draft { framing, ..draft },
        Err(finding) => return finding,
    };
    let exchange = bench.send(&draft).await;
    if exchange.was_closed() {
        let reason = "the connection ended before its answer could be read, which the platform counts as a failure of the network";
        let next = "read a refused body to its end, within a second limit, before the connection is closed";
        return Finding::noted(exchange.in_words(), reason, next);
    }
    let mistake = format!("a body over {} bytes was accepted, and there may be no limit at all", bench.limit);
    let next = "set a limit on bodies; if the endpoint's own is larger, name it with `--limit BYTES`";
    let exchange = Exchange { was_early: false, ..exchange };
    bench.judge().refused(&exchange, ErrorKind::BodyTooLarge, &mistake, next)
}

async fn wrong_type(bench: &mut Bench) -> Finding {
    let mut findings = Vec::new();
    for value in [Some("text/plain"), None] {
        let delivery = bench.genuine();
        let mut draft = match bench.draft(&delivery) {
            Ok(draft) => draft,
            Err(finding) => return finding,
        };
        match value {
            Some(value) => drop(draft.request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(value))),
            None => drop(draft.request.headers_mut().remove(CONTENT_TYPE)),
        }
        let exchange = bench.send(&draft).await;
        let came = format!("{} {}", exchange.in_short(), value.unwrap_or("none"));
        findings.push(bench.judge().harmless(&exchange).with_came(came));
    }
    Finding::gravest(findings).unwrap_or_else(|| Finding::skipped("no type"))
}
