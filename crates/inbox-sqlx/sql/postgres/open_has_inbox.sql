-- Returns whether the search_path leads to an inbox, and whether its migrations are listed.
--
-- Parameters: none.
-- Concurrency: repeated under a lock before tables are created, in a transaction that begins after the lock was taken,
-- because a lookup of a name may miss tables that another process has created since the transaction began.
SELECT to_regclass('inbox_mark') IS NOT NULL, to_regclass('inbox_schema') IS NOT NULL
