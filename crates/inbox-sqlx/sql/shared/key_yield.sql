-- Notes in an entry without a business key the entry that has its key. Returns the latter.
--
-- Parameters: $1 entry, $2 business key.
-- Concurrency: the update locks the row.
UPDATE inbox_entry SET repeat_of = (SELECT other.id FROM inbox_entry AS other
    WHERE other.endpoint = inbox_entry.endpoint AND other.tenant = inbox_entry.tenant AND other.business_key = $2)
WHERE id = $1 AND business_key IS NULL
RETURNING repeat_of
