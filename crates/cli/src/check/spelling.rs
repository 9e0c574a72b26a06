//! Genuine deliveries in other spellings of HTTP, as proxies and senders write them.

use super::bench::Bench;
use super::case::Case;
use super::finding::Finding;
use super::wire::{Draft, Framing, Names};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "header-names",
        expected: "accepted",
        about: "the names of headers in lower case, in upper case and capitalised",
        run: |bench| Box::pin(header_names(bench)),
    },
    Case {
        name: "chunked",
        expected: "accepted",
        about: "the body in chunks, without a length",
        run: |bench| Box::pin(chunked(bench)),
    },
    Case {
        name: "http-1.0",
        expected: "accepted",
        about: "HTTP/1.0, as some proxies speak to the application",
        run: |bench| Box::pin(http_1_0(bench)),
    },
];

async fn header_names(bench: &mut Bench) -> Finding {
    let mut findings = Vec::new();
    for (names, spelling) in [(Names::Lower, "lower"), (Names::Upper, "UPPER"), (Names::Title, "Title")] {
        findings.push(spelled(bench, spelling, |draft| Draft { names, ..draft }).await);
    }
    Finding::gravest(findings).unwrap_or_else(|| Finding::skipped("no spelling"))
}

async fn chunked(bench: &mut Bench) -> Finding {
    let finding = spelled(bench, "chunked", |draft| Draft { framing: Framing::Chunked, ..draft }).await;
    Finding {
        next: finding.next.map(|_| "read bodies without `content-length`: many senders write chunks".to_owned()),
        ..finding
    }
}

async fn http_1_0(bench: &mut Bench) -> Finding {
    spelled(bench, "HTTP/1.0", |draft| Draft { version: "HTTP/1.0", ..draft }).await
}

async fn spelled(bench: &mut Bench, spelling: &str, change: impl FnOnce(Draft) -> Draft) -> Finding {
    let delivery = bench.genuine();
    let draft = match bench.draft(&delivery) {
        Ok(draft) => change(draft),
        Err(finding) => return finding,
    };
    let exchange = bench.send(&draft).await;
    let came = format!("{} {spelling}", exchange.in_short());
    bench.judge().accepted(&exchange).with_came(came)
}
