-- Returns the generation of the log `-wal`.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT generation FROM inbox_log
