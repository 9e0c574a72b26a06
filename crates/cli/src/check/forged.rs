//! Requests of strangers.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use referral_webhooks::{ErrorKind, Scheme, Trust};
use time::OffsetDateTime;

use super::bench::Bench;
use super::case::Case;
use super::delivery::Delivery;
use super::finding::Finding;
use super::wire::Draft;

const VERIFY: &str = "verify the proof of each request before anything else, over the bytes as they came";

pub(super) const CASES: &[Case] = &[
    Case {
        name: "wrong-secret",
        expected: "refused without harm",
        about: "a delivery with the signature, or the token, of another secret",
        run: |bench| Box::pin(wrong_secret(bench)),
    },
    Case {
        name: "changed-body",
        expected: "refused without harm",
        about: "a signed delivery whose body was changed: by a blank, and in a member",
        run: |bench| Box::pin(changed_body(bench)),
    },
    Case {
        name: "unsigned",
        expected: "refused without harm",
        about: "a delivery without its proof: no header, no token",
        run: |bench| Box::pin(unsigned(bench)),
    },
    Case {
        name: "garbled-header",
        expected: "refused without harm",
        about: "each header of the proof empty, of 9,000 bytes, and with bytes that are no text",
        run: |bench| Box::pin(garbled_header(bench)),
    },
    Case {
        name: "doubled-header",
        expected: "refused without harm",
        about: "each header of the proof twice, with different values",
        run: |bench| Box::pin(doubled_header(bench)),
    },
    Case {
        name: "query-token",
        expected: "a wrong one refused",
        about: "the token of a secret URL in its query: the right one, and a wrong one",
        run: |bench| Box::pin(query_token(bench)),
    },
];

/// Sends a request that must be refused.
pub(super) async fn refuse(bench: &mut Bench, draft: &Draft, kind: ErrorKind, mistake: &str, next: &str) -> Finding {
    let exchange = bench.send(draft).await;
    bench.judge().refused(&exchange, kind, mistake, next)
}

/// Returns the reason for a refusal of a wrong proof.
pub(super) fn wrong_proof(bench: &Bench) -> ErrorKind {
    match bench.maker.sender.scheme.trust() {
        Trust::Signed => ErrorKind::SignatureMismatch,
        Trust::SecretUrl | Trust::SharedSecret => ErrorKind::TokenMismatch,
    }
}

/// Returns a delivery with the proof of another secret.
pub(super) fn forgery(bench: &mut Bench) -> Result<Request<Bytes>, Finding> {
    let forger = bench.maker.forger().ok_or_else(|| Finding::skipped("there is no other secret"))?;
    let delivery = bench.stranger();
    let now = OffsetDateTime::now_utc();
    let cannot = |error| Finding::skipped(format!("the scheme cannot sign it: {error}"));
    let genuine = bench.maker.signed_by(&bench.maker.verifier, &delivery, now).map_err(cannot)?;
    bench.forbid_signature(&genuine);
    bench.maker.signed_by(&forger, &delivery, now).map_err(cannot)
}

/// Returns a delivery without its proof.
pub(super) fn bare(bench: &mut Bench) -> Result<Request<Bytes>, Finding> {
    let delivery = bench.stranger();
    let request = bench.maker.signed(&delivery);
    let mut request = request.map_err(|error| Finding::skipped(format!("the scheme cannot sign it: {error}")))?;
    bench.forbid_signature(&request);
    for name in proof(bench, &request) {
        request.headers_mut().remove(name);
    }
    match bench.maker.sender.scheme {
        Scheme::UrlToken(_) => *request.uri_mut() = bench.maker.url().clone(),
        // The token stays out of the body, and so does its member's content.
        Scheme::BodyToken(_) => *request.body_mut() = bench.maker.without_secret(request.body()),
        _ => {}
    }
    Ok(request)
}

/// Returns the names of the headers that hold the proof of a request.
fn proof(bench: &Bench, request: &Request<Bytes>) -> Vec<HeaderName> {
    request.headers().keys().filter(|name| bench.maker.sender.scheme.reads(name)).cloned().collect()
}

async fn wrong_secret(bench: &mut Bench) -> Finding {
    match forgery(bench) {
        Ok(request) => {
            let draft = bench.draft_of(request);
            let mistake = "a delivery with the proof of another secret was accepted: anyone can invent rewards";
            refuse(bench, &draft, wrong_proof(bench), mistake, VERIFY).await
        }
        Err(finding) => finding,
    }
}

async fn changed_body(bench: &mut Bench) -> Finding {
    if bench.maker.sender.scheme.trust() != Trust::Signed {
        return Finding::skipped("the platform does not sign the body");
    }
    let mistake = "a changed body was accepted under the signature of another";
    let mut findings = Vec::new();
    for is_member in [false, true] {
        let delivery = bench.stranger();
        let request = bench.maker.signed(&delivery);
        let Ok(mut request) = request else { return Finding::skipped("the scheme cannot sign it") };
        let changed = match is_member {
            false => [&delivery.body[..], b" "].concat().into(),
            true => bench.maker.changed(&delivery.body),
        };
        let honest = bench.maker.signed(&Delivery { body: changed.clone(), ..delivery });
        honest.iter().for_each(|honest| bench.forbid_signature(honest));
        *request.body_mut() = changed;
        let draft = bench.draft_of(request);
        findings.push(refuse(bench, &draft, ErrorKind::SignatureMismatch, mistake, VERIFY).await);
    }
    Finding::gravest(findings).unwrap_or_else(|| Finding::skipped("no change"))
}

async fn unsigned(bench: &mut Bench) -> Finding {
    match bare(bench) {
        Ok(request) => {
            let draft = bench.draft_of(request);
            let mistake = "a delivery without any proof was accepted: anyone can invent rewards";
            let kind = match bench.maker.sender.scheme.trust() {
                Trust::Signed => ErrorKind::MissingHeader(""),
                Trust::SecretUrl | Trust::SharedSecret => ErrorKind::MissingToken,
            };
            refuse(bench, &draft, kind, mistake, VERIFY).await
        }
        Err(finding) => finding,
    }
}

async fn garbled_header(bench: &mut Bench) -> Finding {
    let values = [Vec::new(), vec![b'x'; 9_000], b"v1,\xff\xfe\xfd=\x80".to_vec()];
    let mistake = "a header of the proof that cannot be read was accepted";
    each_header(bench, ErrorKind::MalformedHeader(""), mistake, |request, name, _| {
        let garbled = |value: &Vec<u8>| {
            let mut garbled = request.clone();
            garbled.headers_mut().insert(name, HeaderValue::from_bytes(value).ok()?);
            Some(garbled)
        };
        values.iter().filter_map(garbled).collect()
    })
    .await
}

async fn doubled_header(bench: &mut Bench) -> Finding {
    let mistake = "of two values of one header, the genuine one was chosen in silence";
    each_header(bench, ErrorKind::RepeatedHeader(""), mistake, |request, name, other| {
        let doubled = |first: &HeaderValue, second: &HeaderValue| {
            let mut doubled = request.clone();
            doubled.headers_mut().insert(name, first.clone());
            doubled.headers_mut().append(name, second.clone());
            doubled
        };
        let genuine = &request.headers()[name];
        if genuine == other { Vec::new() } else { vec![doubled(genuine, other), doubled(other, genuine)] }
    })
    .await
}

/// Sends variants of a genuine delivery for each header of its proof. A variant gets the request, the header and another
/// value of it.
async fn each_header(
    bench: &mut Bench,
    kind: ErrorKind,
    mistake: &str,
    variants: impl Fn(&Request<Bytes>, &HeaderName, &HeaderValue) -> Vec<Request<Bytes>>,
) -> Finding {
    let delivery = bench.maker.fresh();
    let (Ok(request), Ok(other)) = (bench.maker.signed(&delivery), forgery(bench)) else {
        return Finding::skipped("the scheme cannot sign it");
    };
    let mut findings = Vec::new();
    for name in proof(bench, &request) {
        let Some(value) = other.headers().get(&name) else { continue };
        for variant in variants(&request, &name, value) {
            // Svix defines its list of signatures over several headers, and one that matches is enough.
            let is_refused = bench.maker.refuses(&variant);
            let draft = bench.draft_of(variant);
            let exchange = bench.send(&draft).await;
            let judge = bench.judge();
            let finding = match is_refused {
                true => judge.refused(&exchange, kind, mistake, VERIFY),
                false => judge.harmless(&exchange),
            };
            findings.push(finding.with_came(exchange.in_short()));
        }
    }
    match Finding::gravest(findings.iter().cloned()) {
        Some(finding) => {
            let mut came: Vec<(String, usize)> = Vec::new();
            for finding in findings {
                match came.iter_mut().find(|(text, _)| *text == finding.came) {
                    Some((_, times)) => *times += 1,
                    None => came.push((finding.came, 1)),
                }
            }
            let came: Vec<String> = came.into_iter().map(|(text, times)| format!("{times} × {text}")).collect();
            finding.with_came(came.join(", "))
        }
        None => Finding::skipped("the proof is in no header"),
    }
}

async fn query_token(bench: &mut Bench) -> Finding {
    if !matches!(bench.maker.sender.scheme, Scheme::UrlToken(_)) {
        return Finding::skipped("the proof is not in the URL");
    }
    let (right, wrong) = match (bench.genuine(), forgery(bench)) {
        (right, Ok(wrong)) => (bench.maker.signed(&right), wrong),
        (_, Err(finding)) => return finding,
    };
    let Ok(right) = right else { return Finding::skipped("the scheme cannot sign it") };
    let (Some(right), Some(wrong)) = (bench.maker.in_query(&right), bench.maker.in_query(&wrong)) else {
        return Finding::skipped("the token cannot be moved to the query");
    };
    let (right, wrong) = (bench.draft_of(right), bench.draft_of(wrong));
    let right = bench.send(&right).await;
    // Whether the endpoint also reads the token there is its own choice.
    let optional = bench.judge().stray(&right).with_came(format!("{} right", right.in_short()));
    let mistake = "a wrong token in the query was accepted";
    let refused = refuse(bench, &wrong, ErrorKind::TokenMismatch, mistake, VERIFY).await;
    Finding::gravest([optional, refused]).unwrap_or_else(|| Finding::skipped("no token"))
}
