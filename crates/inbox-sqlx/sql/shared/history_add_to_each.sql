-- Adds a line about an expired lease to the history of each of these entries, in the name of the worker that had claimed
-- it. The attempt took until the end of its lease, which claim_bury has left in `wait`.
--
-- Parameters: $1 entries, $2 word of the line, $3 reason.
-- Concurrency: the entries are locked in the same transaction.
INSERT INTO inbox_history (entry_id, at, what, attempt, actor, reason, took)
SELECT id, {now}, $2, attempt, worker, $3,
    CASE WHEN next_at IS NULL THEN wait WHEN next_at > claimed_at THEN next_at - claimed_at ELSE 0 END
FROM inbox_entry WHERE id {in_ids}
