//! A receiver on a real socket, with the real clock: it verifies, counts repeats, and answers as the test wants.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use referral_webhooks::platform::{Event as _, Platform, Visit, visit_all};
use referral_webhooks::profile::Profile;
use referral_webhooks::{Endpoint, ErrorKind};
use time::OffsetDateTime;

/// A verified delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) id: String,
    pub(crate) event: Option<String>,
    pub(crate) signed_at: Option<OffsetDateTime>,
    pub(crate) body: Vec<u8>,
}

type Verified = Result<Got, (&'static str, u16)>;
type Verify = Box<dyn Fn(http::Request<axum::body::Bytes>) -> Verified + Send + Sync>;

/// The answer to a request: the status and the wait before it. It depends on the number of the request, from zero, and on
/// the number of earlier requests with the same delivery id.
pub(crate) type Answers = fn(usize, usize) -> (u16, Duration);

pub(crate) const ACCEPTING: Answers = |_, _| (200, Duration::ZERO);

/// The requests of a receiver.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) got: Vec<Got>,
    /// The kinds of the refusals.
    pub(crate) refused: Vec<&'static str>,
    pub(crate) paths: Vec<String>,
    /// The largest number of requests at the same time.
    pub(crate) most_at_once: usize,
    at_once: usize,
}

impl Seen {
    /// Returns the number of requests by delivery id.
    pub(crate) fn by_id(&self) -> BTreeMap<&str, usize> {
        let mut ids = BTreeMap::new();
        for got in &self.got {
            *ids.entry(got.id.as_str()).or_default() += 1;
        }
        ids
    }
}

/// A receiver on loopback.
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Mutex<Seen>>,
}

struct Shared {
    verify: Verify,
    answers: Answers,
    seen: Arc<Mutex<Seen>>,
}

impl Receiver {
    /// Starts a receiver of a built-in platform, with these secrets and the platform's tolerance.
    pub(crate) fn of_platform(name: &str, secrets: &[&str], answers: Answers) -> Self {
        let mut search = Search { name, secrets, found: None };
        visit_all(&mut search);
        Self::start(search.found.unwrap(), answers)
    }

    /// Starts a receiver of a profile.
    pub(crate) fn of_profile(profile: Profile, secret: &str, answers: Answers) -> Self {
        Self::start(verify(profile, &[secret]), answers)
    }

    fn start(verify: Verify, answers: Answers) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let shared = Arc::new(Shared { verify, answers, seen: seen.clone() });
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                send.send(listener.local_addr().unwrap()).unwrap();
                let app = Router::new().fallback(answer).with_state(shared);
                axum::serve(listener, app).await.unwrap();
            });
        });
        Self { url: format!("http://{}/hooks", receive.recv().unwrap()), seen }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let request = http::Request::from_parts(parts, body.collect().await.unwrap().to_bytes());
    let verified = (shared.verify)(request);
    let (status, wait) = {
        let mut seen = shared.seen.lock().unwrap();
        let number = seen.paths.len();
        seen.paths.push(path);
        seen.at_once += 1;
        seen.most_at_once = seen.most_at_once.max(seen.at_once);
        match verified {
            Ok(got) => {
                let earlier = seen.got.iter().filter(|before| before.id == got.id).count();
                seen.got.push(got);
                (shared.answers)(number, earlier)
            }
            Err((kind, status)) => {
                seen.refused.push(kind);
                (status, Duration::ZERO)
            }
        }
    };
    tokio::time::sleep(wait).await;
    shared.seen.lock().unwrap().at_once -= 1;
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    (status, [("location", "/elsewhere")]).into_response()
}

struct Search<'s> {
    name: &'s str,
    secrets: &'s [&'s str],
    found: Option<Verify>,
}

impl Visit for Search<'_> {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        if platform.facts().name == self.name {
            self.found = Some(verify(platform, self.secrets));
        }
    }
}

/// Returns the check of one endpoint with the real clock.
fn verify<P: Platform>(platform: P, secrets: &[&str]) -> Verify {
    let (current, previous) = secrets.split_first().unwrap();
    let endpoint = Endpoint::of(platform, current).unwrap();
    let endpoint = previous.iter().try_fold(endpoint, Endpoint::or_previous).unwrap();
    Box::new(move |request| {
        let received = endpoint.receive(&request, OffsetDateTime::now_utc());
        received
            .map(|delivery| Got {
                id: delivery.id().to_string(),
                event: delivery.event().name().map(str::to_owned),
                signed_at: delivery.signed_at(),
                body: request.body().to_vec(),
            })
            .map_err(|error| {
                let kind: ErrorKind = error.kind();
                (kind.as_str(), endpoint.status(kind).as_u16())
            })
    })
}
