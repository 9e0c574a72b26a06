-- Lists entries, the newest first.
--
-- {filter} is empty, or any of these: "AND endpoint = $3", "AND state = $4", "AND unreadable IS NOT NULL",
-- "AND tenant = $5 AND tenant <> ''", "AND tenant = ''", "AND has_body = TRUE". Each combination is a separate statement, so that the planner chooses the index of the filter.
-- Parameters: $1 id below which the page begins, $2 largest number of entries, $3 endpoint, $4 state, $5 tenant.
-- Concurrency: a single read without locks.
SELECT id, endpoint, tenant, platform, delivery_id, is_derived, event, unreadable, state, attempt, last_attempt, run,
    repeats, conflicts, conflict_of, received_at, last_seen_at, next_at, finished_at, reason, has_body
FROM inbox_entry WHERE id < $1 {filter}
ORDER BY id DESC LIMIT $2
