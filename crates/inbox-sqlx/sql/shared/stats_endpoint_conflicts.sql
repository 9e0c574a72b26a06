-- Counts the conflicts of each endpoint that are dead letters.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT endpoint, COUNT(*) FROM inbox_entry
WHERE state = 'discarded' AND conflict_of IS NOT NULL
GROUP BY endpoint
