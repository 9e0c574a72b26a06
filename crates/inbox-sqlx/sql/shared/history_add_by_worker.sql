-- Adds a line to the history of an entry, in the name of the worker that has claimed it. The attempt took until the entry
-- was finished.
--
-- Parameters: $1 entry, $2 word of the line, $3 reason.
-- Concurrency: the entry is locked in the same transaction, or finished.
INSERT INTO inbox_history (entry_id, at, what, attempt, actor, reason, took)
SELECT id, {now}, $2, attempt, worker, $3, CASE WHEN finished_at > claimed_at THEN finished_at - claimed_at ELSE 0 END
FROM inbox_entry WHERE id = $1
