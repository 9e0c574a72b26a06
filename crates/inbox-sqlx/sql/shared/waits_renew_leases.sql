-- Starts the leases again that would end between two times, because the clock has jumped from the first to the second.
--
-- Parameters: $1 clock before the jump, $2 clock after the jump, in milliseconds.
-- Concurrency: rows that another transaction has locked are left out: their worker is extending or ending them.
UPDATE inbox_entry SET
    wait = CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END,
    next_at = {now} + CASE WHEN state = 'running' AND wait > 3600000 THEN 3600000 ELSE wait END
WHERE id {in} (
    SELECT id FROM inbox_entry WHERE state = 'running' AND next_at > $1 AND next_at <= $2
    {skip_locked}
){/in}
