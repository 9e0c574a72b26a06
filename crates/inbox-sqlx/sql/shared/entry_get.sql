-- Reads an entry without its body.
--
-- Parameters: $1 entry.
-- Concurrency: a single read without locks.
SELECT id, endpoint, tenant, platform, delivery_id, is_derived, event, unreadable, state, attempt, last_attempt, run,
    repeats, conflicts, conflict_of, repeat_of, secret, received_at, last_seen_at, next_at, finished_at, reason, has_body, item,
    profile
FROM inbox_entry WHERE id = $1
