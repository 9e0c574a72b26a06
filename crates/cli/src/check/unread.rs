//! Genuine deliveries that an application may not know how to read.

use bytes::Bytes;

use super::bench::Bench;
use super::case::Case;
use super::delivery::Delivery;
use super::finding::Finding;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "unknown-event",
        expected: "answered without harm",
        about: "a genuine delivery of an event that no platform sends",
        run: |bench| Box::pin(unknown_event(bench)),
    },
    Case {
        name: "not-json",
        expected: "answered without harm",
        about: "a genuine delivery whose body is no JSON",
        run: |bench| Box::pin(not_json(bench)),
    },
    Case {
        name: "empty-body",
        expected: "answered without harm",
        about: "a genuine delivery without a body",
        run: |bench| Box::pin(empty_body(bench)),
    },
];

async fn unknown_event(bench: &mut Bench) -> Finding {
    match bench.maker.unknown() {
        Some(delivery) => send(bench, &delivery).await,
        None => Finding::skipped("the body does not name its event"),
    }
}

async fn not_json(bench: &mut Bench) -> Finding {
    let body = format!("{}: not JSON {{", bench.maker.mark());
    let delivery = bench.maker.of_body(body.into());
    send(bench, &delivery).await
}

async fn empty_body(bench: &mut Bench) -> Finding {
    let delivery = bench.maker.of_body(Bytes::new());
    send(bench, &delivery).await
}

async fn send(bench: &mut Bench, delivery: &Delivery) -> Finding {
    match bench.draft(delivery) {
        Ok(draft) => {
            let exchange = bench.send(&draft).await;
            bench.judge().harmless(&exchange)
        }
        Err(finding) => finding,
    }
}
