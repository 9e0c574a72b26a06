-- Completes an entry in a transaction of the application, with any driver of PostgreSQL. One row is changed if the
-- lease is still held.
--
-- Parameters: $1 entry, $2 attempt.
-- Concurrency: the attempt is the fencing token: it increases with every claim. No subject is locked, because the
-- application's transaction may last; was_completed promotes the next entry.
UPDATE inbox_entry SET state = 'completed', reason = NULL, next_at = NULL, finished_at = {stamp}
WHERE id = $1 AND attempt = $2 AND state = 'running'
