-- Starts a lease again. Changes no row if the lease is no longer held.
--
-- Parameters: $1 entry, $2 attempt, $3 lease in milliseconds.
-- Concurrency: the attempt is the fencing token: it increases with every claim.
UPDATE inbox_entry SET wait = $3, next_at = {now} + $3 WHERE id = $1 AND attempt = $2 AND state = 'running'
