-- Counts the bodies of an endpoint by the secrets that proved them. Each step of the recursion is one look into an index,
-- and each count ends at a largest number, however many bodies there are.
--
-- Parameters: $1 endpoint, $2 largest number of secrets, $3 largest number of entries of a secret.
-- Concurrency: a single read without locks.
WITH RECURSIVE used (secret, place) AS (
    SELECT (SELECT secret FROM inbox_entry WHERE endpoint = $1 AND secret IS NOT NULL ORDER BY secret LIMIT 1), 1
    UNION ALL
    SELECT (SELECT next.secret FROM inbox_entry AS next
        WHERE next.endpoint = $1 AND next.secret > used.secret ORDER BY next.secret LIMIT 1), place + 1
    FROM used WHERE used.secret IS NOT NULL AND place < $2
)
SELECT secret, (SELECT COUNT(*) FROM (SELECT 1 FROM inbox_entry AS proved
    WHERE proved.endpoint = $1 AND proved.secret = used.secret LIMIT $3) AS counted) AS entries
FROM used WHERE secret IS NOT NULL
