-- Completes entries whose handlers have run, and adds the lines to their history.
--
-- Parameters: $1 entries.
-- Concurrency: turn_held has seen the leases in the same transaction, and the writer has locked the file.
UPDATE inbox_entry SET state = 'completed', reason = NULL, next_at = NULL, finished_at = {stamp} WHERE id {in_ids};
INSERT INTO inbox_history (entry_id, at, what, attempt, actor, took)
SELECT id, {now}, 'completed', attempt, worker, {took} FROM inbox_entry WHERE id {in_ids}
