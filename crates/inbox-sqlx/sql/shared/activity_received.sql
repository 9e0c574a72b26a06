-- Counts the deliveries that were received in each bucket of a time.
--
-- {filter} is empty, or "AND endpoint = $4".
-- Parameters: $1 begin and $2 end of the time in microseconds, $3 length of a bucket in microseconds, $4 endpoint.
-- Concurrency: a single read without locks.
SELECT (received_at - $1) / $3 AS bucket, COUNT(*) AS received FROM inbox_entry
WHERE received_at >= $1 AND received_at < $2 {filter}
GROUP BY bucket
