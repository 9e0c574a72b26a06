-- Starts the waits of an endpoint again that began in the future: the clock was ahead then, and has been corrected
-- since. Five seconds of difference are tolerated, which is more than the distance between two concurrent statements. A
-- lease is one hour at most, whatever an earlier version has stored.
--
-- Parameters: $1 endpoint, $2 largest number of entries.
-- Concurrency: rows that another transaction has locked are left out, and corrected by a later call.
UPDATE inbox_entry SET
    wait = CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END,
    next_at = {now} + CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END
WHERE id {in} (
    SELECT id FROM inbox_entry
    WHERE endpoint = $1 AND next_at IS NOT NULL
        AND (next_at - CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END) > {now} + 5000
    ORDER BY (next_at - CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END) DESC
    LIMIT $2
    {skip_locked}
){/in}
