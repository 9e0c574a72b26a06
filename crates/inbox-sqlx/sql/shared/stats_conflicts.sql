-- Counts the conflicts that are dead letters.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT COUNT(*) FROM inbox_entry WHERE state = 'discarded' AND conflict_of IS NOT NULL
