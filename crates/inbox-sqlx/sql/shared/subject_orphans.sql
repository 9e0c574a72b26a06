-- Reads a page of the subjects that have waiting entries, in the order of their tenants: the earliest waiting entry of
-- each subject, the tenant, the subject, and whether the subject has no active entry. Each step of the recursion is one
-- look into an index, however many entries wait.
--
-- Parameters: $1 endpoint, $2 tenant and $3 subject after which the page begins, $4 number of subjects.
-- Concurrency: a read without locks. subject_promote repeats the conditions after the subjects were locked.
WITH RECURSIVE touched (id, place) AS (
    SELECT (SELECT first.id FROM inbox_entry AS first
        WHERE first.state = 'waiting' AND first.endpoint = $1 AND (first.tenant, first.subject) > ($2, $3)
        ORDER BY first.tenant, first.subject, first.ordered_at, first.id LIMIT 1), 1
    UNION ALL
    SELECT (SELECT next.id FROM inbox_entry AS next
        WHERE next.state = 'waiting' AND next.endpoint = $1
        AND (next.tenant, next.subject) > (last.tenant, last.subject)
        ORDER BY next.tenant, next.subject, next.ordered_at, next.id LIMIT 1), place + 1
    FROM touched CROSS JOIN inbox_entry AS last
    WHERE last.id = touched.id AND place < $4
)
SELECT earliest.id, earliest.tenant, earliest.subject,
    (SELECT active.id FROM inbox_entry AS active
        WHERE active.endpoint = earliest.endpoint AND active.tenant = earliest.tenant
        AND active.subject = earliest.subject AND active.next_at IS NOT NULL) IS NULL
FROM touched CROSS JOIN inbox_entry AS earliest
WHERE earliest.id = touched.id
