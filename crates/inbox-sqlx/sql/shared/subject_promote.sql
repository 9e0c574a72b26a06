-- Makes the earliest waiting entry available in each subject of these entries, unless the subject has an active entry.
--
-- Parameters: $1 entries.
-- Concurrency: the subjects are locked in the same transaction by an earlier statement, so that this one sees the
-- commits of earlier holders. A unique index refuses a second active entry.
UPDATE inbox_entry SET state = 'available', wait = 0, next_at = {now}
WHERE state = 'waiting' AND id {in} (
    SELECT (SELECT next.id FROM inbox_entry AS next
        WHERE next.endpoint = touched.endpoint AND next.tenant = touched.tenant
        AND next.subject = touched.subject AND next.state = 'waiting'
        ORDER BY next.ordered_at, next.id LIMIT 1)
    FROM (SELECT DISTINCT endpoint, tenant, subject FROM inbox_entry
        WHERE subject IS NOT NULL AND id {in_ids}) AS touched
    WHERE (SELECT active.id FROM inbox_entry AS active
        WHERE active.endpoint = touched.endpoint AND active.tenant = touched.tenant
        AND active.subject = touched.subject AND active.next_at IS NOT NULL) IS NULL
){/in}
