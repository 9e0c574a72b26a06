//! The handler of an inbox: it pays in the transaction that completes the entry.

use referral_webhooks::Delivery;
use referral_webhooks::platform::redpin::{Event, Redpin, ReferralStatus};
use referral_webhooks_inbox::{Attempt, Outcome};
use sqlx::SqliteConnection;

/// The table of rewards. It needs no unique column, because the inbox knows the ids.
pub const REWARDS: &str = "CREATE TABLE reward (delivery TEXT NOT NULL, cents INTEGER NOT NULL)";

/// Pays a new referral. The amount depends on the campaign, so it is an argument with state.
///
/// # Errors
///
/// If the database fails. The attempt is then rolled back and retried.
pub async fn pay(
    delivery: Delivery<Redpin>,
    attempt: Attempt,
    shop: &mut SqliteConnection,
    cents: i64,
) -> Result<Outcome, sqlx::Error> {
    let is_new = matches!(delivery.event(), Event::ReferralCreated(made) if made.status == ReferralStatus::Created);
    if !is_new {
        return Ok(Outcome::Ignored("no reward for it".into()));
    }
    let reward = sqlx::query("INSERT INTO reward (delivery, cents) VALUES ($1, $2)").bind(attempt.id).bind(cents);
    reward.execute(shop).await?;
    Ok(Outcome::Done)
}
