//! env $(cat examples/many-platforms/secrets.example) cargo run -p many-platforms
//!
//! All five platforms in one axum application. The state has an endpoint for each platform, and the extractor
//! `Webhook<P>` selects the endpoint of its platform. The server closes a connection whose head is incomplete after 5
//! seconds. The endpoint refuses a body that is incomplete after `BODY_DEADLINE` (10 seconds).
//!
//! A time-out, a concurrency limit and a body limit are outside of the routes. `ContractsLayer` is outside of them, so that
//! each of their answers is one that the platform understands. Requests that just miss an endpoint are logged.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::routing::{MethodRouter, post};
use referral_webhooks_axum::platform::genius_referrals::GeniusReferrals;
use referral_webhooks_axum::platform::prefinery::Prefinery;
use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::platform::referral_rocket::ReferralRocket;
use referral_webhooks_axum::platform::refir::Refir;
use referral_webhooks_axum::platform::{Event as _, Platform};
use referral_webhooks_axum::{ContractLayer, ContractsLayer, Endpoint, Reply, Webhook, WebhookRoutes, near_misses};
use serve::{exit_code, serve, until_signal};
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;

#[derive(Clone, FromRef)]
struct Endpoints {
    genius_referrals: Endpoint<GeniusReferrals>,
    prefinery: Endpoint<Prefinery>,
    redpin: Endpoint<Redpin>,
    refir: Endpoint<Refir>,
    referral_rocket: Endpoint<ReferralRocket>,
}

/// The largest body of any route. The default of an endpoint is 1 MiB.
const BODY_LIMIT: usize = 512 * 1024;

fn app(endpoints: Endpoints, time_out: Duration, concurrency: usize) -> Router {
    let routes = WebhookRoutes::new()
        .route::<GeniusReferrals>("/hooks/genius-referrals")
        .route::<Prefinery>("/hooks/prefinery")
        .route::<Redpin>("/hooks/redpin")
        .route::<Refir>("/hooks/refir/{secret}")
        .route::<ReferralRocket>("/hooks/referral-rocket");
    let missed = near_misses(routes.clone());
    // From the outermost layer to the innermost one. An excess request is refused at once, instead of waiting for its turn.
    let layers = ServiceBuilder::new()
        .layer(ContractsLayer::new(routes))
        .load_shed()
        .layer(GlobalConcurrencyLimitLayer::new(concurrency))
        .timeout(time_out)
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    Router::new()
        .route("/hooks/genius-referrals", on::<GeniusReferrals>())
        .route("/hooks/prefinery", on::<Prefinery>())
        .route("/hooks/redpin", on::<Redpin>())
        // Refir does not sign: its secret is the last part of the URL.
        .route("/hooks/refir/{secret}", on::<Refir>())
        .route("/hooks/referral-rocket", on::<ReferralRocket>())
        .fallback(missed.clone())
        .method_not_allowed_fallback(missed)
        .with_state(endpoints)
        .layer(layers)
}

fn on<P: Platform + Default>() -> MethodRouter<Endpoints>
where
    Endpoint<P>: FromRef<Endpoints>,
{
    post(note::<P>).layer(ContractLayer::<P>::new())
}

/// Prints a delivery of any platform, after the time in `HANDLER_TAKES` (0 seconds). A handler that pays a reward takes a `Webhook<Redpin>` and matches its events.
async fn note<P: Platform + Default>(Webhook(delivery): Webhook<P>) -> Reply {
    tokio::time::sleep(seconds("HANDLER_TAKES", 0).unwrap_or_default()).await;
    println!(
        "{}: {} is {}",
        P::default().facts().name,
        delivery.id(),
        delivery.event().name().unwrap_or("an event without a name")
    );
    Reply::Accepted
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let endpoints = Endpoints {
        genius_referrals: endpoint()?,
        prefinery: endpoint()?,
        redpin: endpoint()?,
        refir: endpoint()?,
        referral_rocket: endpoint()?,
    };
    let shutdown = until_signal()?;
    let address = env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("receiving at http://{}", listener.local_addr()?);
    let app = app(endpoints, seconds("TIME_OUT", 10)?, number("CONCURRENCY", 256)?);
    serve(listener, app, shutdown).await;
    Ok(())
}

/// Returns the endpoint with the secret from the platform's variable, for example `REFERRAL_ROCKET_SECRET`.
fn endpoint<P: Platform + Default>() -> Result<Endpoint<P>, String> {
    let variable = format!("{}_SECRET", P::default().facts().name.to_uppercase().replace('-', "_"));
    let secret = env::var(&variable).map_err(|_| format!("set {variable} to the endpoint's secret"))?;
    let endpoint = Endpoint::new(secret).map_err(|error| format!("{variable}: {error}"))?;
    Ok(endpoint.with_body_deadline(seconds("BODY_DEADLINE", 10)?))
}

fn seconds(variable: &str, default: usize) -> Result<Duration, String> {
    number(variable, default).map(|seconds| Duration::from_secs(seconds as u64))
}

fn number(variable: &str, default: usize) -> Result<usize, String> {
    let number = env::var(variable).map_or(Ok(default), |number| number.parse());
    number.map_err(|error| format!("{variable}: {error}"))
}
