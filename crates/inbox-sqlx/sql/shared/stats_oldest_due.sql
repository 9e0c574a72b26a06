-- Returns the time since which the earliest entry has been due, in milliseconds; negative if it is due later.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT {now} - MIN(next_at) FROM inbox_entry WHERE next_at IS NOT NULL
