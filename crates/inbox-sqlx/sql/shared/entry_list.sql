-- Lists entries.
--
-- {filter} is empty, or any conditions "AND column = $n", so that the planner chooses the index of the filter. {order}
-- is "ASC" or "DESC".
-- Parameters: $1 and $2 ids between which the page lies, $3 largest number of entries, then the values of the filter.
-- Concurrency: a single read without locks.
SELECT id, endpoint, tenant, platform, delivery_id, is_derived, event, unreadable, state, attempt, last_attempt, run,
    repeats, conflicts, conflict_of, repeat_of, secret, received_at, last_seen_at, next_at, finished_at, reason, has_body, item,
    profile
FROM inbox_entry WHERE id > $1 AND id < $2 {filter}
ORDER BY id {order} LIMIT $3
