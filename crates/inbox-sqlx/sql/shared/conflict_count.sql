-- Counts a repeat of a conflict that is stored already. Changes no row if the delivery id belongs to another body.
--
-- Parameters: $1 endpoint, $2 delivery id, $3 digest of the body, $4 whether its id must be kept without end, $5
-- tenant.
-- Concurrency: the update locks the row, so concurrent repeats are all counted.
UPDATE inbox_entry SET last_seen_at = {stamp}, repeats = repeats + 1, keeps_id = keeps_id OR $4
WHERE endpoint = $1 AND tenant = $5 AND delivery_id = $2 AND body_digest = $3
RETURNING id, state, has_body, FALSE AS is_first
