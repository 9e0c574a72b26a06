-- Counts the ends of attempts in each bucket of a time, with the times from receipt to completion in milliseconds.
--
-- {filter} is empty, or "AND endpoint = $4".
-- Parameters: $1 begin and $2 end of the time in milliseconds, $3 length of a bucket in milliseconds, $4 endpoint.
-- Concurrency: a single read without locks.
SELECT (at - $1) / $3 AS bucket, what, COUNT(*) AS number, COUNT(took) AS attempts,
    CAST(SUM(CASE WHEN what = 'completed' AND at > received_at / 1000 THEN at - received_at / 1000 END) AS BIGINT) AS total,
    CAST(MAX(CASE WHEN what = 'completed' AND at > received_at / 1000 THEN at - received_at / 1000 END) AS BIGINT) AS longest
FROM inbox_history AS line JOIN inbox_entry ON inbox_entry.id = entry_id
WHERE at >= $1 AND at < $2 AND what IN ('completed', 'retry', 'abandoned', 'discarded') {filter}
GROUP BY bucket, what
