-- Returns the time since which the earliest entry of each endpoint has been due, in milliseconds; negative if it is due
-- later.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT endpoint, {now} - MIN(next_at) FROM inbox_entry
WHERE next_at IS NOT NULL
GROUP BY endpoint
