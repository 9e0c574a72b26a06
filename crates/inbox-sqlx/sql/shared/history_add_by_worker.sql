-- Adds a line to the history of an entry, in the name of the worker that has claimed it.
--
-- Parameters: $1 entry, $2 word of the line, $3 reason.
-- Concurrency: the entry is locked in the same transaction, or finished.
INSERT INTO inbox_history (entry_id, at, what, attempt, actor, reason)
SELECT id, {now}, $2, attempt, worker, $3 FROM inbox_entry WHERE id = $1
