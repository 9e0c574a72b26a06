-- Returns which of these leases are held.
--
-- Parameters: $1 a JSON array of pairs, entry and attempt.
-- Concurrency: the writer has locked the file, so the leases are held until the transaction ends.
SELECT entry.id, entry.attempt
FROM json_each($1) AS given
CROSS JOIN inbox_entry AS entry ON entry.id = given.value ->> 0 AND entry.attempt = given.value ->> 1
WHERE entry.state = 'running'
