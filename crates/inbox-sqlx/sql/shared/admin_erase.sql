-- Finishes an entry before its personal data is erased. A running entry is left as it is.
--
-- Parameters: $1 entry.
-- Concurrency: the subject is locked in the same transaction. The caller promotes it before the subject is erased.
UPDATE inbox_entry SET
    has_body = FALSE,
    secret = NULL,
    reason = NULL,
    next_at = NULL,
    finished_at = COALESCE(finished_at, {stamp}),
    state = CASE WHEN state = 'completed' THEN state ELSE 'cancelled' END
WHERE id = $1 AND state <> 'running'
