-- Cancels an entry that is neither running nor finished for the merchant.
--
-- Parameters: $1 entry.
-- Concurrency: the subject is locked in the same transaction. The caller promotes it afterwards.
UPDATE inbox_entry SET state = 'cancelled', next_at = NULL, finished_at = {stamp}
WHERE id = $1 AND state IN ('available', 'waiting', 'retryable', 'parked', 'discarded')
