-- Finds entries of one state whose bodies are old enough to be pruned, with the number of bytes that they occupy. The
-- length of a body is read without the body. shared_body is the row with the body that the entry shares with others.
--
-- Parameters: $1 endpoint, $2 latest stamp that is old enough, $3 state, $4 largest number of entries.
-- Concurrency: the rows stay locked until the transaction ends, and rows that another transaction has locked are left
-- out.
SELECT id, CAST(
    COALESCE((SELECT COALESCE((SELECT LENGTH(whole.body) + LENGTH(whole.headers) FROM inbox_payload AS whole
        WHERE whole.entry_id = own.body_of), LENGTH(own.body) + LENGTH(own.headers))
        FROM inbox_payload AS own WHERE own.entry_id = inbox_entry.id), 0)
    + COALESCE((SELECT SUM(LENGTH(reason)) FROM inbox_history WHERE entry_id = inbox_entry.id), 0) AS BIGINT) AS length,
    (SELECT body_of FROM inbox_payload WHERE entry_id = inbox_entry.id) AS shared_body
FROM inbox_entry
WHERE endpoint = $1 AND state = $3 AND has_body = TRUE AND finished_at <= $2 AND last_seen_at <= $2
ORDER BY finished_at
LIMIT $4
{skip_locked}
