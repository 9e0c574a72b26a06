-- Stores a batch of deliveries, without those whose ids or business keys are known, and returns the ids of the new
-- entries with their places in the batch. An unreadable delivery is parked, a delivery with a subject waits until its subject is promoted,
-- and any other one is available. One statement is one transaction and one round trip.
--
-- Parameters, each an array with one element for each delivery: $1 endpoint, $2 platform, $3 delivery id, $4 whether
-- that id is derived, $5 event, $6 why it is unreadable, $7 digest of the body, $8 number of attempts, $9 time of
-- receipt in microseconds, $10 headers, $11 body, $12 seal, $13 subject, $14 time of its order in microseconds, $15
-- whether its id is kept without end, $16 business key, $17 fingerprint of the secret,
-- $18 tenant, $19 position of its event, $20 digest of the profile, $21 row that has the headers and the body if it is
-- another one.
-- Concurrency: the deliveries are sorted by their business keys and ids, so that concurrent batches cannot deadlock. An
-- id is once in a batch. Of two deliveries with one business key in a batch, the first is new.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::BOOLEAN[], $5::TEXT[], $6::TEXT[], $7::BYTEA[],
        $8::BIGINT[], $9::BIGINT[], $10::BYTEA[], $11::BYTEA[], $12::BYTEA[], $13::TEXT[], $14::BIGINT[],
        $15::BOOLEAN[], $16::TEXT[], $17::TEXT[], $18::TEXT[], $19::BIGINT[], $20::TEXT[], $21::BIGINT[])
    WITH ORDINALITY AS given (endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest, last_attempt,
        received_at, headers, body, seal, subject, ordered_at, keeps_id, business_key, secret, tenant, item,
        profile, body_of, place)
),
new AS (
    INSERT INTO inbox_entry (endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest, state,
        attempt, last_attempt, repeats, conflicts, received_at, subject, ordered_at, run, last_seen_at, next_at, finished_at,
        worker, has_body, keeps_id, business_key, secret, tenant, item, profile)
    SELECT endpoint, platform, delivery_id, is_derived, event, unreadable, body_digest,
        CASE WHEN unreadable IS NOT NULL THEN 'parked' WHEN subject IS NOT NULL THEN 'waiting' ELSE 'available' END,
        0, last_attempt, 0, 0, received_at, subject, ordered_at, 1, {stamp},
        CASE WHEN unreadable IS NULL AND subject IS NULL THEN {now} END,
        CASE WHEN unreadable IS NOT NULL THEN {stamp} END,
        '', TRUE, keeps_id, business_key, secret, tenant, item, profile
    FROM given ORDER BY place
    ON CONFLICT DO NOTHING
    RETURNING id, endpoint, tenant, delivery_id
),
stored AS MATERIALIZED (
    SELECT id, place, received_at, headers, body, seal, body_of FROM new JOIN given USING (endpoint, tenant, delivery_id)
),
payload AS (
    INSERT INTO inbox_payload (entry_id, received_at, headers, body, seal, body_of)
    SELECT id, received_at, headers, body, seal, body_of FROM stored
)
SELECT id, place FROM stored
