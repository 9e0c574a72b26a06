//! Other spellings of the URL.

use http::Uri;

use super::bench::Bench;
use super::case::Case;
use super::finding::Finding;

pub(super) const CASES: &[Case] = &[Case {
    name: "trailing-slash",
    expected: "no redirection, no harm",
    about: "a genuine delivery to the URL with a slash at its end, or without the one that it has",
    run: |bench| Box::pin(trailing_slash(bench)),
}];

async fn trailing_slash(bench: &mut Bench) -> Finding {
    let delivery = bench.genuine();
    let mut draft = match bench.draft(&delivery) {
        Ok(draft) => draft,
        Err(finding) => return finding,
    };
    let Some(uri) = other_end(draft.request.uri()) else { return Finding::skipped("the URL is the root") };
    *draft.request.uri_mut() = uri;
    let exchange = bench.send(&draft).await;
    let came = exchange.in_words();
    match exchange.status() {
        Some(status) if status.is_redirection() => {
            let reason = format!("a redirection: {}", bench.judge().reading(&exchange));
            Finding::failed(came, reason, "route both spellings, or answer 404, so that the mistake is seen at once")
        }
        Some(status) if status.is_client_error() && !bench.contract.is_retried_after(status) => {
            let reason = format!("{} is final there: a URL that is registered so loses every event", status.as_u16());
            let next = "route both spellings, or answer near misses so that the platform tries again";
            Finding::noted(came, reason, next)
        }
        _ => bench.judge().stray(&exchange),
    }
}

/// Returns the URL with or without a slash at the end of its path. `None` for the root.
fn other_end(uri: &Uri) -> Option<Uri> {
    let path = match uri.path() {
        "/" => return None,
        path => path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned),
    };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{path}{query}").parse().ok()?);
    Uri::from_parts(parts).ok()
}
