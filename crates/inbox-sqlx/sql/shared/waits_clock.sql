-- Reads the database's clock and the proven time.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT {now}, (SELECT proven_at FROM inbox_clock WHERE id = 1)
