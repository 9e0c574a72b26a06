-- Finds entries of one state whose bodies are old enough to be pruned, with the number of bytes that they occupy. The
-- length of a body is read without the body.
--
-- Parameters: $1 endpoint, $2 latest stamp that is old enough, $3 state, $4 largest number of entries.
-- Concurrency: the rows stay locked until the transaction ends, and rows that another transaction has locked are left
-- out.
SELECT id, CAST(
    COALESCE((SELECT LENGTH(body) + LENGTH(headers) FROM inbox_payload WHERE entry_id = inbox_entry.id), 0)
    + COALESCE((SELECT SUM(LENGTH(reason)) FROM inbox_history WHERE entry_id = inbox_entry.id), 0) AS BIGINT) AS length
FROM inbox_entry
WHERE endpoint = $1 AND state = $3 AND has_body = TRUE AND finished_at <= $2 AND last_seen_at <= $2
ORDER BY finished_at
LIMIT $4
{skip_locked}
