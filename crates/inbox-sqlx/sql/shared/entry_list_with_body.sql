-- Lists entries that have their bodies, the newest first. Bodies are kept for the shortest time, so they are the best
-- way to the entries if no filter has a better index.
--
-- {filter} is empty, or "AND endpoint = $3".
-- Parameters: $1 id below which the page begins, $2 largest number of entries, $3 endpoint.
-- Concurrency: a single read without locks.
SELECT id, endpoint, tenant, platform, delivery_id, is_derived, event, unreadable, state, attempt, last_attempt, run,
    repeats, conflicts, conflict_of, received_at, last_seen_at, next_at, finished_at, reason, has_body
FROM (SELECT entry_id FROM inbox_payload WHERE entry_id < $1) AS kept CROSS JOIN inbox_entry
WHERE id = entry_id {filter}
ORDER BY entry_id DESC LIMIT $2
