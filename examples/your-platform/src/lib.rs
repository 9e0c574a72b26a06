//! cargo test --manifest-path examples/your-platform/Cargo.toml
//!
//! A platform of your own, in a package outside the workspace. `rewardful.rs` is the whole platform, and everything else is
//! as for a built-in one: the extractor of axum, the inbox in SQLite, and signed requests in tests. `tests/rewardful.rs` runs
//! the checks that the built-in platforms pass.

pub mod rewardful;

use axum::extract::Extension;
use axum::{Router, routing::post};
use referral_webhooks::{Delivery, Reply};
use referral_webhooks_axum::Webhook;
use referral_webhooks_inbox::{Attempt, Intake, Outcome};
use referral_webhooks_inbox_sqlx::SqliteStore;
use sqlx::SqliteConnection;

use rewardful::{Event, Rewardful};

/// The table of the credits. One commission is one credit.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS credit (commission TEXT PRIMARY KEY, cents INTEGER NOT NULL)";

type Rewardfuls = Intake<Rewardful, SqliteStore>;

/// Returns the application: it stores each delivery before it acknowledges it.
pub fn app(intake: Rewardfuls) -> Router {
    let endpoint = intake.endpoint().clone();
    Router::new().route("/hooks/rewardful", post(store)).with_state(endpoint).layer(Extension(intake))
}

async fn store(Extension(intake): Extension<Rewardfuls>, Webhook(delivery): Webhook<Rewardful>) -> Reply {
    intake.receive(&delivery).await
}

/// Credits a new commission, in the inbox's transaction: the credit and the end of the attempt are committed together.
pub async fn pay(
    delivery: Delivery<Rewardful>,
    _: Attempt,
    shop: &mut SqliteConnection,
) -> Result<Outcome, sqlx::Error> {
    let Event::Commission(commission) = delivery.event() else { return Ok(Outcome::Ignored("no commission".into())) };
    if commission.event.kind != "commission.created" {
        return Ok(Outcome::Ignored("credited when it was created".into()));
    }
    let credit = sqlx::query("INSERT INTO credit (commission, cents) VALUES ($1, $2)");
    credit.bind(commission.object.id.as_str()).bind(commission.object.amount).execute(shop).await?;
    Ok(Outcome::Done)
}
