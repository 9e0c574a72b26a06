-- Counts the items of a delivery that are plain repeats of entries that no person has to look at. Returns their places,
-- entries.
--
-- Parameters: $1 endpoint, $2 tenant, then arrays with one element for each item: $3 delivery id, $4 digest of the body,
-- $5 whether the same derived id proves the same delivery, $6 whether its id must be kept without end, $7 largest age of
-- a repeat in milliseconds or NULL.
-- Concurrency: the update locks the rows, so concurrent repeats are all counted. An id is once in the arrays.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($3::TEXT[], $4::BYTEA[], $5::BOOLEAN[], $6::BOOLEAN[], $7::BIGINT[])
    WITH ORDINALITY AS given (delivery_id, body_digest, is_same_by_id, keeps_id, age, place)
)
UPDATE inbox_entry SET
    last_seen_at = {stamp},
    repeats = repeats + 1,
    keeps_id = inbox_entry.keeps_id OR given.keeps_id
FROM given
WHERE endpoint = $1 AND tenant = $2 AND inbox_entry.delivery_id = given.delivery_id
    AND (inbox_entry.body_digest = given.body_digest OR given.is_same_by_id AND is_derived = TRUE)
    AND (given.age IS NULL OR ABS({stamp} - last_seen_at) <= given.age)
    AND state NOT IN ('discarded', 'parked') AND repeat_of IS NULL
RETURNING given.place, id
