-- Creates the table of effects, in SQLite and PostgreSQL. In other databases, the columns are a text of at most 100
-- bytes, one of at most 100, one of at most 256, and a number, and together they are the primary key.
--
-- Parameters: none.
-- Concurrency: concurrent calls may fail on PostgreSQL; create the table in a migration.
CREATE TABLE IF NOT EXISTS inbox_effect (
    endpoint TEXT NOT NULL,
    tenant TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    run BIGINT NOT NULL,
    PRIMARY KEY (endpoint, tenant, delivery_id, run)
)
