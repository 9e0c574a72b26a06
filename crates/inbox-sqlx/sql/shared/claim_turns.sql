-- Finds the due entries of an endpoint whose tenants have the next turns: the earliest entry of each tenant, and further
-- ones until each tenant has an equal share. The tenants after the last turn come first. Each step of the recursions is
-- one look into an index, however many entries a tenant has.
--
-- Returns rows with id, tenant, round (1 is the earliest entry of its tenant) and place of the turn. Rows of round 0 are
-- marks: one without an id is after the last tenant, and the other one is the last tenant that was looked at.
-- Parameters: $1 endpoint, $2 tenant that had the last turn, $3 largest number of entries, $4 largest number of tenants
-- that are looked at.
-- Concurrency: a read without locks. claim_turns_lock repeats the conditions.
WITH RECURSIVE ahead (id, found, place) AS (
    SELECT (SELECT first.id FROM inbox_entry AS first
        WHERE first.endpoint = $1 AND first.tenant > $2 AND first.tenant <> '' AND first.next_at IS NOT NULL
        ORDER BY first.tenant, first.next_at, first.id LIMIT 1), 0, 1
    UNION ALL
    SELECT (SELECT next.id FROM inbox_entry AS next
        WHERE next.endpoint = $1 AND next.tenant > last.tenant AND next.tenant <> '' AND next.next_at IS NOT NULL
        ORDER BY next.tenant, next.next_at, next.id LIMIT 1),
        found + CASE WHEN last.next_at <= {now} THEN 1 ELSE 0 END, place + 1
    FROM ahead CROSS JOIN inbox_entry AS last
    WHERE last.id = ahead.id AND place < $4 AND found + CASE WHEN last.next_at <= {now} THEN 1 ELSE 0 END < $3
),
behind (id, found, place) AS (
    SELECT (SELECT first.id FROM inbox_entry AS first
        WHERE first.endpoint = $1 AND first.tenant <= $2 AND first.tenant <> '' AND first.next_at IS NOT NULL
        ORDER BY first.tenant, first.next_at, first.id LIMIT 1), ahead.found, ahead.place + 1
    FROM ahead WHERE ahead.id IS NULL
    UNION ALL
    SELECT (SELECT next.id FROM inbox_entry AS next
        WHERE next.endpoint = $1 AND next.tenant > last.tenant AND next.tenant <= $2 AND next.tenant <> ''
        AND next.next_at IS NOT NULL
        ORDER BY next.tenant, next.next_at, next.id LIMIT 1),
        found + CASE WHEN last.next_at <= {now} THEN 1 ELSE 0 END, place + 1
    FROM behind CROSS JOIN inbox_entry AS last
    WHERE last.id = behind.id AND place < $4 AND found + CASE WHEN last.next_at <= {now} THEN 1 ELSE 0 END < $3
),
looked (id, place) AS (
    SELECT id, place FROM ahead UNION ALL SELECT id, place FROM behind WHERE id IS NOT NULL
),
due (id, place) AS (
    SELECT id, place FROM looked
    WHERE (SELECT first.next_at FROM inbox_entry AS first WHERE first.id = looked.id) <= {now}
),
turn (id, round, place) AS (
    SELECT id, 1, place FROM due
    UNION ALL
    SELECT (SELECT next.id FROM inbox_entry AS next
        WHERE next.endpoint = $1 AND next.tenant = last.tenant AND next.tenant <> '' AND next.next_at <= {now}
        AND (next.next_at, next.id) > (last.next_at, last.id)
        ORDER BY next.next_at, next.id LIMIT 1), round + 1, place
    FROM turn CROSS JOIN inbox_entry AS last
    WHERE last.id = turn.id AND round < ($3 + (SELECT COUNT(*) FROM due) - 1) / (SELECT COUNT(*) FROM due)
)
SELECT id, (SELECT entry.tenant FROM inbox_entry AS entry WHERE entry.id = turn.id) AS tenant, round, place
FROM turn WHERE id IS NOT NULL
UNION ALL
SELECT id, (SELECT entry.tenant FROM inbox_entry AS entry WHERE entry.id = looked.id), 0, place
FROM looked WHERE id IS NULL OR place = (SELECT MAX(place) FROM looked)
ORDER BY round, place
