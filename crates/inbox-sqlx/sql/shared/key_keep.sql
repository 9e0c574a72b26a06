-- Makes a dead letter of a delivery that is the only body of its business key.
--
-- Parameters: $1 entry, $2 entry that has the business key, $3 reason.
-- Concurrency: the row is new or locked in the same transaction.
UPDATE inbox_entry SET state = 'discarded', conflict_of = $2, repeat_of = NULL, reason = $3, finished_at = {stamp}
WHERE id = $1
