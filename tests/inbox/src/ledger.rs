//! The content of the tables at the end of a scenario, read by plain SQL instead of our code.

use std::collections::BTreeMap;

use sqlx::{Connection as _, Row as _};

use crate::shop::Shop;

/// The content of the tables.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// By delivery id, and by tenant and delivery id.
    pub(crate) entries: BTreeMap<String, Entry>,
    /// Number of effects of each delivery that were written in the inbox's transaction.
    pub(crate) effects: BTreeMap<String, i64>,
    /// Number of effects of each delivery that were written in separate transactions.
    pub(crate) plain: BTreeMap<String, i64>,
    /// Number of history lines of each kind.
    pub(crate) history: BTreeMap<String, i64>,
    /// How often the same entry was abandoned, at most.
    pub(crate) most_abandoned: u32,
    /// How often each reason was given for a retry.
    pub(crate) reasons: BTreeMap<String, i64>,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) state: String,
    pub(crate) attempt: i64,
    pub(crate) last_attempt: i64,
    pub(crate) repeats: i64,
}

impl Ledger {
    pub(crate) async fn read(shop: &Shop) -> Self {
        // The casts give the same types in every database.
        const ENTRIES: &str = "SELECT CASE WHEN tenant = '' THEN delivery_id ELSE tenant || '/' || delivery_id END, state, CAST(attempt AS BIGINT), CAST(last_attempt AS BIGINT), \
                               CAST(repeats AS BIGINT) FROM inbox_entry";
        const MOST_ABANDONED: &str = "SELECT CAST(COALESCE(MAX(abandoned), 0) AS BIGINT) FROM (SELECT COUNT(*) AS abandoned \
                                 FROM inbox_history WHERE what = 'abandoned' GROUP BY entry_id) AS each";
        let mut connection = shop.connect().await;
        let most_abandoned: i64 = sqlx::query(MOST_ABANDONED).fetch_one(&mut connection).await.unwrap().get(0);
        let mut entries = BTreeMap::new();
        for row in sqlx::query(ENTRIES).fetch_all(&mut connection).await.unwrap() {
            let [attempt, last_attempt, repeats] = [2, 3, 4].map(|column: usize| row.get(column));
            entries.insert(row.get(0), Entry { state: row.get(1), attempt, last_attempt, repeats });
        }
        let mut counts = Vec::new();
        for query in [
            "SELECT key, COUNT(*) FROM effect GROUP BY key",
            "SELECT key, COUNT(*) FROM effect_plain GROUP BY key",
            "SELECT what, COUNT(*) FROM inbox_history GROUP BY what",
            "SELECT reason, COUNT(*) FROM inbox_history WHERE what = 'retry' AND reason IS NOT NULL GROUP BY reason",
        ] {
            let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
            counts.push(rows.iter().map(|row| (row.get(0), row.get(1))).collect());
        }
        connection.close().await.unwrap();
        let [effects, plain, history, reasons] = counts.try_into().expect("four queries");
        let most_abandoned = most_abandoned.try_into().unwrap();
        Self { entries, effects, plain, history, most_abandoned, reasons }
    }

    pub(crate) fn lines(&self, what: &str) -> i64 {
        self.history.get(what).copied().unwrap_or_default()
    }

    pub(crate) fn is_completed(&self, delivery_id: &str) -> bool {
        self.entries.get(delivery_id).is_some_and(|entry| entry.state == "completed")
    }
}
