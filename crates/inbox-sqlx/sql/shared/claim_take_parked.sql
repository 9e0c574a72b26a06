-- Begins an attempt at each of these parked entries, and returns the deliveries. Leaves out entries that are no longer
-- parked, or whose subject has an active entry by now.
--
-- Parameters: $1 entries, $2 worker, $3 lease in milliseconds.
-- Concurrency: the subjects are locked in the same transaction, so that an entry becomes the only active one of its
-- subject.
UPDATE inbox_entry SET
    state = 'running',
    attempt = attempt + 1,
    worker = $2,
    wait = $3,
    claimed_at = {now},
    finished_at = NULL,
    next_at = {now} + $3
WHERE id {in_ids} AND state = 'parked' AND has_body = TRUE AND unreadable IS NOT NULL
    AND (subject IS NULL OR NOT EXISTS (SELECT 1 FROM inbox_entry AS active
        WHERE active.endpoint = inbox_entry.endpoint AND active.tenant = inbox_entry.tenant
        AND active.subject = inbox_entry.subject AND active.next_at IS NOT NULL))
RETURNING id, attempt, last_attempt, run, endpoint, tenant, delivery_id, secret, item, profile,
    business_key IS NOT NULL AS has_business_key,
    (SELECT received_at FROM inbox_payload WHERE entry_id = inbox_entry.id) AS received_at,
    (SELECT COALESCE((SELECT whole.headers FROM inbox_payload AS whole WHERE whole.entry_id = own.body_of), own.headers)
        FROM inbox_payload AS own WHERE own.entry_id = inbox_entry.id) AS headers,
    (SELECT COALESCE((SELECT whole.body FROM inbox_payload AS whole WHERE whole.entry_id = own.body_of), own.body)
        FROM inbox_payload AS own WHERE own.entry_id = inbox_entry.id) AS body,
    (SELECT COALESCE((SELECT whole.seal FROM inbox_payload AS whole WHERE whole.entry_id = own.body_of), own.seal)
        FROM inbox_payload AS own WHERE own.entry_id = inbox_entry.id) AS seal
