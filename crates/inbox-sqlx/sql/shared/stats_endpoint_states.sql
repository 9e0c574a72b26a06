-- Counts the entries of each endpoint and state. Completed entries are not counted, because their number grows without
-- end.
--
-- Parameters: none.
-- Concurrency: a single read without locks.
SELECT endpoint, state, COUNT(*) FROM inbox_entry
WHERE state IN ('available', 'waiting', 'running', 'retryable', 'parked', 'discarded')
GROUP BY endpoint, state
