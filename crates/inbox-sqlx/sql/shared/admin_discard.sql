-- Makes a dead letter of an entry that is neither running nor finished for the merchant.
--
-- Parameters: $1 entry, $2 reason.
-- Concurrency: the subject is locked in the same transaction. The caller promotes it afterwards.
UPDATE inbox_entry SET state = 'discarded', next_at = NULL, finished_at = {stamp}, reason = $2
WHERE id = $1 AND state IN ('available', 'waiting', 'retryable', 'parked')
