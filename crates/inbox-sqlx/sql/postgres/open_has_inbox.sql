-- Returns whether the schema has an inbox.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT to_regclass('inbox_mark') IS NOT NULL
