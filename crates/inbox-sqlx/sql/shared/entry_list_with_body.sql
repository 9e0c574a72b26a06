-- Lists entries that have their bodies. Bodies are kept for the shortest time, so they are the best way to the entries
-- if no filter has a better index.
--
-- {filter} is empty, or any conditions "AND column = $n". {order} is "ASC" or "DESC".
-- Parameters: $1 and $2 ids between which the page lies, $3 largest number of entries, then the values of the filter.
-- Concurrency: a single read without locks.
SELECT id, endpoint, tenant, platform, delivery_id, is_derived, event, unreadable, state, attempt, last_attempt, run,
    repeats, conflicts, conflict_of, repeat_of, secret, received_at, last_seen_at, next_at, finished_at, reason, has_body, item,
    profile
FROM (SELECT entry_id FROM inbox_payload WHERE entry_id > $1 AND entry_id < $2) AS kept CROSS JOIN inbox_entry
WHERE id = entry_id {filter}
ORDER BY entry_id {order} LIMIT $3
