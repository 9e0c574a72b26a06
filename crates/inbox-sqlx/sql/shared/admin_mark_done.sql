-- Completes an entry, because an operator knows that its event was processed.
--
-- Parameters: $1 entry.
-- Concurrency: the subject is locked in the same transaction. The caller promotes it afterwards.
UPDATE inbox_entry SET state = 'completed', next_at = NULL, finished_at = {stamp}, reason = NULL
WHERE id = $1 AND state IN ('available', 'waiting', 'retryable', 'parked', 'discarded', 'cancelled')
