-- Begins an attempt at each of these due entries, and returns the deliveries.
--
-- Parameters: $1 entries, $2 worker, $3 lease in milliseconds.
-- Concurrency: claim_due has locked the rows in the same transaction.
UPDATE inbox_entry SET
    expired_leases = expired_leases + CASE WHEN state = 'running' THEN 1 ELSE 0 END,
    state = 'running',
    attempt = attempt + 1,
    worker = $2,
    wait = $3,
    claimed_at = {now},
    finished_at = NULL,
    next_at = {now} + $3
WHERE id {in_ids}
RETURNING id, attempt, last_attempt, run, endpoint, tenant, delivery_id, secret, item, profile,
    business_key IS NOT NULL AS has_business_key,
    (SELECT received_at FROM inbox_payload WHERE entry_id = inbox_entry.id) AS received_at,
    (SELECT COALESCE((SELECT whole.headers FROM inbox_payload AS whole WHERE whole.entry_id = own.body_of), own.headers)
        FROM inbox_payload AS own WHERE own.entry_id = inbox_entry.id) AS headers,
    (SELECT COALESCE((SELECT whole.body FROM inbox_payload AS whole WHERE whole.entry_id = own.body_of), own.body)
        FROM inbox_payload AS own WHERE own.entry_id = inbox_entry.id) AS body,
    (SELECT COALESCE((SELECT whole.seal FROM inbox_payload AS whole WHERE whole.entry_id = own.body_of), own.seal)
        FROM inbox_payload AS own WHERE own.entry_id = inbox_entry.id) AS seal
