-- Ends an attempt, and adds the line to its history. Returns whether the entry has a subject; no row if the lease is no
-- longer held. Two statements, because SQLite has no update within a `WITH`.
--
-- Parameters: $1 entry, $2 attempt, $3 new state, $4 reason, $5 wait in milliseconds (NULL if it is finished), $6
-- further attempts (1 for a release and for a parked entry, 0 otherwise), $7 word of the history line.
-- Concurrency: the attempt is the fencing token: it increases with every claim.
UPDATE inbox_entry SET
    state = $3,
    reason = CASE WHEN $3 = 'parked' OR $6 = 0 THEN $4 ELSE reason END,
    unreadable = CASE WHEN $7 = 'held' THEN NULL WHEN $3 = 'parked' THEN COALESCE(unreadable, $4) ELSE unreadable END,
    last_attempt = last_attempt + $6,
    isolated = CASE WHEN $6 = 0 THEN FALSE ELSE isolated END,
    wait = COALESCE($5, 0),
    next_at = {now} + $5,
    finished_at = CASE WHEN $5 IS NULL THEN {stamp} END
WHERE id = $1 AND attempt = $2 AND state = 'running';
INSERT INTO inbox_history (entry_id, at, what, attempt, actor, reason, took)
SELECT id, {now}, $7, attempt, worker, $4, {took} FROM inbox_entry WHERE id = $1 AND changes() = 1
RETURNING (SELECT subject IS NOT NULL FROM inbox_entry WHERE id = $1)
