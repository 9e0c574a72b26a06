-- Returns the time of the last delivery among the newest entries of an endpoint. Repeats of older entries are left out,
-- so that the read is short.
--
-- Parameters: $1 endpoint, $2 number of entries.
-- Concurrency: a single read without locks.
SELECT MAX(last_seen_at) FROM (
    SELECT last_seen_at FROM inbox_entry WHERE endpoint = $1 ORDER BY id DESC LIMIT $2
) AS newest
