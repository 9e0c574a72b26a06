-- Releases a running entry from its worker, without counting the attempt. The lease ends with it: the next claim
-- increases the attempt, and the worker's end changes no row.
--
-- Parameters: $1 entry.
-- Concurrency: the update locks the row.
UPDATE inbox_entry SET state = 'retryable', last_attempt = last_attempt + 1, worker = '', wait = 0, next_at = {now}
WHERE id = $1 AND state = 'running'
