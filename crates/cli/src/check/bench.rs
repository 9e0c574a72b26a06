//! The state of a run: the endpoint, the deliveries, and what was seen so far.

use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderValue, Request};
use referral_webhooks::{Contract, DeliveryId};

use super::delivery::{Delivery, Maker};
use super::effects::Effects;
use super::finding::Finding;
use super::inbox::Inbox;
use super::judge::Judge;
use super::wire::{Came, Draft, Exchange, Gap, Step, Target};

/// The header that names the case, for the endpoint's log.
static CASE: HeaderName = HeaderName::from_static("refhook-case");

/// The shortest secret that is searched for in answers. A shorter one occurs by chance.
const LEAST: usize = 8;

/// The state of a run.
pub(super) struct Bench {
    pub(super) maker: Maker,
    pub(super) target: Target,
    pub(super) contract: &'static Contract,
    pub(super) event: Option<String>,
    /// The time that the endpoint has to answer.
    pub(super) patience: Duration,
    /// The time that processing has to end.
    pub(super) wait: Duration,
    /// The endpoint's limit on bodies, in bytes.
    pub(super) limit: usize,
    pub(super) inbox: Option<Inbox>,
    pub(super) effects: Option<Effects>,
    /// The delivery that later cases repeat.
    genuine: Option<Delivery>,
    pub(super) case: &'static str,
    /// The effects of one delivery, if they were counted.
    pub(super) effects_of_one: Option<i64>,
    /// The texts that no answer may contain, with their names.
    forbidden: Vec<(&'static str, String)>,
    /// The cases whose answers contained one of them.
    pub(super) leaks: Vec<(&'static str, &'static str)>,
    /// The ids of deliveries that must not be processed.
    strangers: Vec<DeliveryId>,
    pub(super) is_unreachable: bool,
}

/// The settings of a run.
pub(super) struct Settings {
    pub(super) patience: Duration,
    pub(super) wait: Duration,
    pub(super) limit: usize,
    pub(super) inbox: Option<Inbox>,
    pub(super) effects: Option<Effects>,
}

impl Bench {
    pub(super) fn new(maker: Maker, target: Target, secrets: &[&str], settings: Settings) -> Self {
        let Settings { patience, wait, limit, inbox, effects } = settings;
        let whole = secrets.iter().map(|secret| ("the secret", (*secret).to_owned()));
        // Some endpoints write the key without its prefix.
        let keys = secrets.iter().filter_map(|secret| Some(("the secret", secret.strip_prefix("whsec_")?.to_owned())));
        let forbidden = whole.chain(keys).filter(|(_, text)| text.len() >= LEAST).collect();
        Self {
            contract: maker.sender.contract,
            event: maker.event(),
            maker,
            target,
            patience,
            wait,
            limit,
            inbox,
            effects,
            genuine: None,
            case: "",
            effects_of_one: None,
            forbidden,
            leaks: Vec::new(),
            strangers: Vec::new(),
            is_unreachable: false,
        }
    }

    /// Returns the judge of answers about the sample's event.
    pub(super) fn judge(&self) -> Judge<'_> {
        Judge { contract: self.contract, event: self.event.as_deref() }
    }

    /// Returns the delivery that several cases send, so that the handler sees one delivery and not many.
    pub(super) fn genuine(&mut self) -> Delivery {
        let maker = &mut self.maker;
        self.genuine.get_or_insert_with(|| maker.fresh()).clone()
    }

    /// Returns a delivery that must not be processed.
    pub(super) fn stranger(&mut self) -> Delivery {
        let delivery = self.maker.fresh();
        self.strangers.extend(self.maker.ids(&delivery));
        delivery
    }

    /// Returns the ids of the deliveries that must not be processed.
    pub(super) fn strangers(&self) -> &[DeliveryId] {
        &self.strangers
    }

    /// Returns a draft of a genuine delivery, signed now.
    pub(super) fn draft(&self, delivery: &Delivery) -> Result<Draft, Finding> {
        let request = self.maker.signed(delivery);
        Ok(self.draft_of(request.map_err(|error| Finding::skipped(format!("the scheme cannot sign it: {error}")))?))
    }

    /// Returns a draft of a request, with the name of the case.
    pub(super) fn draft_of(&self, mut request: Request<Bytes>) -> Draft {
        request.headers_mut().insert(CASE.clone(), HeaderValue::from_static(self.case));
        Draft::new(request)
    }

    /// Sends a draft on a connection of its own.
    pub(super) async fn send(&mut self, draft: &Draft) -> Exchange {
        let exchange = self.target.send(draft, self.patience).await;
        self.note(draft, &exchange);
        exchange
    }

    /// Takes these steps, which send a draft, on a connection of their own.
    pub(super) async fn play(&mut self, draft: &Draft, steps: &[Step]) -> Exchange {
        let exchange = self.target.play(steps, draft.is_head(), self.patience).await;
        self.note(draft, &exchange);
        exchange
    }

    /// Sends a genuine delivery, and judges that it is accepted.
    pub(super) async fn accept(&mut self, delivery: &Delivery) -> Finding {
        match self.draft(delivery) {
            Ok(draft) => {
                let exchange = self.send(&draft).await;
                self.judge().accepted(&exchange)
            }
            Err(finding) => finding,
        }
    }

    /// Forbids the signature of a request in later answers, because it would show strangers how to forge.
    pub(super) fn forbid_signature(&mut self, genuine: &Request<Bytes>) {
        for (name, value) in genuine.headers() {
            if self.maker.sender.scheme.reads(name) {
                // The last part of `v1,…`, `sha256=…` and `t=…,v1=…`, with the padding of base64.
                let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
                let signature = text.trim_end_matches('=').rsplit([',', '=', ' ']).next().unwrap_or_default();
                if signature.len() >= 32 {
                    self.forbidden.push(("the expected signature", signature.to_owned()));
                }
            }
        }
    }

    /// Notes what an answer gives away.
    pub(super) fn note(&mut self, draft: &Draft, exchange: &Exchange) {
        match &exchange.came {
            Came::Nothing(Gap::Unreachable(_)) => self.is_unreachable = true,
            Came::Nothing(_) => {}
            Came::Answer(answer) => {
                let sent = [&draft.head("")[..], draft.request.body()].concat();
                for (what, text) in &self.forbidden {
                    // An echo of what the sender knows gives nothing away.
                    if contains(&answer.text, text) && !contains(&sent, text) {
                        self.leaks.push((self.case, what));
                    }
                }
            }
        }
    }
}

fn contains(text: &[u8], part: &str) -> bool {
    text.windows(part.len()).any(|window| window == part.as_bytes())
}
