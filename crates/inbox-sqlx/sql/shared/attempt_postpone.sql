-- Ends an attempt that does not count, and lets the entry wait.
--
-- Parameters: $1 entry, $2 attempt, $3 reason, $4 wait in milliseconds.
-- Concurrency: the attempt is the fencing token: it increases with every claim.
UPDATE inbox_entry SET
    state = 'retryable',
    reason = $3,
    last_attempt = last_attempt + 1,
    wait = $4,
    next_at = {now} + $4
WHERE id = $1 AND attempt = $2 AND state = 'running'
