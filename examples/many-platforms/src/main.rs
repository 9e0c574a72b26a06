//! env $(cat examples/many-platforms/secrets.example) cargo run -p many-platforms
//!
//! All built-in platforms in one axum application, each at `/hooks/<name>`, and one handler that credits their rewards by
//! `Event::summary()`. The table in `reward.rs` has the happening on which each platform's rewards are credited. A
//! platform without its variable in the environment is left out. The ledger is in memory, so a restart forgets it.
//!
//! The questions of platforms have routes of their own: `/hooks/friendbuy/questions` and `/hooks/talkable/questions`.
//!
//! The server closes a connection whose head is incomplete after 5 seconds. The endpoint refuses a body that is incomplete
//! after `BODY_DEADLINE` (10 seconds).
//!
//! A time-out, a concurrency limit and a body limit are outside of the routes. `ContractsLayer` is outside of them, so that
//! each of their answers is one that the platform understands. Requests that just miss an endpoint are logged.

mod ledger;
mod question;
mod reward;

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use axum::{Extension, Router};
use referral_webhooks_axum::platform::friendbuy::Friendbuy;
use referral_webhooks_axum::platform::talkable::Talkable;
use referral_webhooks_axum::platform::{Event as _, Platform, Visit, visit_all};
use referral_webhooks_axum::{
    Acknowledges, ContractLayer, ContractsLayer, Delivery, Endpoint, Reply, Scheme, Webhook, WebhookRoutes, near_misses,
};
use serve::{exit_code, serve, until_signal};
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;

use crate::ledger::Ledger;
use crate::reward::Effect;

/// The largest body of any route. The default of an endpoint is 1 MiB.
const BODY_LIMIT: usize = 512 * 1024;

/// The routes of the platforms whose secrets are in the environment.
#[derive(Default)]
struct Hooks {
    router: Router,
    routes: WebhookRoutes,
    mistakes: Vec<String>,
}

impl Hooks {
    fn of_all_platforms() -> Result<Self, String> {
        let mut hooks = Self::default();
        visit_all(&mut hooks);
        if let Some(endpoint) = endpoint::<Friendbuy>()? {
            let questions = Router::new().route("/hooks/friendbuy/questions", post(question::by_status::<Friendbuy>));
            hooks.router = hooks.router.merge(questions.with_state(endpoint));
        }
        if let Some(endpoint) = endpoint::<Talkable>()? {
            let questions = Router::new().route("/hooks/talkable/questions", post(question::by_body));
            hooks.router = hooks.router.merge(questions.with_state(endpoint));
        }
        if hooks.mistakes.is_empty() { Ok(hooks) } else { Err(hooks.mistakes.join("; ")) }
    }
}

impl Visit for Hooks {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        let facts = platform.facts();
        let endpoint = match endpoint::<P>() {
            Ok(Some(endpoint)) => endpoint,
            Ok(None) => return println!("{} is left out: {} is not set", facts.title, variable(&platform)),
            Err(mistake) => return self.mistakes.push(mistake),
        };
        let path = match facts.scheme {
            // The secret of a platform that does not sign is the last part of the URL.
            Scheme::UrlToken(_) => format!("/hooks/{}/{{secret}}", facts.name),
            _ => format!("/hooks/{}", facts.name),
        };
        let hook = Router::new().route(&path, post(credit::<P>).layer(ContractLayer::<P>::new()));
        self.router = std::mem::take(&mut self.router).merge(hook.with_state(endpoint));
        self.routes = std::mem::take(&mut self.routes).route::<P>(&path);
    }
}

fn app(hooks: Hooks, time_out: Duration, concurrency: usize) -> Router {
    let missed = near_misses(hooks.routes.clone());
    // From the outermost layer to the innermost one. An excess request is refused at once, instead of waiting for its turn.
    let layers = ServiceBuilder::new()
        .layer(ContractsLayer::new(hooks.routes))
        .load_shed()
        .layer(GlobalConcurrencyLimitLayer::new(concurrency))
        .timeout(time_out)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(Extension(Arc::new(Ledger::default())));
    hooks.router.fallback(missed.clone()).method_not_allowed_fallback(missed).layer(layers)
}

/// Credits the rewards of a delivery of any platform, after the time in `HANDLER_TAKES` (0 seconds).
///
/// The answer comes after the ledger has the rewards, because some platforms mark a reward as paid after a success.
async fn credit<P: Platform>(Extension(ledger): Extension<Arc<Ledger>>, Webhook(delivery): Webhook<P>) -> Reply {
    tokio::time::sleep(seconds("HANDLER_TAKES", 0).unwrap_or_default()).await;
    println!(
        "{}: {} is {}",
        delivery.platform().facts().name,
        delivery.id(),
        delivery.event().name().unwrap_or("an event without a name")
    );
    // A question has a route of its own. Its status would be an answer.
    if acknowledges(&delivery).is_decision() {
        return Reply::retry_later(&delivery);
    }
    let items = delivery.items();
    let events = if items.is_empty() { std::slice::from_ref(&delivery) } else { &items[..] };
    let mut reply = Reply::Accepted;
    for event in events {
        let effect = Effect::of(event, &ledger);
        println!("ledger: {} {} {effect}", event.platform().facts().name, subject(event));
        // A success would mark this reward as paid.
        let is_open = matches!(effect, Effect::Held(_)) || event.event().other().is_some();
        if acknowledges(event) == Acknowledges::Fulfilment && is_open {
            reply = Reply::retry_later(&delivery);
        }
    }
    reply
}

fn acknowledges<P: Platform>(delivery: &Delivery<P>) -> Acknowledges {
    delivery.platform().facts().contract.acknowledges(delivery.event().name())
}

/// Returns the subject of an event for the log. A subject that is an e-mail address stays out of it.
fn subject<P: Platform>(delivery: &Delivery<P>) -> String {
    let subject = delivery.event().summary().subject.filter(|subject| !subject.contains('@'));
    subject.map_or_else(|| "-".to_owned(), |subject| subject.into_owned())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let hooks = Hooks::of_all_platforms()?;
    let shutdown = until_signal()?;
    let address = env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("receiving at http://{}", listener.local_addr()?);
    let app = app(hooks, seconds("TIME_OUT", 10)?, number("CONCURRENCY", 256)?);
    serve(listener, app, shutdown).await;
    Ok(())
}

/// Returns the endpoint with the secret in the platform's variable, or `None` without the variable.
fn endpoint<P: Platform + Default>() -> Result<Option<Endpoint<P>>, String> {
    let variable = variable(&P::default());
    let Some(secret) = env::var_os(&variable) else { return Ok(None) };
    let secret = secret.into_string().map_err(|_| format!("{variable}: not UTF-8"))?;
    let endpoint = Endpoint::new(secret).map_err(|error| format!("{variable}: {error}"))?;
    Ok(Some(endpoint.with_body_deadline(seconds("BODY_DEADLINE", 10)?)))
}

/// Returns the name of a platform's variable, for example `REFERRAL_ROCKET_SECRET`.
fn variable(platform: &impl Platform) -> String {
    format!("{}_SECRET", platform.facts().name.to_uppercase().replace('-', "_"))
}

fn seconds(variable: &str, default: usize) -> Result<Duration, String> {
    number(variable, default).map(|seconds| Duration::from_secs(seconds as u64))
}

fn number(variable: &str, default: usize) -> Result<usize, String> {
    let number = env::var(variable).map_or(Ok(default), |number| number.parse());
    number.map_err(|error| format!("{variable}: {error}"))
}
