//! `refhook inbox refused`: the kept refused requests.

use std::io::Write as _;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::store::{RefusedRequest, Store as _};
use referral_webhooks_inspector::mask::Mask;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::database::{DbArgs, failed};
use super::exact;
use super::masked::{Masked, Masks};
use super::moment::{short, written};
use super::table::fitted;
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::Output;
use crate::terminal::{self, DIM, printable};

/// Shows the refused requests that the inbox keeps, the newest first.
///
/// `--http` writes one of them as a message, for `refhook doctor`. Requests are kept without the tokens of their paths
/// and headers, and sealed ones need `--keyring-file`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Refused {
    /// Only this endpoint.
    #[arg(id = "by_hand_endpoint", long = "endpoint", value_name = "NAME")]
    endpoint: Option<String>,

    /// Shows personal data in JSON.
    #[arg(long)]
    reveal: bool,

    /// Writes the request of this position in the list as an HTTP message: 1 is the newest.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "output")]
    http: Option<u64>,

    #[command(flatten)]
    db: DbArgs,

    /// The format of the output. JSON has the requests, too.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  refhook inbox refused --db shop.db
  refhook inbox refused --db shop.db --endpoint redpin --http 1 > refused.http
  refhook doctor --platform redpin --secret-file redpin.secret refused.http";

impl Refused {
    pub(crate) async fn run(self) -> Outcome {
        let opened = self.db.open().await?;
        let store = opened.store();
        let endpoints: Vec<String> = match &self.endpoint {
            Some(endpoint) => vec![endpoint.clone()],
            None => store.endpoints().await.map_err(failed)?.into_iter().map(|it| it.endpoint).collect(),
        };
        let mut requests = Vec::new();
        for endpoint in &endpoints {
            requests.extend(store.refused(endpoint).await.map_err(failed)?);
        }
        requests.sort_by_key(|request| std::cmp::Reverse(request.at));
        if let Some(position) = self.http {
            let found = usize::try_from(position - 1).ok().and_then(|place| requests.get(place));
            let request = found.ok_or_else(|| {
                let cause = format!("there are {} refused requests", requests.len());
                Failure::new(cause, "`refhook inbox refused` lists them, the newest first")
            })?;
            if request.is_sealed {
                let help = "give the file of the application's pepper and keys with `--keyring-file`";
                return Err(Failure::new("the request is sealed", help));
            }
            let message = request.to_http();
            exact::accepted_by_terminal(&message)?;
            exact::write(&message)?;
            return Ok(ExitCode::SUCCESS);
        }
        self.print(&requests)?;
        if requests.is_empty() {
            note("no refused request is kept");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn print(&self, requests: &[RefusedRequest]) -> std::io::Result<()> {
        let masks = (!self.reveal).then(|| Masks::new([]));
        let (mut out, now) = (anstream::stdout(), OffsetDateTime::now_utc());
        if self.output == Output::Text && !requests.is_empty() {
            writeln!(out, "{DIM}{:>3}  {:>4}  {:<16}  {:<20}  REASON{DIM:#}", "N", "AGE", "ENDPOINT", "KIND")?;
        }
        for (place, request) in requests.iter().enumerate() {
            match self.output {
                Output::Text => {
                    let (age, kind) = (short(now - request.at), fitted(&printable(&request.kind), 20));
                    let endpoint = fitted(&printable(&request.endpoint), 16);
                    let reason = printable(&request.reason);
                    writeln!(out, "{:>3}  {age:>4}  {endpoint}  {kind}  {reason}", place + 1)?;
                }
                Output::Json => writeln!(out, "{}", terminal::json_line(&object(request, masks.as_ref())))?,
            }
        }
        out.flush()
    }
}

/// Returns a request; masked if there are masks.
fn object(request: &RefusedRequest, masks: Option<&Masks>) -> Value {
    let RefusedRequest { headers, body, at, .. } = request.clone();
    let delivery = StoredDelivery::new(headers, body, at, None);
    let shown = match masks {
        // Sealed bytes are hidden, because they are not text.
        Some(masks) => masks.masked(&request.platform, &delivery),
        None => Masked::revealed(&delivery),
    };
    let path = if masks.is_some() { Mask::new().path(&request.path) } else { request.path.clone() };
    json!({
        "kind": "refused",
        "endpoint": request.endpoint,
        "platform": request.platform,
        "refusal": request.kind,
        "reason": request.reason,
        "status": request.status,
        "at": written(request.at),
        "method": request.method,
        "path": path,
        "headers": shown.headers,
        "body": shown.body,
        "body_base64": masks.is_none().then(|| STANDARD.encode(&request.body)),
        "body_length": request.body_length,
        "is_sealed": request.is_sealed,
        "is_masked": masks.is_some(),
    })
}
