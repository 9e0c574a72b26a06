-- Returns whether the history has the line of a completed attempt.
--
-- Parameters: $1 entry, $2 attempt.
-- Concurrency: a single read without locks.
SELECT EXISTS (SELECT 1 FROM inbox_history WHERE entry_id = $1 AND attempt = $2 AND what = 'completed')
