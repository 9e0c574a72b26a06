-- Reads a page of the subjects that have waiting entries: the subject, its earliest waiting entry, and whether the subject
-- has no active entry. Each step of the recursion is one look into an index, however many entries wait.
--
-- Parameters: $1 endpoint, $2 subject after which the page begins, $3 number of subjects.
-- Concurrency: a read without locks. subject_promote repeats the conditions after the subjects were locked.
WITH RECURSIVE touched (endpoint, subject, place) AS (
    SELECT $1, (SELECT subject FROM inbox_entry
        WHERE state = 'waiting' AND endpoint = $1 AND subject > $2 ORDER BY subject LIMIT 1), 1
    UNION ALL
    SELECT $1, (SELECT next.subject FROM inbox_entry AS next
        WHERE next.state = 'waiting' AND next.endpoint = $1 AND next.subject > touched.subject
        ORDER BY next.subject LIMIT 1), place + 1
    FROM touched WHERE touched.subject IS NOT NULL AND place < $3
)
SELECT subject,
    (SELECT next.id FROM inbox_entry AS next
        WHERE next.endpoint = touched.endpoint AND next.subject = touched.subject AND next.state = 'waiting'
        ORDER BY next.ordered_at, next.id LIMIT 1),
    (SELECT active.id FROM inbox_entry AS active
        WHERE active.endpoint = touched.endpoint AND active.subject = touched.subject
        AND active.next_at IS NOT NULL) IS NULL
FROM touched WHERE subject IS NOT NULL
