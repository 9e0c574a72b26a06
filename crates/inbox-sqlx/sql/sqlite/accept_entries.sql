-- Inserts a batch of deliveries, without those whose ids or business keys are known. An unreadable delivery is parked, a delivery with a
-- subject waits until its subject is promoted, and any other one is available.
--
-- {more_rows} is empty, or repeats ", (?, ...)" until the statement has enough rows. Rows of NULL are left out.
-- Parameters: for each row endpoint, platform, delivery id, whether that id is derived, event, why it is unreadable,
-- digest of the body, number of attempts, time of receipt in microseconds, subject, time of its order in microseconds,
-- whether its id is kept without end, business key, fingerprint of the secret, tenant, position
-- of its event, digest of the profile.
-- Concurrency: the writer has locked the file, so the ids of the new entries follow one another.
WITH given (endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest, last_attempt, received_at,
    subject, ordered_at, keeps_id, business_key, secret, tenant, item, profile) AS (
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?){more_rows}
)
INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest, state, attempt,
    last_attempt, repeats, conflicts, received_at, subject, ordered_at, run, last_seen_at, next_at, finished_at, worker,
    has_body, keeps_id, business_key, secret, tenant, item, profile)
SELECT endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest,
    CASE WHEN unreadable IS NOT NULL THEN 'parked' WHEN subject IS NOT NULL THEN 'waiting' ELSE 'available' END,
    0, last_attempt, 0, 0, received_at, subject, ordered_at, 1, {stamp},
    CASE WHEN unreadable IS NULL AND subject IS NULL THEN {now} END,
    CASE WHEN unreadable IS NOT NULL THEN {stamp} END,
    '', TRUE, keeps_id, business_key, secret, tenant, item, profile
FROM given WHERE endpoint IS NOT NULL
ON CONFLICT DO NOTHING
