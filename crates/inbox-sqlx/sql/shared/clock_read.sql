-- Reads the database's clock and the row of proven time.
--
-- Parameters: none.
-- Concurrency: a read without locks. clock_write detects another write since.
SELECT {now} AS clock, proven_at, ahead_by, lasted, allowance, unsettled_from, held_from, held_until, written_at
FROM inbox_clock WHERE id = 1
