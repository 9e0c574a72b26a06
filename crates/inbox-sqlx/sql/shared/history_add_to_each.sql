-- Adds a line to the history of each of these entries, in the name of the worker that had claimed it.
--
-- Parameters: $1 entries, $2 word of the line, $3 reason.
-- Concurrency: the entries are locked in the same transaction.
INSERT INTO inbox_history (entry_id, at, what, attempt, actor, reason)
SELECT id, {now}, $2, attempt, worker, $3 FROM inbox_entry WHERE id {in_ids}
