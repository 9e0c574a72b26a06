//! The statements of PostgreSQL in its shell.

use sqlx::AssertSqlSafe;

use crate::engine::{connect, new_database};
use crate::shared::statements::{are_all_prepared, statements};
use crate::shared::support::shop_at;

#[tokio::test]
async fn postgres_explains_every_statement_file() {
    let database = new_database().await;
    shop_at(&database.url).await;
    let mut connection = connect(&database.url).await;
    let statements = statements("postgres");
    are_all_prepared("postgres", &statements);
    // A plan for any parameters: EXPLAIN has the option GENERIC_PLAN since PostgreSQL 16 only.
    sqlx::raw_sql("SET plan_cache_mode = force_generic_plan").execute(&mut connection).await.unwrap();
    for statement in statements {
        let text = match (statement.file.as_str(), parameters(&statement.text)) {
            ("guard/table", _) => statement.text,
            (_, 0) => format!("EXPLAIN {}", statement.text),
            (_, parameters) => {
                let nulls = vec!["NULL"; parameters].join(", ");
                format!("PREPARE asked AS {}; EXPLAIN EXECUTE asked ({nulls}); DEALLOCATE asked", statement.text)
            }
        };
        let explained = sqlx::raw_sql(AssertSqlSafe(text.clone())).execute(&mut connection).await;
        explained.unwrap_or_else(|error| panic!("{}: {error}\n{text}", statement.file));
    }
}

/// The number of parameters of a statement.
fn parameters(text: &str) -> usize {
    let numbers = text.split('$').skip(1).filter_map(|rest| {
        let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    });
    numbers.max().unwrap_or(0)
}
