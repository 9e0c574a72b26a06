-- Returns the platform of the newest entry of an endpoint, and the time of the last delivery among its newest entries.
--
-- Parameters: $1 endpoint, $2 number of entries.
-- Concurrency: a single read without locks.
SELECT (SELECT platform FROM inbox_entry WHERE endpoint = $1 ORDER BY id DESC LIMIT 1) AS platform,
    (SELECT MAX(last_seen_at) FROM (
        SELECT last_seen_at FROM inbox_entry WHERE endpoint = $1 ORDER BY id DESC LIMIT $2
    ) AS newest) AS last_seen_at
