//! The statements of SQLite in its shell.

use sqlx::AssertSqlSafe;

use crate::engine::{connect, new_database};
use crate::shared::statements::{are_all_prepared, statements};
use crate::shared::support::shop_at;

#[tokio::test]
async fn sqlite_explains_every_statement_file() {
    let database = new_database().await;
    shop_at(&database.url).await;
    let mut connection = connect(&database.url).await;
    let statements = statements("sqlite");
    are_all_prepared("sqlite", &statements);
    for statement in statements {
        if statement.file == "guard/table" {
            sqlx::raw_sql(AssertSqlSafe(statement.text)).execute(&mut connection).await.unwrap();
            continue;
        }
        // A file may have two statements, and parameters that are not bound are NULL.
        for text in statement.text.split(";\n") {
            let explain = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")));
            let plan = explain.execute(&mut connection).await;
            plan.unwrap_or_else(|error| panic!("{}: {error}\n{text}", statement.file));
        }
    }
}
