-- Finds the due entries of an endpoint, the earliest first. A running entry is due if its lease has expired.
--
-- Parameters: $1 endpoint, $2 largest number of entries.
-- Concurrency: the rows stay locked until the transaction ends, and rows that another claim has locked are left out, so
-- that concurrent claims return different entries.
SELECT id,
    tenant,
    state = 'running' AS is_abandoned,
    attempt >= last_attempt AS is_last,
    expired_leases > 0 AS was_abandoned_before,
    isolated,
    CAST(COALESCE((SELECT COALESCE((SELECT LENGTH(whole.body) FROM inbox_payload AS whole
        WHERE whole.entry_id = own.body_of), LENGTH(own.body))
        FROM inbox_payload AS own WHERE own.entry_id = inbox_entry.id), 0) AS BIGINT) AS length
FROM inbox_entry
WHERE endpoint = $1 AND next_at <= {now}
ORDER BY next_at, id
LIMIT $2
{skip_locked}
