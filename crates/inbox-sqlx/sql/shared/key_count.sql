-- Counts a delivery under another id for the entry that has its business key, and returns that entry's state.
--
-- Parameters: $1 entry, $2 whether its id must be kept without end.
-- Concurrency: key_lock has locked the row in the same transaction.
UPDATE inbox_entry SET
    last_seen_at = {stamp},
    repeats = repeats + CASE WHEN state IN ('discarded', 'parked') AND has_body = FALSE THEN 0 ELSE 1 END,
    conflicts = conflicts + CASE WHEN state IN ('discarded', 'parked') AND has_body = FALSE THEN 1 ELSE 0 END,
    keeps_id = keeps_id OR $2
WHERE id = $1
RETURNING state, has_body, conflict_of IS NOT NULL AS is_conflict
