-- Finds entries without a body whose ids are old enough to be forgotten.
--
-- Parameters: $1 endpoint, $2 latest stamp that is old enough, $3 largest number of entries.
-- Concurrency: the rows stay locked until the transaction ends, and rows that another transaction has locked are left
-- out.
SELECT id FROM inbox_entry
WHERE endpoint = $1 AND has_body = FALSE AND keeps_id = FALSE AND finished_at <= $2 AND last_seen_at <= $2
ORDER BY finished_at
LIMIT $3
{skip_locked}
