-- Finds parked entries of an endpoint whose subjects have no active entry, the oldest first. A held entry is parked
-- without a reason of its event, and is left out.
--
-- Parameters: $1 endpoint, $2 largest number of entries.
-- Concurrency: a read without locks. claim_take_parked repeats the conditions after the subjects were locked.
SELECT id, tenant, subject,
    CAST(COALESCE((SELECT COALESCE((SELECT LENGTH(whole.body) FROM inbox_payload AS whole
        WHERE whole.entry_id = own.body_of), LENGTH(own.body))
        FROM inbox_payload AS own WHERE own.entry_id = inbox_entry.id), 0) AS BIGINT) AS length
FROM inbox_entry
WHERE endpoint = $1 AND state = 'parked' AND has_body = TRUE AND unreadable IS NOT NULL
    AND (subject IS NULL OR NOT EXISTS (SELECT 1 FROM inbox_entry AS active
        WHERE active.endpoint = inbox_entry.endpoint AND active.tenant = inbox_entry.tenant
        AND active.subject = inbox_entry.subject AND active.next_at IS NOT NULL))
ORDER BY id
LIMIT $2
