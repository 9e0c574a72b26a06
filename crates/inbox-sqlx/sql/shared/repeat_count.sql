-- Counts a delivery whose id is known, as a repeat or as a conflict, and returns which one it is.
--
-- Parameters: $1 endpoint, $2 delivery id, $3 digest of the body, $4 whether it came early enough for a repeat, $5
-- whether the same derived id proves the same delivery, $6 whether its id must be kept without end, $7 tenant.
-- Concurrency: the update locks the row, so concurrent repeats are all counted.
UPDATE inbox_entry SET
    last_seen_at = {stamp},
    repeats = repeats + CASE WHEN $4 AND (body_digest = $3 OR $5 AND is_derived = TRUE) THEN 1 ELSE 0 END,
    conflicts = conflicts + CASE WHEN $4 AND (body_digest = $3 OR $5 AND is_derived = TRUE) THEN 0 ELSE 1 END,
    keeps_id = keeps_id OR $6
WHERE endpoint = $1 AND tenant = $7 AND delivery_id = $2
RETURNING id, state, has_body, repeat_of, conflict_of IS NULL AS is_first,
    $4 AND (body_digest = $3 OR $5 AND is_derived = TRUE) AS is_same
