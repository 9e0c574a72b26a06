-- Makes an available entry wait again if an earlier entry of its subject is waiting. Applies to the subjects of these
-- entries.
--
-- Parameters: $1 entries.
-- Concurrency: the subjects are locked in the same transaction by an earlier statement. A running entry is not
-- available, so an attempt that has begun is not interrupted.
UPDATE inbox_entry SET state = 'waiting', next_at = NULL
WHERE state = 'available' AND id {in} (
    SELECT (SELECT active.id FROM inbox_entry AS active
        WHERE active.endpoint = touched.endpoint AND active.tenant = touched.tenant
        AND active.subject = touched.subject AND active.next_at IS NOT NULL AND active.state = 'available'
        AND (active.ordered_at, active.id) > (SELECT next.ordered_at, next.id FROM inbox_entry AS next
            WHERE next.endpoint = touched.endpoint AND next.tenant = touched.tenant
            AND next.subject = touched.subject AND next.state = 'waiting'
            ORDER BY next.ordered_at, next.id LIMIT 1))
    FROM (SELECT DISTINCT endpoint, tenant, subject FROM inbox_entry
        WHERE subject IS NOT NULL AND id {in_ids}) AS touched
){/in}
