-- Makes a finished entry due again: at once without a subject, in its turn with one. A completed entry begins another
-- run.
--
-- Parameters: $1 entry, $2 number of further attempts.
-- Concurrency: the update locks the row. The caller promotes the subject afterwards.
UPDATE inbox_entry SET
    run = run + CASE WHEN state = 'completed' THEN 1 ELSE 0 END,
    state = CASE WHEN subject IS NULL THEN 'available' ELSE 'waiting' END,
    finished_at = NULL,
    reason = NULL,
    last_attempt = attempt + $2,
    wait = 0,
    expired_leases = 0,
    isolated = FALSE,
    next_at = CASE WHEN subject IS NULL THEN {now} END
WHERE id = $1 AND finished_at IS NOT NULL AND has_body = TRUE
