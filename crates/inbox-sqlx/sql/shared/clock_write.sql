-- Writes the row of proven time. Changes no row if another process has written it since it was read.
--
-- Parameters: $1 to $8 the new columns in their order, $9 proven_at and $10 written_at as they were read.
-- Concurrency: compare and swap, so that two processes do not count the same time twice.
UPDATE inbox_clock SET proven_at = $1, ahead_by = $2, lasted = $3, allowance = $4, unsettled_from = $5, held_from = $6,
    held_until = $7, written_at = $8
WHERE id = 1 AND proven_at = $9 AND written_at = $10
