-- Returns whether an attempt has completed its entry.
--
-- Parameters: $1 entry, $2 attempt.
-- Concurrency: a single read without locks.
SELECT EXISTS (SELECT 1 FROM inbox_entry WHERE id = $1 AND attempt = $2 AND state = 'completed')
