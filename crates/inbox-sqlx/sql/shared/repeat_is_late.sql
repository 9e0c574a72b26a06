-- Returns whether a repeat came too late to be one. A stamp that is as far in the future was written by a wrong clock:
-- the age is unknown, and the delivery is kept as if it were late.
--
-- Parameters: $1 endpoint, $2 delivery id, $3 largest age of a repeat in milliseconds, $4 tenant.
-- Concurrency: the row stays locked until the transaction ends, so that concurrent repeats are judged one by one.
SELECT ABS({stamp} - last_seen_at) > $3
FROM inbox_entry WHERE endpoint = $1 AND tenant = $4 AND delivery_id = $2 {for_update}
